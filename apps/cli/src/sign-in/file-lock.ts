import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../cli.error.js';

/** ms after which the lock of a process that died counts no more */
const STALE_MS = 60_000;
const PATIENCE_MS = 30_000;
const EVERY_MS = 50;

/** Runs `work` while no other command of ours holds the lock of this file. @throws CliError when that takes too long */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  const until = performance.now() + PATIENCE_MS;
  while (!taken(lock)) {
    if (performance.now() > until) throw new CliError(`another command holds ${lock}; remove it if none runs`);
    if (isStale(lock)) rmSync(lock, { force: true });
    await sleep(EVERY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function taken(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx', 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new CliError(`cannot write ${lock}: ${(error as Error).message}`, 1, { cause: error });
  }
}

function isStale(lock: string): boolean {
  try {
    return Date.now() - statSync(lock).mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}
