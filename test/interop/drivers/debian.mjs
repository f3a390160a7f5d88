import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from '../programs.mjs';

const folder = '/usr/lib/postgresql';
const needed = ['postgres', 'initdb', 'pg_dump', 'pg_restore', 'psql'];

/** The folder of Debian's newest PostgreSQL with its server and its tools, whose versions are the same. */
export async function debianPostgres() {
  const found = () =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((major) => needed.every((name) => existsSync(join(folder, major, 'bin', name))))
      .toSorted((a, b) => Number(b) - Number(a))[0];
  if (found() === undefined) await aptInstall('postgresql');
  const major = found();
  if (major === undefined) throw new Error(`Debian's package postgresql brought no ${needed.join(', ')} in ${folder}`);
  return { native: join(folder, major), major: Number(major) };
}
