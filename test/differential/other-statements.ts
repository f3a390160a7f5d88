import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A row of the tables in `escapes/own` and `usefulness`. */
interface Row {
  readonly sql?: string | readonly unknown[];
  readonly setup?: readonly string[];
  readonly startup?: unknown;
}

interface Case {
  readonly sql: readonly (string | { readonly hex: string })[];
  readonly setup?: readonly string[];
  readonly startup?: Readonly<Record<string, string>>;
}

/** The tables of the escapes. */
export const ESCAPES_SCHEMA: readonly string[] = [
  `CREATE TABLE users(id int PRIMARY KEY, email text UNIQUE, ssn text, full_name text, phone text, card text, notes text, dob date,
     salary numeric(12,2))`,
  `CREATE TABLE orders(id int PRIMARY KEY, user_id int, label text, amount numeric, placed date)`,
  `CREATE TABLE audit_log(id serial, msg text)`,
];

export const ESCAPES_PROTECTED = [
  { class: 'personal', columns: ['public.users.{email,ssn,full_name,phone,card,notes,dob,salary}'] },
];

/** What the sample's configuration protects. */
export const SAMPLE_PROTECTED = [
  { class: 'person', columns: ['public.customers.{email,full_name,phone,national_id,date_of_birth}'] },
  { class: 'overview', columns: ['public.customer_overview.{email,full_name}'] },
  { class: 'other', columns: ['public.payments.iban', 'public.tickets.body'] },
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

async function rowsOf(path: string, name: string): Promise<readonly Row[]> {
  const module = (await import(pathToFileURL(path).href)) as Record<string, readonly Row[]>;
  return module[name] ?? [];
}

/** Statements of tables that need nothing but the schema. */
async function statementsOf(path: string, name: string): Promise<string[]> {
  const rows = await rowsOf(path, name);
  return (
    rows
      .filter(({ setup, startup }) => !setup?.length && !startup)
      .flatMap(({ sql }) => [sql].flat().filter((text) => typeof text === 'string'))
      // the server prints no tree of what COPY holds
      .filter((text) => !/^\s*COPY\b/i.test(text))
  );
}

/** Of our own escapes, over the same tables. */
export const ownEscapes = (): Promise<string[]> => statementsOf('test/escapes/own/tables.mjs', 'tables');

/** Ordinary statements over the sample `crm`. */
export const usefulStatements = (): Promise<string[]> => statementsOf('test/usefulness/statements.mjs', 'statements');

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
