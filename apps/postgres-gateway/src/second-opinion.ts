import type { DescribedRefusal } from '@app/gate';
import {
  DANGEROUS,
  judge,
  type KeyOf,
  type Knowledge,
  primaryKeys,
  type StatementDescription,
  traceServerTree,
  type Verdict,
} from '@app/sql';
import { type Inspect, QuestionError } from './question.js';

// Strict mode: of every statement the target is asked for its own tree, before anything of it runs. Where that says more than lineage does,
// the statement is refused.

/** Versions whose trees are read. */
const FROM_VERSION = 150_000;
const TO_VERSION = 190_000;
/** Longest tree that is read (UTF-16 units): it is read on the thread that serves all sessions. */
const MOST_TREE = 2 ** 20;

const SAVEPOINT = 'sallyport_opinion';

/** Settings of this question alone: local to its transaction, or to its savepoint. */
const SETTINGS: readonly (readonly [name: string, value: string])[] = [
  ['debug_print_parse', 'off'],
  ['debug_print_plan', 'off'],
  ['debug_pretty_print', 'off'],
  ['debug_print_rewritten', 'on'],
  ['client_min_messages', 'log'],
];

/** Where the role may, the server's own log is spared. */
const SHOWING = `SELECT ${[
  `CASE WHEN pg_catalog.has_parameter_privilege('log_min_messages', 'SET') THEN pg_catalog.set_config('log_min_messages', 'fatal', true) END`,
  ...SETTINGS.map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`),
].join(', ')}`;

/** Kinds of statements that have a tree. */
const QUERIES = new Set(['select', 'insert', 'update', 'delete', 'merge']);
/** Statements without a tree of their own that show and copy nothing of what they name. */
const SHOW_NOTHING = /^(?:DROP|TRUNCATE|LOCK|ANALYZE|VACUUM|ALTER|GRANT|REVOKE|COMMENT|REINDEX|CLUSTER)\b/;
/** Answers that are read out of what was judged before, or out of the session. */
const OF_THE_SESSION = new Set(['SHOW', 'FETCH', 'EXECUTE']);

/** null: both agree */
export type Opinion = DescribedRefusal | null;

/** By the shared description: of the same text, against the same catalog and search path, the target says the same. */
const opinions = new WeakMap<StatementDescription, Map<string, Opinion>>();

function refusal(message: string, hint: string): DescribedRefusal {
  return { code: 'masking', message, hint, retry: 'after-change' };
}

/** Nobody asked: it came with others in one message or pipeline. */
export const unasked = refusal(
  'This target asks the server for a second opinion on every statement, which is possible only before anything else of its message or pipeline.',
  'Send the statement on its own.',
);

const unreadable = refusal(
  'This target asks the server for a second opinion on every statement, and what it says of this one is not read.',
  'Send the query itself, without EXPLAIN, DECLARE, COPY, PREPARE or CREATE around it.',
);

/** What both say is told in the record alone: it would help nobody but who looks for statements that are read in two ways. */
function disagreed(verdicts: readonly Verdict[]): DescribedRefusal {
  const differs = verdicts.map(({ difference, detail }) => (detail === '' ? difference : `${difference} ${detail}`));
  return {
    ...refusal(
      'The server reads this statement in another way than the gateway, so what it shows of protected columns is not proven.',
      'Write it in a simpler way, and tell those who run the gateway.',
    ),
    differs,
  };
}

/** Whether there is anything to ask: statements about the session alone have no tree. */
export function wantsOpinion({
  lineage,
  kinds,
  objects,
  unresolved,
  returnsRows,
  verb,
}: StatementDescription): boolean {
  if (lineage === 'refused' || lineage === 'unchecked' || OF_THE_SESSION.has(verb)) return false;
  return returnsRows || objects.length > 0 || unresolved.length > 0 || kinds.some((kind) => QUERIES.has(kind));
}

/** What the target said before; of several declarations of types the one that refuses; undefined: it was not asked. */
export function knownOpinion(statement: StatementDescription, types: readonly number[]): Opinion | undefined {
  const known = opinions.get(statement);
  for (const opinion of known?.values() ?? []) if (opinion !== null) return opinion;
  return known?.get(types.join(' '));
}

/**
 * Asks the target for its tree of the statement and compares; only while nothing else is under way.
 * @param about inBlock: a transaction block is open, which a text that the target refuses must not abort
 */
export async function askOpinion(
  ask: Inspect,
  text: string,
  statement: StatementDescription,
  about: { readonly types: readonly number[]; readonly inBlock: boolean; readonly knowledge: Knowledge },
): Promise<Opinion> {
  const { serverVersion } = about.knowledge.catalog;
  if (serverVersion < FROM_VERSION || serverVersion >= TO_VERSION) return unreadable;
  const opinion = await asked(ask, text, about).then(
    (trees) => opinionOf(statement, trees, about.knowledge),
    (error: unknown) => {
      if (!(error instanceof QuestionError)) throw error;
      return error;
    },
  );
  // the target refuses the text: so it would if it were sent, unless something changes in between
  if (opinion instanceof QuestionError) return refusal(opinion.message, 'The statement did not reach the target.');
  const known = opinions.get(statement) ?? new Map<string, Opinion>();
  opinions.set(statement, known.set(about.types.join(' '), opinion));
  return opinion;
}

async function asked(
  ask: Inspect,
  text: string,
  { types, inBlock }: { readonly types: readonly number[]; readonly inBlock: boolean },
): Promise<(string | null)[]> {
  const inspect = (): Promise<(string | null)[]> =>
    // the first row is what the settings became
    ask(SHOWING, { analyse: text, types }).then((rows) => rows.slice(1).map(([tree]) => tree ?? null));
  if (!inBlock) return inspect();
  await ask(`SAVEPOINT ${SAVEPOINT}`);
  try {
    return await inspect();
  } finally {
    await ask(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`, `RELEASE SAVEPOINT ${SAVEPOINT}`);
  }
}

function opinionOf(statement: StatementDescription, trees: readonly (string | null)[], knowledge: Knowledge): Opinion {
  const [tree] = trees;
  if (trees.length !== 1 || typeof tree !== 'string' || tree.length > MOST_TREE) return unreadable;
  const lineage = traceServerTree(tree, keysIn(knowledge));
  if (lineage === 'utility') {
    const names = statement.objects.length > 0 || statement.unresolved.length > 0;
    return names && !SHOW_NOTHING.test(statement.verb) ? unreadable : null;
  }
  if (typeof lineage === 'string') return unreadable;
  const verdicts = judge(statement, lineage, lineage.outputs?.length ?? null, protectedIn(knowledge));
  const dangerous = verdicts.filter(({ difference }) => DANGEROUS.has(difference));
  return dangerous.length > 0 ? disagreed(dangerous) : null;
}

const primaryKeysOf = new WeakMap<Knowledge, KeyOf>();

function keysIn(knowledge: Knowledge): KeyOf {
  const known = primaryKeysOf.get(knowledge) ?? primaryKeys(knowledge.catalog);
  primaryKeysOf.set(knowledge, known);
  return known;
}

const protectedColumns = new WeakMap<Knowledge, ReadonlyMap<number, ReadonlyMap<number, string>>>();

function protectedIn(knowledge: Knowledge): ReadonlyMap<number, ReadonlyMap<number, string>> {
  const known = protectedColumns.get(knowledge);
  if (known) return known;
  const made = new Map<number, Map<number, string>>();
  for (const { relationOid, attnum, class: name } of knowledge.protected) {
    const columns = made.get(relationOid) ?? new Map<number, string>();
    made.set(relationOid, columns.set(attnum, name));
  }
  protectedColumns.set(knowledge, made);
  return made;
}
