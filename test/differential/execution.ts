import type { OutputColumn, StatementDescription } from '@app/sql';
import { type Client, DatabaseError } from 'pg';

/** What running a statement on two databases that differ in protected values alone came to. */
export type Interference =
  | { readonly outcome: 'same'; readonly rows: number }
  /** both refuse it alike */
  | { readonly outcome: 'failed' }
  | { readonly outcome: 'differs'; readonly left: string; readonly right: string };

/** Whether what it answers may depend on protected values in a way that is recorded. */
export function mayDiffer({ oracles, filters }: StatementDescription): boolean {
  return oracles.length > 0 || filters === null || filters.length > 0;
}

/** One value for each parameter; it is read as whatever type the server takes it for. */
function parametersOf(text: string): string[] {
  const numbers = [...text.matchAll(/\$(\d)/g)].map(([, number]) => Number(number));
  return Array.from({ length: Math.max(0, ...numbers) }, () => '1');
}

/** What a client learns: clean columns of all rows, in any order, or the error as far as the client gets it. */
async function learned(
  client: Client,
  text: string,
  outputs: readonly OutputColumn[],
  exact: boolean,
): Promise<readonly string[] | string> {
  await client.query('BEGIN');
  try {
    const { rows } = await client.query<unknown[]>({ text, values: parametersOf(text), rowMode: 'array' });
    return rows.map((row) => JSON.stringify(row.filter((_, position) => outputs[position]?.taint === 'clean'))).sort();
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return exact ? `${error.code ?? ''} ${error.message}` : (error.code ?? '');
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Runs the statement on both sides, and undoes what it did. */
export async function interfere(
  { left, right }: { readonly left: Client; readonly right: Client },
  text: string,
  description: StatementDescription,
): Promise<Interference> {
  const outputs = description.outputs ?? [];
  const exact = description.lineage === 'clean';
  const [onLeft, onRight] = await Promise.all([
    learned(left, text, outputs, exact),
    learned(right, text, outputs, exact),
  ]);
  const [a, b] = [JSON.stringify(onLeft), JSON.stringify(onRight)];
  // which of the two runs out of time first is chance
  if (a.includes('57014') || b.includes('57014')) return { outcome: 'failed' };
  if (a !== b) return { outcome: 'differs', left: a, right: b };
  return typeof onLeft === 'string' ? { outcome: 'failed' } : { outcome: 'same', rows: onLeft.length };
}
