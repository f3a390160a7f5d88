import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Case {
  readonly sql: readonly (string | { readonly hex: string })[];
  readonly setup?: readonly string[];
  readonly startup?: Readonly<Record<string, string>>;
}

/** The tables of the escapes. */
export const ESCAPES_SCHEMA: readonly string[] = [
  `CREATE TABLE users(id int PRIMARY KEY, email text UNIQUE, ssn text, full_name text, phone text, card text, notes text, dob date,
     salary numeric(12,2))`,
  `CREATE TABLE orders(id int PRIMARY KEY, user_id int, label text, amount numeric)`,
  `CREATE TABLE audit_log(id serial, msg text)`,
];

export const ESCAPES_PROTECTED = [
  { class: 'personal', columns: ['public.users.{email,ssn,full_name,phone,card,notes,dob,salary}'] },
];

/** Statements of the known escapes and of what must pass, as far as they need nothing but the tables. */
export function escapeStatements(): string[] {
  const cases = ['escapes', 'benign'].flatMap(
    (name) => JSON.parse(readFileSync(`test/escapes/${name}.json`, 'utf8')) as Case[],
  );
  return cases
    .filter(({ setup, startup }) => !setup?.length && !startup)
    .flatMap(({ sql }) => sql.filter((text) => typeof text === 'string'));
}

/**
 * Statements that sqlsmith (a package of Debian) writes for the tables, types and functions of a database; it runs none of them.
 * @returns null where it is not installed
 */
export async function sqlsmithStatements(url: string, seed: number, count: number): Promise<string[] | null> {
  const { hostname, port, username, pathname } = new URL(url);
  const target = `host=${hostname} port=${port} user=${username} dbname=${pathname.slice(1)}`;
  const args = [`--target=${target}`, `--seed=${seed}`, `--max-queries=${count}`, '--dry-run', '--exclude-catalog'];
  try {
    const { stdout } = await run('sqlsmith', args, { maxBuffer: 2 ** 30 });
    return stdout
      .split(/;\s*\n/)
      .map((text) => text.trim())
      .filter((text) => text !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
