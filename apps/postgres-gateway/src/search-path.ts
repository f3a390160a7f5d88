import type { CatalogSnapshot } from '@app/sql';

/** Reads the setting as the server does: identifiers separated by commas, folded unless quoted. @returns null: not readable */
function splitSearchPath(setting: string): string[] | null {
  const names: string[] = [];
  let rest = setting.trim();
  if (rest === '') return names;
  for (;;) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(rest);
    const plain = quoted ? null : /^[^\s,"]+/.exec(rest);
    const match = quoted ?? plain;
    if (!match) return null;
    names.push(quoted ? quoted[1]!.replaceAll('""', '"') : match[0].toLowerCase());
    rest = rest.slice(match[0].length).trimStart();
    if (rest === '') return names;
    if (!rest.startsWith(',')) return null;
    rest = rest.slice(1).trimStart();
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
