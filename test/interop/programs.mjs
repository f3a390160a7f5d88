import { execFile, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Longer than anything here takes on a busy machine; a client that hangs must not hang the tier. */
const withinMs = 600_000;

/**
 * Runs a program to its end. @returns its exit status, stdout and stderr; a signal or a timeout is an error
 * @param options `input` for its stdin, `env` beside our own, `pass` also prints what it says
 */
export async function run(command, args, options = {}) {
  const { input = '', env = {}, pass = false, cwd = root } = options;
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, timeout: withinMs });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    if (pass) process.stdout.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    if (pass) process.stdout.write(text);
  });
  child.stdin.on('error', () => undefined); // a program may end without reading all of it
  child.stdin.end(input);
  const [status, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, by) => resolve([code, by]));
  });
  if (signal !== null) throw new Error(`${command} was ended by ${signal}\n${stdout}${stderr}`);
  return { status, stdout, stderr };
}

/** As {@link run}, and anything but success is an error with what the program said. */
export async function succeed(command, args, env, cwd) {
  const { status, stdout, stderr } = await run(command, args, { env, cwd });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`);
}

/** Whether a program is there and ends well. */
export const works = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Installs packages of Debian's where this process may. @throws Error that says what to install */
export async function aptInstall(...packages) {
  if (process.getuid?.() !== 0 || !works('apt-get', ['--version']))
    throw new Error(`${packages.join(' ')} is missing and cannot be installed here; install it and run this again`);
  // a service that a package starts would listen on a port nobody asked for
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  await succeed('apt-get', ['update', '-q'], env);
  await succeed('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...packages], env);
}

/** The command psql and its major version. */
export async function psqlProgram() {
  if (!works('psql', ['--version'])) await aptInstall('postgresql-client');
  const { stdout } = await promisify(execFile)('psql', ['--version']);
  return { psql: 'psql', major: Number(/(\d+)/u.exec(stdout)?.[1]) };
}

export const autogenFolder = join(root, 'examples', 'autogen');
const environments = new Map();

/**
 * The Python of an environment with the packages of a requirements file, made once per set of versions.
 * @param requirements default those of examples/autogen
 */
export function python(requirements = join(autogenFolder, 'requirements.txt')) {
  if (!environments.has(requirements)) environments.set(requirements, makeEnvironment(requirements));
  return environments.get(requirements);
}

/**
 * Makes every environment, one after the other, beside checks that need none of them yet: most of it is waiting for a
 * registry. One that fails is told by the check that asks for it.
 */
export async function makeEnvironments() {
  // what Debian has to install first is left to the check: two installations at once are in each other's way
  if (!hasPython()) return;
  // the first one that is asked for
  await python().catch(() => undefined);
  for (const folder of [autogenFolder, join(root, 'test', 'interop', 'python')])
    for (const name of readdirSync(folder).toSorted())
      if (name.endsWith('.txt')) await python(join(folder, name)).catch(() => undefined);
}

const hasPython = () => works('python3', ['-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 10)']);

async function makeEnvironment(requirements) {
  if (!hasPython()) await aptInstall('python3', 'python3-venv');
  const version = spawnSync('python3', ['--version'], { encoding: 'utf8' }).stdout;
  const hash = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = join(root, '.cache', `venv-${hash}`);
  const program = join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return program;
  rmSync(folder, { recursive: true, force: true });
  await succeed('python3', ['-m', 'venv', folder]);
  const quiet = ['--quiet', '--disable-pip-version-check', '--no-input'];
  await succeed(program, ['-m', 'pip', 'install', ...quiet, '-r', requirements]);
  writeFileSync(complete, '');
  return program;
}

/**
 * Folder of one npm package with all it needs, fetched once per version; it is no dependency of ours.
 * @param beside other packages, as `name@version`, that it expects to find
 */
export async function npmPackage(name, version, ...beside) {
  const folder = join(
    root,
    '.cache',
    `npm-${createHash('sha256')
      .update([`${name}@${version}`, ...beside].join(' '))
      .digest('hex')
      .slice(0, 12)}`,
  );
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
    await succeed('npm', ['install', ...quiet, '--prefix', folder, `${name}@${version}`, ...beside]);
    writeFileSync(complete, '');
  }
  return join(folder, 'node_modules', name);
}

/** The command redis-server and its version. */
export async function redisProgram() {
  if (!works('redis-server', ['--version'])) await aptInstall('redis-server');
  const { stdout } = await promisify(execFile)('redis-server', ['--version']);
  return { version: /v=([\d.]+)/u.exec(stdout)?.[1] ?? '' };
}
