import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const clone = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const startWithinMs = 180_000;

/** A temporary folder that the database servers' user may pass through; removed when this process ends. */
export function scratchFolder(name) {
  const folder = mkdtempSync(join(tmpdir(), `sallyport-${name}-`));
  chmodSync(folder, 0o711);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until `what` gives something true. @throws Error saying `about` after `withinMs` */
export async function until(what, withinMs, about) {
  for (const end = performance.now() + withinMs; ; await sleep(50)) {
    const found = await what();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${about} did not come true within ${withinMs / 1000} s`);
  }
}

/**
 * Starts a built Sallyport on free ports and waits until it is ready; it ends with this process.
 * @param options `home`, `config` (text of a configuration), `from` (another clone, default this one), `env`
 * @returns `{ file, output(), stop() }`, `file` being `quickstart.json`
 */
export async function startSallyport({ home, config, from = clone, env = {} }) {
  const args = ['--home', home, '--ports', 'auto'];
  if (config !== undefined) {
    const configFile = `${home}.own.yaml`;
    writeFileSync(configFile, config);
    args.push('--config', configFile);
  }
  const main = join(from, 'dist', 'apps', 'quickstart', 'src', 'main.js');
  const child = spawn(process.execPath, [main, ...args], {
    cwd: from,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let over = false;
  void ended.then(() => (over = true));
  const read = () => {
    if (over) throw new Error(`Sallyport ended before it was ready:\n${output}`);
    try {
      const file = JSON.parse(readFileSync(join(home, 'quickstart.json'), 'utf8'));
      return file.pid === child.pid ? file : null;
    } catch {
      return null;
    }
  };
  const file = await until(read, startWithinMs, 'that Sallyport is ready');
  return {
    file,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Name and token of somebody of the development issuer. */
export function personOf(file, name) {
  const found = file.people.find((person) => person.name === name && person.agent === null);
  if (found === undefined) throw new Error(`quickstart.json has no ${name}`);
  return found;
}

/** The gateway's processes as they are now: workers are started again under other pids. */
export function gatewayProcesses(file) {
  const [someone] = file.processes['postgres-gateway'];
  const primary = primaryOf(file, someone);
  const children = readFileSync(`/proc/${primary}/task/${primary}/children`, 'utf8').trim();
  return { primary, workers: children === '' ? [] : children.split(' ').map(Number) };
}

const primaries = new WeakMap();

function primaryOf(file, worker) {
  if (!primaries.has(file)) {
    // pid, name in parentheses (may hold blanks), state, parent
    const stat = readFileSync(`/proc/${worker}/stat`, 'utf8');
    primaries.set(file, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  return primaries.get(file);
}
