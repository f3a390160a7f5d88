// Makes a bare clone ready: installs from the lock file when it changed, builds when a source changed.
// Plain Node without packages, since it runs before there are any. Flags: --install --build --quiet
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const flags = new Set(process.argv.slice(2));
let held = false;
const quiet = flags.has('--quiet');

function say(text) {
  if (!quiet) process.stderr.write(`${text}\n`);
}

/** Runs a command with its output on stderr, so that stdout stays the caller's; exits with its status on failure. */
function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (result.status !== 0) {
    process.stderr.write(`sallyport: "${command} ${args.join(' ')}" failed (${result.error?.message ?? `exit ${result.status}`})\n`);
    process.exit(result.status ?? 1);
  }
}

function hashFiles(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(join(root, file))).update('\0');
  return hash.digest('hex');
}

function sources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return /\.(ts|json)$/.test(entry.name) && !/\.spec\.ts$/.test(entry.name) ? [path] : [];
  });
}

function stampOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** One process at a time installs or builds; a second one waits for the first. A lock older than ten minutes is dead. */
function locked(work) {
  const lock = join(root, '.cache', 'ensure.lock');
  mkdirSync(dirname(lock), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      held = true;
      break;
    } catch {
      try {
        if (Date.now() - statSync(lock).mtimeMs > 600_000) rmSync(lock, { recursive: true, force: true });
      } catch {
        // the holder has just released it
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
    held = false;
  }
}

const installStamp = join(root, 'node_modules', '.sallyport-installed');
const buildStamp = join(root, 'dist', '.sallyport-built');
const lockHash = () => hashFiles(['package.json', 'package-lock.json']);
const sourceHash = () =>
  hashFiles([
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'nest-cli.json',
    ...['apps', 'libs', 'migrations'].flatMap(sources).sort(),
  ]);

// process.exit inside `run` skips the finally of `locked`
process.on('exit', () => {
  if (held) rmSync(join(root, '.cache', 'ensure.lock'), { recursive: true, force: true });
});

if (flags.has('--install') && stampOf(installStamp) !== lockHash())
  locked(() => {
    if (stampOf(installStamp) === lockHash()) return;
    say('Installing packages from the lock file …');
    run('npm', ['ci', '--no-audit', '--no-fund']);
    writeFileSync(installStamp, lockHash());
  });

if (flags.has('--build') && stampOf(buildStamp) !== sourceHash())
  locked(() => {
    if (stampOf(buildStamp) === sourceHash()) return;
    say('Building …');
    run(process.execPath, [join(root, 'tools', 'build.mjs')]);
  });

export { buildStamp, sourceHash };
