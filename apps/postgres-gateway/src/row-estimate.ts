import type { DescribedOperation } from '@app/gate';
import type { Decision } from '@app/policy';
import type { StatementDescription } from '@app/sql';
import type { Ask } from './question.js';

/** How long the planner's answer is believed, ms. */
const BELIEVED_MS = 60_000;
/** The first server that plans a statement without its values. */
const GENERIC_PLANS = 160_000;
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
 * @param bound the statement has values that the planner does not see @param inBlock a transaction block is open, which a failing
 * question must not abort
 */
export async function estimateRows(
  ask: Ask,
  text: string,
  described: DescribedOperation,
  about: { readonly bound: boolean; readonly inBlock: boolean; readonly serverVersion: number; readonly now: number },
): Promise<DescribedOperation> {
  const before = estimates.get(described)?.described ?? described;
  if (about.bound && about.serverVersion < GENERIC_PLANS) return before;
  const rows = await plannedRows(
    ask,
    `EXPLAIN (FORMAT JSON${about.bound ? ', GENERIC_PLAN' : ''}) ${text}`,
    about.inBlock,
  );
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

async function plannedRows(ask: Ask, sql: string, inBlock: boolean): Promise<number | null> {
  if (!inBlock) return ask(sql).then(rowsOf, () => null);
  await ask(`SAVEPOINT ${SAVEPOINT}`);
  let rows: number | null = null;
  try {
    rows = rowsOf(await ask(sql));
  } catch {
    await ask(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
  }
  await ask(`RELEASE SAVEPOINT ${SAVEPOINT}`);
  return rows;
}

interface Plan {
  readonly Plan?: { readonly 'Plan Rows'?: unknown };
}

/** @returns null for anything but a plan */
function rowsOf(answer: (string | null)[][]): number | null {
  try {
    const [plan] = JSON.parse(answer.map(([line]) => line ?? '').join('\n')) as readonly Plan[];
    const rows = plan?.Plan?.['Plan Rows'];
    return typeof rows === 'number' && Number.isFinite(rows) ? Math.max(0, Math.round(rows)) : null;
  } catch {
    return null;
  }
}
