import { appendFileSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BoundColumn } from '@app/sql';

/** Where a column is: its numbers hold within one database of one target. */
export interface BoundPlace {
  readonly target: string;
  readonly databaseOid: number;
}

/** Keeps which columns rules have meant by name, so that they stay protected when they, their table or its schema are renamed. */
export interface RememberedColumns {
  of(place: BoundPlace): readonly BoundColumn[];
  add(place: BoundPlace, columns: readonly BoundColumn[]): void;
}

/** Longest file that is read, bytes: more columns than any rules name. */
const LONGEST = 64 * 1024 * 1024;

function keyOf(column: BoundColumn): string {
  return `${column.relationOid} ${column.attnum} ${column.class}\0${column.glob}`;
}

function isPlace(value: unknown): value is BoundPlace & BoundColumn {
  if (typeof value !== 'object' || value === null) return false;
  const { target, databaseOid, relationOid, attnum, class: name, glob } = value as Record<string, unknown>;
  const numbers = [databaseOid, relationOid, attnum].every((each) => Number.isInteger(each));
  return numbers && [target, name, glob].every((each) => typeof each === 'string');
}

/**
 * Remembers them in a file of lines that all workers of a gateway append to, and that outlives them. Without a file, or when it cannot
 * be written, as long as the process.
 */
export class ColumnsFile implements RememberedColumns {
  readonly #path: string | null;
  readonly #warn: (text: string) => void;
  readonly #known = new Map<string, Map<string, BoundColumn>>();
  #read = 0;
  #told = false;

  constructor(path: string | null, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  of(place: BoundPlace): readonly BoundColumn[] {
    this.#refresh();
    return [...this.#in(place).values()];
  }

  add(place: BoundPlace, columns: readonly BoundColumn[]): void {
    const known = this.#in(place);
    const fresh = columns.filter((column) => !known.has(keyOf(column)));
    if (fresh.length === 0) return;
    for (const column of fresh) known.set(keyOf(column), column);
    if (this.#path === null) return;
    // the end of a worker may have cut the last line short
    const lines = fresh.map((column) => `\n${JSON.stringify({ ...place, ...column })}\n`).join('');
    this.#trying(this.#path, (path) => {
      mkdirSync(dirname(path), { recursive: true });
      appendFileSync(path, lines, { mode: 0o600 });
    });
  }

  #in({ target, databaseOid }: BoundPlace): Map<string, BoundColumn> {
    const key = `${databaseOid} ${target}`;
    const known = this.#known.get(key) ?? new Map<string, BoundColumn>();
    this.#known.set(key, known);
    return known;
  }

  /** What other workers have added. */
  #refresh(): void {
    if (this.#path === null) return;
    this.#trying(this.#path, (path) => {
      const { size } = statSync(path);
      if (size === this.#read || size > LONGEST) return;
      this.#read = size;
      for (const line of readFileSync(path, 'utf8').split('\n')) this.#take(line);
    });
  }

  #take(line: string): void {
    if (!line.endsWith('}')) return;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // a line that another worker is writing, or that the end of one cut short
      return;
    }
    if (!isPlace(value)) return;
    const { relationOid, attnum, class: name, glob } = value;
    const column = { relationOid, attnum, class: name, glob };
    this.#in(value).set(keyOf(column), column);
  }

  #trying(path: string, act: (path: string) => void): void {
    try {
      act(path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      if (this.#told) return;
      this.#told = true;
      const why = error instanceof Error ? error.message : String(error);
      this.#warn(
        `protected columns cannot be remembered in ${path}: ${why}; one that is renamed while no worker looks stays protected by its new name only`,
      );
    }
  }
}
