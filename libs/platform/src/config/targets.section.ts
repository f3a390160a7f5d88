import { z } from 'zod';
import type { References } from './references.js';
import { count, port, text } from './scalars.js';

/** The databases behind the gateway and how they are reached. */
export function targetsSection(refs: References) {
  const postgres = z
    .strictObject({
      host: text().describe('Host name or address.'),
      port: port().prefault(5432).describe('TCP port.'),
      database: text(63).describe('Name of the database on that server.'),
      tls: z
        .enum(['verify-full', 'verify-ca', 'require', 'disable'])
        .prefault('verify-full')
        .describe('How the server is checked, as libpq names it. Less than `verify-full` is warned of.'),
      ca: refs
        .certificates()
        .optional()
        .describe("Certificates that sign the server's, if the system does not know them."),
    })
    .describe('The PostgreSQL server.');
  const record = z
    .union([z.enum(['none', 'all']), z.strictObject({ first: count(1, 100_000).describe('Rows per result.') })], {
      error: 'must be none, all or { first: NUMBER }',
    })
    .prefault({ first: 50 })
    .meta({ title: '`none`, `all` or `{ first: number }`' })
    .describe('How many masked rows of each result the record keeps.');
  const target = z.strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/u,
        'must begin with a letter or digit and have at most 63 letters, digits, dashes and underscores',
      )
      .meta({ title: 'name' })
      .describe('What clients give as database name.'),
    postgres,
    credential: z
      .strictObject({
        user: text(63).describe('The role the gateway connects as.'),
        password: refs.secret('gateway').optional().describe('Its password; left out where the server asks for none.'),
      })
      .transform((value) => ({ user: value.user, password: value.password ?? null }))
      .describe('The real credential; no client ever sees it.'),
    release: z
      .enum(['durable', 'written'])
      .prefault('durable')
      .describe('When a read may be released: its record is on the disk, or handed to the operating system.'),
    record,
  });
  return z.array(target).prefault([]).describe('The databases behind the gateway.');
}

/** Where personal data and secrets live. */
export function protectSection() {
  const column = text(512)
    .refine((value) => splitColumn(value).every((part) => part !== '') && splitColumn(value).length === 4, {
      error: 'must have four parts, target.schema.table.column; `*` and `{a,b}` stand for many',
    })
    .meta({ title: 'target.schema.table.column' });
  const keep = z.strictObject({
    keep: z.enum(['domain', 'last4', 'initials', 'year']).describe('The part that stays visible.'),
  });
  const mask = z
    .union([z.enum(['null', 'constant']), z.null(), keep], {
      error: 'must be null, constant or { keep: domain | last4 | initials | year }',
    })
    .prefault('constant')
    // `mask: null` without quotes is YAML's null and means the same
    .transform((value) => value ?? ('null' as const))
    .meta({ title: '`null`, `constant` or `{ keep: domain \\| last4 \\| initials \\| year }`' })
    .describe(
      "What stands in the place of a value. The constant has the column's type (`****`, 0, false, 2000-01-01, an empty list; NULL for types without one), so that a masked 0 looks like any other; `null` does not.",
    );
  const entry = z.strictObject({
    class: text(63).describe('Name of the protected class, as rules and the record use it.'),
    columns: z
      .array(column)
      .min(1, 'must name at least one column')
      .describe('The columns of the class; globs allowed.'),
    mask,
  });
  return z.array(entry).prefault([]).describe('Protected classes and the places where they live.');
}

/** The parts of `target.schema.table.column`; dots inside braces or double quotes separate nothing. */
export function splitColumn(column: string): string[] {
  const parts = [''];
  let braces = 0;
  let quoted = false;
  for (const character of column) {
    if (character === '"') quoted = !quoted;
    else if (character === '{' && !quoted) braces += 1;
    else if (character === '}' && !quoted) braces -= 1;
    if (character === '.' && braces === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
