import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { QuickstartError } from './quickstart.error.js';

/** The folders and files of one home. */
export interface Home {
  readonly folder: string;
  readonly secrets: string;
  readonly tls: string;
  readonly issuer: string;
  readonly postgres: string;
  readonly journal: string;
  readonly keys: string;
  readonly log: string;
  readonly config: string;
  readonly file: string;
  release(): void;
}

/**
 * Creates what is missing of `folder` and takes it for this process alone.
 * The folder is 0700; for root it is 0711, since the database servers run as another user and must get to their data
 * (what else lies in it is 0700 or 0600 itself, and 0711 lists nothing).
 * @throws QuickstartError naming the process that holds the home
 */
export function takeHome(folder: string, asRoot: boolean): Home {
  const open = asRoot ? 0o711 : 0o700;
  const path = (name: string) => join(folder, name);
  prepare(folder, open);
  for (const name of ['secrets', 'tls', 'issuer', 'journal', 'keys', 'log']) prepare(path(name), 0o700);
  prepare(path('postgres'), open);
  const release = lock(path('lock'), folder);
  const file = path('quickstart.json');
  rmSync(file, { force: true });
  return {
    folder,
    secrets: path('secrets'),
    tls: path('tls'),
    issuer: path('issuer'),
    postgres: path('postgres'),
    journal: path('journal'),
    keys: path('keys'),
    log: path('log'),
    config: path('sallyport.yaml'),
    file,
    release,
  };
}

function prepare(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder');
    chmodSync(folder, mode);
  } catch (error) {
    throw new QuickstartError(`cannot use ${folder}: ${(error as Error).message}; choose another --home`);
  }
}

/** Takes the lock by linking a complete file to its name, so that nobody ever reads half a lock. */
function lock(file: string, folder: string): () => void {
  const mine = `${process.pid} ${startOf(process.pid)}\n`;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(draft, file);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 10) throw error;
        const holder = read(file);
        if (holder !== null && isAlive(holder))
          throw new QuickstartError(
            `Sallyport already runs on ${folder} (process ${holder.pid}); stop it, or choose another --home`,
          );
        rmSync(file, { force: true });
      }
    }
  } finally {
    unlinkSync(draft);
  }
  return () => {
    if (read(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

interface Holder {
  readonly pid: number;
  readonly start: string;
}

function read(file: string): Holder | null {
  try {
    const [pid, start] = readFileSync(file, 'utf8').trim().split(' ');
    return { pid: Number(pid), start: start ?? '' };
  } catch {
    return null;
  }
}

/** Pids are used again: where the system tells when a process began, a lock of an earlier one counts as dead. */
function isAlive(holder: Holder): boolean {
  if (!Number.isInteger(holder.pid) || holder.pid <= 0) return false;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return startOf(holder.pid) === holder.start;
}

function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-';
  } catch {
    return '-';
  }
}
