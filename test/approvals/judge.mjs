import { execute } from '../support/postgres-server.mjs';

/** Approvals whose statement is the write of a key, with that key. */
const KEYED = `SELECT a.id, a.state, substring(a.review->>'statement' FROM $$VALUES \\('([^']+)'\\)$$) AS key FROM approval a`;
const INTENTS = `SELECT op, convert_from(line, 'UTF8')::jsonb AS line FROM audit_event WHERE type IN ('op', 'op.intent')`;
const DECIDED = `SELECT convert_from(line, 'UTF8')::jsonb->>'appr' AS approval FROM audit_event WHERE type = 'approval.decided'`;

/**
 * Compares what clients and the reviewer were told, what the approvals say, what the record says and what the target has.
 * @param told ids that clients were told of @param acknowledged ids whose decision was answered with 200
 */
export async function judge(tally, { audit, target, told, acknowledged, lives }) {
  const url = audit.url('sallyport');
  const approvals = await execute(url, KEYED);
  const uses = await execute(url, 'SELECT approval, use_no, operation FROM approval_use');
  const decisions = await execute(url, "SELECT approval FROM approval_decision WHERE decision = 'approve'");
  const events = (await execute(url, DECIDED)).map(({ approval }) => approval);
  const intents = new Map((await execute(url, INTENTS)).map(({ op, line }) => [op, line]));
  const ran = await execute(target.url('bench'), 'SELECT key, count(*)::int AS times FROM ran GROUP BY key');

  const known = new Set(approvals.map(({ id }) => id));
  const decided = new Set(decisions.map(({ approval }) => approval));
  const lost = [...told].filter((id) => !known.has(id));
  const undone = [...acknowledged].filter((id) => !decided.has(id));
  tally.check(
    'no approval is lost: every one a client was told of is there, and every decision that was answered',
    told.size > 0 && acknowledged.size > 0 && lost.length === 0 && undone.length === 0,
    `${told.size} told, ${lost.length} lost; ${acknowledged.size} decisions answered, ${undone.length} lost`,
  );

  const twice = uses.length - new Set(uses.map(({ approval }) => approval)).size;
  const byKey = new Map();
  const keyOf = new Map(approvals.map(({ id, key }) => [id, key]));
  for (const { approval } of uses) byKey.set(keyOf.get(approval), (byKey.get(keyOf.get(approval)) ?? 0) + 1);
  const tooOften = ran.filter(({ key, times }) => times > (byKey.get(key) ?? 0));
  const rows = ran.reduce((sum, { times }) => sum + times, 0);
  tally.check(
    'none is used twice, and nothing ran more often than its approvals were used',
    twice === 0 && tooOften.length === 0 && uses.length > 0,
    `${uses.length} uses of ${approvals.length} approvals, ${twice} twice; ${rows} executions, ${tooOften.length} keys too often`,
  );

  const recorded = new Set(events);
  const unrecorded = [...decided].filter((id) => !recorded.has(id));
  const unasked = uses.filter(({ approval }) => !decided.has(approval));
  tally.check(
    'none is approved without its record',
    unrecorded.length === 0 && unasked.length === 0,
    `${decided.size} approved, ${unrecorded.length} without event; ${unasked.length} used without decision`,
  );

  const executed = uses.filter(({ approval, operation }) => intents.get(operation)?.appr === approval);
  const burnt = uses.filter((use) => !executed.includes(use));
  const intended = new Map();
  for (const { approval } of executed) intended.set(keyOf.get(approval), (intended.get(keyOf.get(approval)) ?? 0) + 1);
  const unintended = ran.filter(({ key, times }) => times > (intended.get(key) ?? 0));
  tally.check(
    'nothing ran without an intent that names its approval',
    unintended.length === 0,
    `${executed.length} intents by approval, ${unintended.length} keys ran without`,
  );

  const missing = lives.filter((key) => !ran.some((row) => row.key === key));
  tally.check('every write came through in the end', missing.length === 0, `${lives.length} writes`);
  tally.check(
    'burnt uses are known: consumed, and no intent',
    burnt.every(({ approval }) => known.has(approval)),
    burnt.length === 0
      ? 'none'
      : burnt.map(({ approval, operation }) => `${approval} by operation ${operation}`).join(', '),
  );
}
