import type { OwnConnection } from '../own-connection.js';
import { QuestionError } from '../question.js';
import type { SampledColumn, SampledTable } from './sampled-columns.js';

/** How much of a table is looked at, and for how long. */
export interface SampleBounds {
  /** rows of a table */
  readonly rows: number;
  /** ms one table may take at the server */
  readonly timeoutMs: number;
}

/** What detectors recognised in the sample of one column. Values are counted and dropped. */
export interface SampleCount {
  sampled: number;
  readonly hits: Record<string, number>;
}

/** Names the detector that recognises something in a text; null: none does. */
export type Detect = (text: string) => string | null;

/** Characters of one value that are looked at. */
const VALUE_CHARACTERS = 1_000;
/** Columns that are asked for at once. */
const COLUMNS_AT_ONCE = 100;
/** A table is read in part from this many times the sample on. */
const LARGE = 20;

const READABLE = new Set<SampledColumn['kind']>(['text', 'json', 'integer', 'number']);

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function statement(table: SampledTable, columns: readonly SampledColumn[], rows: number): string {
  const values = columns.map(({ name }) => `left(${quoted(name)}::text, ${VALUE_CHARACTERS})`);
  // four times as many as wanted: pages are chosen, not rows, and some are empty
  const percent = Math.min(100, Math.max(0.001, (400 * rows) / table.rows));
  const part = table.rows > rows * LARGE ? ` TABLESAMPLE SYSTEM (${percent.toFixed(3)})` : '';
  return `SELECT ${values.join(', ')} FROM ${quoted(table.schema)}.${quoted(table.name)}${part} LIMIT ${rows}`;
}

/**
 * Reads some rows of a table in a transaction that may only read, and counts what detectors recognise, column by column.
 * @returns by attnum; columns of types that hold no text or number are not read
 * @throws QuestionError when the server refuses or takes too long. Its message may quote a value: only the SQLSTATE may be shown
 */
export async function sampleTable(
  own: OwnConnection,
  table: SampledTable,
  bounds: SampleBounds,
  detect: Detect,
): Promise<ReadonlyMap<number, SampleCount>> {
  const counts = new Map<number, SampleCount>();
  const columns = table.columns.filter(({ kind }) => READABLE.has(kind));
  for (let from = 0; from < columns.length; from += COLUMNS_AT_ONCE) {
    const some = columns.slice(from, from + COLUMNS_AT_ONCE);
    for (const row of await reading(own, bounds, statement(table, some, bounds.rows))) {
      for (const [i, column] of some.entries()) count(counts, column.attnum, row[i] ?? null, detect);
    }
  }
  return counts;
}

function count(counts: Map<number, SampleCount>, attnum: number, value: string | null, detect: Detect): void {
  if (value === null || value === '') return;
  const known = counts.get(attnum) ?? { sampled: 0, hits: {} };
  counts.set(attnum, known);
  known.sampled += 1;
  const name = detect(value);
  if (name !== null) known.hits[name] = (known.hits[name] ?? 0) + 1;
}

/** One question is one transaction; what is set in it ends with it. */
function reading(own: OwnConnection, { timeoutMs }: SampleBounds, sql: string): Promise<(string | null)[][]> {
  return own.ask(
    'SET TRANSACTION READ ONLY',
    `SET LOCAL statement_timeout = ${timeoutMs}`,
    'SET LOCAL lock_timeout = 1000',
    sql,
  );
}

const SQLSTATES: ReadonlyMap<string, string> = new Map([
  ['42501', 'the role may not read it'],
  ['57014', 'it took too long'],
  ['55P03', 'it is locked'],
]);

/** Why a table could not be sampled, without the words of the server, which may quote a value. */
export function whyNot(error: unknown): string {
  if (!(error instanceof QuestionError)) return 'the connection was lost';
  return SQLSTATES.get(error.sqlstate) ?? `the server refused it (SQLSTATE ${error.sqlstate})`;
}
