// Makes a bare clone ready: installs from the lock file when it changed, builds when a source changed. Safe to run from
// several processes at once. Flags: --install --build --quiet
import { spawnSync } from 'node:child_process';
import { build } from './build.mjs';
import { isBuilt, isInstalled, markInstalled, packagesHash, root } from './freshness.mjs';
import { locked } from './lock.mjs';

const flags = new Set(process.argv.slice(2));
const say = (text) => (flags.has('--quiet') ? undefined : process.stderr.write(`${text}\n`));
const waiting = (pid) => say(`Waiting for process ${pid}, which installs or builds …`);

function fail(what, status) {
  process.stderr.write(`sallyport: ${what}\n`);
  process.exit(status || 1);
}

/** npm itself, without a shell where we know it; its words go to stderr, since stdout is the caller's. */
function npm(args) {
  const itself = process.env.npm_execpath;
  const options = { cwd: root, stdio: ['ignore', 2, 2] };
  return itself?.endsWith('.js')
    ? spawnSync(process.execPath, [itself, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

if (flags.has('--install') && !isInstalled())
  locked(() => {
    if (isInstalled()) return;
    say('Installing packages from the lock file; this takes a minute or two …');
    const hash = packagesHash();
    // whatever the surroundings say (NODE_ENV, .npmrc): the quick start needs the compiler and the embedded parts
    const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status, error } = npm(args);
    if (status !== 0) fail(`"npm ${args.join(' ')}" failed (${error?.message ?? `exit ${status}`})`, status);
    markInstalled(hash);
  }, waiting);

if (flags.has('--build') && !isBuilt())
  locked(() => {
    if (isBuilt()) return;
    say('Building; this takes a minute or two …');
    const status = build();
    if (status !== 0) fail('the build failed', status);
  }, waiting);
