// The Sallyport of the demonstration: the built quick start in a home of its own, and questions to its control API.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A file of a built app. */
export const builtFile = (app, name) => join(root, 'dist', 'apps', app, 'src', name);

/** Starts it. @param args of `npm start`, beside home and ports */
export function startSallyport(home, args) {
  const child = spawn(
    process.execPath,
    [builtFile('quickstart', 'main.js'), '--home', home, '--ports', 'auto', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let told = '';
  child.stdout.on('data', (chunk) => (told += chunk));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
    ready: async () => {
      const file = join(home, 'quickstart.json');
      for (let waited = 0; waited < 180_000; waited += 200) {
        if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
        if (child.exitCode !== null) throw new Error(`Sallyport did not start:\n${told}`);
        await sleep(200);
      }
      throw new Error(`Sallyport was not ready in time:\n${told}`);
    },
  };
}

/** Asks the control API as somebody. @returns `(who, path, body?) => { status, json }`; with a body it is a POST */
export function controlApi(quickstart, ca) {
  return (who, path, body) =>
    new Promise((resolve, reject) => {
      const url = new URL(path, quickstart.control.url);
      const headers = { authorization: `Bearer ${who.token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
      const outgoing = request(url, { ca, method: body ? 'POST' : 'GET', headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, json: text ? JSON.parse(text) : null }));
      });
      outgoing.on('error', reject);
      outgoing.end(body ? JSON.stringify(body) : undefined);
    });
}
