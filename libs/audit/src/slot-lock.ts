import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { JournalError } from './audit.error.js';
import { isFsError } from './key-folder.js';

const STALE_MS = 15_000;

/** When a process was started, as its kernel counts; null: there is no such process, '' where it cannot be told. */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!isFsError(error, 'EPERM')) return null;
  }
  try {
    // Field 22, counted behind the name, which may contain anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/**
 * Keeps a second process out of a writer's folder: recovery would take the living one's epoch for a crashed one.
 * On another host (a shared volume) a lock counts as dead when it was not touched for 15 s.
 */
export class SlotLock {
  private constructor(private readonly file: string) {}

  /** @throws JournalError `locked` */
  static acquire(folder: string, now: () => number): SlotLock {
    const file = join(folder, 'lock');
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const fd = openSync(file, 'wx', 0o600);
        writeSync(fd, `${process.pid} ${startOf(process.pid) ?? ''} ${hostname()}\n`);
        closeSync(fd);
        return new SlotLock(file);
      } catch (error) {
        if (!isFsError(error, 'EEXIST')) {
          throw new JournalError('open-failed', `cannot create ${file}`, { cause: error });
        }
      }
      removeStale(file, now());
    }
    throw new JournalError('locked', `another process writes in ${folder}`);
  }

  /** To be called at least every few seconds. */
  touch(now: number): void {
    try {
      utimesSync(this.file, now / 1000, now / 1000);
    } catch {
      // On one host the process itself is the proof of life.
    }
  }

  release(): void {
    rmSync(this.file, { force: true });
  }
}

function removeStale(file: string, now: number): void {
  try {
    const [pid = '', start = '', host = ''] = readFileSync(file, 'utf8').trim().split(' ');
    const alive = host === hostname() ? startOf(Number(pid)) === start : now - statSync(file).mtimeMs < STALE_MS;
    if (alive) throw new JournalError('locked', `process ${pid} on ${host} writes beside ${file}`);
    // Renamed, not removed: of two processes that find it stale only one gets it out of the way.
    renameSync(file, `${file}.stale`);
  } catch (error) {
    if (!isFsError(error, 'ENOENT')) throw error;
  }
}
