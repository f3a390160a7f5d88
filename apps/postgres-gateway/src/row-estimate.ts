import type { DescribedOperation } from '@app/gate';
import type { Decision } from '@app/policy';
import type { StatementDescription } from '@app/sql';
import { type Ask, ESTIMATED } from './question.js';

/** How long the planner's answer is believed, ms. */
const BELIEVED_MS = 60_000;
/** The first server that can be told to plan a statement without its values. */
const GENERIC_PLANS = 120_000;
/** Most values of a statement that is planned without them. */
const MOST_VALUES = 1_000;
/** Longest text that is planned for its estimate (UTF-16 units). */
const PLANNED_TEXT = 65_536;

interface Estimate {
  readonly at: number;
  /** the operation with its estimate; itself where there is none */
  readonly described: DescribedOperation;
}

/** By the shared description, so that all who send the same text share the estimate and the cached decision. */
const estimates = new WeakMap<DescribedOperation, Estimate>();
/** what already has an estimate */
const estimated = new WeakSet<DescribedOperation>();

/** Whether a rule asks for approval of large results of this statement, and the planner may be asked how large it is. */
export function wantsEstimate(decision: Decision, statement: StatementDescription, text: string): boolean {
  if (decision.effect !== 'allow' || !statement.harmless || statement.verb !== 'SELECT') return false;
  return text.length <= PLANNED_TEXT && decision.obligations.rowLimits.some(({ effect }) => effect === 'hold');
}

/** The operation with what the planner said of it a short while ago; null: it was not asked. */
export function knownEstimate(described: DescribedOperation, now: number): DescribedOperation | null {
  if (estimated.has(described)) return described;
  const known = estimates.get(described);
  return known !== undefined && now - known.at < BELIEVED_MS ? known.described : null;
}

/**
 * Asks the planner how many rows the statement gives, without executing it; only while nothing else is under way. A planner that does
 * not answer leaves the estimate as it was.
 * @param values how many values the statement has that a Bind gives and the planner does not see @param inBlock a transaction block is
 * open, which a failing question must not abort
 */
export async function estimateRows(
  ask: Ask,
  text: string,
  described: DescribedOperation,
  about: { readonly values: number; readonly inBlock: boolean; readonly serverVersion: number; readonly now: number },
): Promise<DescribedOperation> {
  const before = estimates.get(described)?.described ?? described;
  if (about.values > MOST_VALUES || (about.values > 0 && about.serverVersion < GENERIC_PLANS)) return before;
  // without its value a LIMIT counts for a tenth of everything: rows are counted as they flow instead
  const limited = about.values > 0 && described.operation.missing?.includes('limit') === false;
  if (limited) return before;
  const rows = await plannedRows(ask, explaining(text, about.values), about.inBlock);
  const now = rows === null ? before : withRows(described, rows);
  estimates.set(described, { at: about.now, described: now });
  return now;
}

function withRows(described: DescribedOperation, rows: number): DescribedOperation {
  const before = estimates.get(described)?.described;
  if (before?.operation.rows === rows) return before;
  const now = { ...described, operation: { ...described.operation, rows } };
  estimated.add(now);
  return now;
}

const SAVEPOINT = 'sallyport_estimate';

/** With values it is prepared under a name of its own and planned as for any of them; the setting ends with the transaction. */
function explaining(text: string, values: number): readonly [string, ...string[]] {
  if (values === 0) return [`EXPLAIN (FORMAT JSON) ${text}`];
  return [
    "SELECT pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)",
    `PREPARE ${ESTIMATED} AS ${text}`,
    `EXPLAIN (FORMAT JSON) EXECUTE ${ESTIMATED}(${Array.from({ length: values }, () => 'NULL').join(', ')})`,
    `DEALLOCATE ${ESTIMATED}`,
  ];
}

async function plannedRows(
  ask: Ask,
  statements: readonly [string, ...string[]],
  inBlock: boolean,
): Promise<number | null> {
  const asked = (): Promise<number | null> => ask(...statements).then(rowsOf, () => null);
  if (!inBlock) return asked();
  await ask(`SAVEPOINT ${SAVEPOINT}`);
  const rows = await asked();
  await ask(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`, `RELEASE SAVEPOINT ${SAVEPOINT}`);
  return rows;
}

interface Plan {
  readonly Plan?: { readonly 'Plan Rows'?: unknown };
}

/** @returns null for anything but a plan */
function rowsOf(answer: (string | null)[][]): number | null {
  try {
    const [plan] = JSON.parse(answer.at(-1)?.[0] ?? '') as readonly Plan[];
    const rows = plan?.Plan?.['Plan Rows'];
    return typeof rows === 'number' && Number.isFinite(rows) ? Math.max(0, Math.round(rows)) : null;
  } catch {
    return null;
  }
}
