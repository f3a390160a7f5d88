import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { cloneFolder } from './home.js';

/** What the development issuer's process said. */
export interface IssuerAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Asks the development issuer for a token. @param args of `sallyport token`, with the home */
export type AskIssuer = (args: readonly string[]) => Promise<IssuerAnswer>;

/** The development issuer belongs to the quick start: it is asked as a process, as every other app. */
export const askIssuer: AskIssuer = (args) => {
  const main = join(cloneFolder, 'dist', 'apps', 'quickstart', 'src', 'main.js');
  const child = spawn(process.execPath, [main, 'token', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, out, err }));
  });
};
