import type { CatalogSnapshot } from '@app/sql';

/** White space of the server's scanner: anything else, a no-break space too, belongs to a name. */
const LEADING_SPACE = /^[ \t\n\r\f\v]+/;
const PLAIN = /^[^ \t\n\r\f\v,"]+/;
/** A longer name is cut, between characters. */
const NAME_BYTES = 63;

function cut(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= NAME_BYTES) return name;
  let end = NAME_BYTES;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Reads the setting as the server does: identifiers separated by commas, folded in ASCII unless quoted. @returns null: not readable */
function splitSearchPath(setting: string): string[] | null {
  const names: string[] = [];
  let rest = setting.replace(LEADING_SPACE, '');
  if (rest === '') return names;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const plain = quoted ? null : PLAIN.exec(rest);
    const match = quoted ?? plain;
    if (!match) return null;
    names.push(cut(quoted ? quoted[1]!.replaceAll('""', '"') : fold(match[0])));
    rest = rest.slice(match[0].length).replace(LEADING_SPACE, '');
    if (rest === '') return names;
    if (!rest.startsWith(',')) return null;
    rest = rest.slice(1).replace(LEADING_SPACE, '');
  }
}

/**
 * Schemas in the order the server searches them for relations: `pg_temp` first and `pg_catalog` before the rest unless they are
 * listed, names that do not exist or may not be used left out.
 * @see PostgreSQL 18 manual, "The Schema Search Path"
 */
export function effectiveSearchPath(setting: string, catalog: CatalogSnapshot): string[] | null {
  const listed = splitSearchPath(setting);
  if (listed === null) return null;
  const temporary = catalog.schemas.find((schema) => schema.temporary)?.name ?? null;
  const usable = new Set(catalog.schemas.filter((schema) => schema.usable).map((schema) => schema.name));
  const path: string[] = [];
  const add = (name: string): void => {
    if (!path.includes(name)) path.push(name);
  };
  if (temporary !== null && !listed.includes('pg_temp') && !listed.includes(temporary)) add(temporary);
  if (!listed.includes('pg_catalog')) add('pg_catalog');
  for (const name of listed) {
    if (name === 'pg_temp') {
      if (temporary !== null) add(temporary);
    } else if (name === '$user') {
      if (usable.has(catalog.role)) add(catalog.role);
    } else if (usable.has(name)) add(name);
  }
  return path;
}
