import { spawn } from 'node:child_process';

/**
 * Starts a program that is looked at while it runs.
 * @returns `child`; `ended`, which resolves with status, signal, stdout and stderr; `saysOnStdout`, `saysOnStderr`, which resolve once
 *   it has said something like a pattern
 */
export function start(command, args, { input, env = {} } = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env } });
  const said = { stdout: '', stderr: '' };
  const listeners = new Set();
  for (const name of ['stdout', 'stderr'])
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text;
      for (const look of listeners) look();
    });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), 300_000);
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, ...said });
    });
  });
  const says = (name) => (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!pattern.test(said[name])) return;
        listeners.delete(look);
        resolve(said[name]);
      };
      listeners.add(look);
      look();
      void ended.then(() => reject(new Error(`it ended without ${pattern}: ${said.stdout}${said.stderr}`)));
    });
  return { child, ended, saysOnStdout: says('stdout'), saysOnStderr: says('stderr') };
}
