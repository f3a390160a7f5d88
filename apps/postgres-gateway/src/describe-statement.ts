import type { DescribedOperation, DescribedRefusal } from '@app/gate';
import type { Operation } from '@app/policy';
import type { StatementDescription, TextDescription } from '@app/sql';
import { oracleDemands, oraclesOf, type OracleSettings } from './oracle-demands.js';
import { forbiddenSetting } from './session-settings.js';

/** SQL has no attributes beyond its names. */
const NONE: Readonly<Record<string, readonly string[]>> = {};

/** What a described statement is cached under besides its identity: the same text means other things on another target. */
export interface DescribeFor {
  readonly target: string;
  readonly strict: boolean;
  /** what becomes of uses of protected classes that show no value */
  readonly oracles: OracleSettings;
  /** HMAC of exact bytes under the monthly key, hex */
  readonly hmac: (text: string) => string;
}

const operations = new WeakMap<StatementDescription, Map<string, DescribedOperation>>();

const UNSUPPORTED: Record<NonNullable<StatementDescription['unsupported']>, string> = {
  'copy-server': 'COPY from or to files and programs of the server is not supported by the gateway.',
  'copy-encoding': 'COPY in another encoding than UTF8 is not supported by the gateway.',
  'prepared-transactions': 'Two-phase commit (PREPARE TRANSACTION) is not supported by this version of the gateway.',
  'large-object': 'Large objects are not supported by this version of the gateway.',
  load: 'LOAD is not supported by this version of the gateway.',
  replication: 'Replication commands are not supported by this version of the gateway.',
};

const UNSUPPORTED_HINT: Partial<Record<NonNullable<StatementDescription['unsupported']>, string>> = {
  'copy-server': 'Use COPY … TO STDOUT and COPY … FROM STDIN.',
  'copy-encoding': 'Leave out ENCODING; all sessions are in UTF8.',
};

function refusalOf(statement: StatementDescription, strict: boolean): DescribedRefusal | null {
  if (statement.unsupported !== null)
    return {
      code: 'unsupported',
      message: UNSUPPORTED[statement.unsupported],
      hint: UNSUPPORTED_HINT[statement.unsupported] ?? null,
      retry: 'after-change',
    };
  const setting = forbiddenSetting(statement, strict);
  if (setting !== null) return { code: 'setting', message: setting, hint: null, retry: 'never' };
  if (statement.refusal !== null)
    return { code: 'masking', message: statement.refusal.reason, hint: statement.refusal.hint, retry: 'after-change' };
  return null;
}

/** Turns a described statement into the gate's operation; the same object every time, so that decisions are cached by identity. */
export function describeStatement(
  text: string,
  statement: StatementDescription,
  about: DescribeFor,
): DescribedOperation {
  let byTarget = operations.get(statement);
  if (!byTarget) operations.set(statement, (byTarget = new Map()));
  let described = byTarget.get(about.target);
  if (!described) byTarget.set(about.target, (described = build(text, statement, about)));
  return described;
}

/**
 * A name nobody knows could be anything, and what a view or foreign table runs is not known, so that the statement counts as more than
 * a read: a typing error and a view must be told apart from a missing rule.
 */
function doubtOf(statement: StatementDescription): string | null {
  if (statement.unresolved.length > 0)
    return `The gateway knows no relation ${quoted(statement.unresolved)}: check spelling and schema; what it does not know counts as more than a read.`;
  const reads = statement.effect === 'write' && statement.kinds.every((kind) => kind === 'select');
  // the server's own views are read plainly
  const views = statement.objects.filter(
    ({ kind, schema }) => (kind === 'v' || kind === 'f') && schema !== 'pg_catalog' && schema !== 'information_schema',
  );
  if (!reads || views.length === 0) return null;
  const names = quoted(views.map(({ schema, name }) => `${schema}.${name}`));
  return `What reading the view or foreign table ${names} runs is not known, so it counts as a write: read the tables.`;
}

function quoted(names: readonly string[]): string {
  return names
    .slice(0, 5)
    .map((name) => JSON.stringify(name.slice(0, 128)))
    .join(', ');
}

/** A name nobody knows, which could be of any schema unless it says so. */
function anySchema(name: string): string {
  return name.includes('.') ? name : `*.${name}`;
}

/** Rules for reading are asked about these, those for the statement about the others. */
function onlyReads(
  { onlyReads: oids, readsWritten, objects }: StatementDescription,
  target: string,
): Pick<Operation, 'onlyReads' | 'readsWritten'> {
  if (oids === undefined) return {};
  const named = (read: boolean): readonly string[] =>
    objects.filter(({ oid }) => oids.includes(oid) === read).map(({ schema, name }) => `${target}.${schema}.${name}`);
  // `"a.b".c` and `a."b.c"` are one name to a rule
  const written = new Set(named(false));
  return {
    onlyReads: named(true).filter((name) => !written.has(name)),
    ...(readsWritten === true && { readsWritten }),
  };
}

function build(text: string, statement: StatementDescription, about: DescribeFor): DescribedOperation {
  const oracles = oraclesOf(statement);
  const demands = oracleDemands(statement, about.oracles);
  const operation: Operation = {
    target: about.target,
    protocol: 'postgres',
    effect: statement.effect,
    verb: statement.verb,
    kinds: statement.kinds,
    objects: [
      ...statement.objects.map((object) => `${about.target}.${object.schema}.${object.name}`),
      ...statement.unresolved.map((name) => `${about.target}.${anySchema(name)}`),
    ],
    ...onlyReads(statement, about.target),
    reads: statement.reads,
    writes: statement.writes,
    ...(statement.filters === null ? {} : { filters: statement.filters }),
    ...(oracles === null ? {} : { oracles }),
    ...(statement.missing === null ? {} : { missing: statement.missing }),
    attributes: NONE,
    capabilities: [],
  };
  return {
    operation,
    harmless: statement.harmless,
    finishes: statement.transaction === 'commit' || statement.transaction === 'rollback',
    stripped: statement.strippedText,
    statement: statement.recordText,
    hmac: about.hmac(text),
    doubt: doubtOf(statement),
    withholds: statement.withholds,
    ...(demands.length === 0 ? {} : { oracles: demands }),
    refusal: refusalOf(statement, about.strict),
  };
}

/** COMMIT of a block with writes is a write over what the block wrote (design §5). */
export function describeCommit(described: DescribedOperation, written: ReadonlySet<string>): DescribedOperation {
  return {
    ...described,
    harmless: false,
    operation: { ...described.operation, effect: 'write', objects: [...written] },
  };
}

/** A text that could not be described at all: effect `unknown`, refused whatever the rules say. */
export function undescribed(
  text: string,
  about: DescribeFor,
  refusal: DescribedRefusal,
  statement = `(statement of ${Buffer.byteLength(text)} bytes, not parsed)`,
): DescribedOperation {
  return {
    operation: {
      target: about.target,
      protocol: 'postgres',
      effect: 'unknown',
      verb: 'UNKNOWN',
      kinds: [],
      objects: [],
      reads: [],
      writes: [],
      attributes: NONE,
      capabilities: [],
    },
    harmless: false,
    finishes: false,
    stripped: statement,
    statement,
    hmac: about.hmac(text),
    doubt: null,
    refusal,
  };
}

/**
 * Why a text that does not parse is refused; the server would refuse it too, and its message is worded alike. It quotes the place, which
 * may be a password without its quotes: the record has the message without what it quotes.
 */
export function syntaxRefusal(error: NonNullable<TextDescription['error']>): DescribedRefusal {
  const recorded = error.message.replace(/".*"/s, '"…"');
  return { code: 'unreadable', message: error.message, recorded, hint: null, retry: 'after-change' };
}

const RESOLVING_LATER =
  'Names in it would be resolved after an earlier statement of the same message changed how names are resolved.';

/**
 * In one message, a statement that changes how names are resolved makes what follows unreadable: the server resolves later names
 * only when it gets there. @returns index of the first statement that cannot be judged, or -1
 */
export function firstUnreadable(statements: readonly StatementDescription[], pathTouched: boolean): number {
  let changed = false;
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i]!;
    const names = statement.objects.length > 0 || statement.unresolved.length > 0;
    if (changed && names) return i;
    if (statement.changes.catalog || movesPath(statement, pathTouched)) changed = true;
  }
  return -1;
}

/** After it names may be looked for in other schemas. @param pathTouched the open transaction did so already */
export function movesPath({ transaction, changes, settings }: StatementDescription, pathTouched: boolean): boolean {
  const ends = transaction !== null && transaction !== 'begin' && transaction !== 'savepoint';
  if (changes.searchPath && (!ends || pathTouched)) return true;
  return settings.some(({ name }) => name === 'search_path' || name === '*');
}

/** A statement behind one that moved the search path in the same message: its names could be those of any schema, for every rule. */
export function inAnySchema(
  described: DescribedOperation,
  { objects, unresolved }: StatementDescription,
): DescribedOperation {
  if (objects.length === 0 && unresolved.length === 0) return described;
  const { onlyReads: _, ...operation } = described.operation;
  const names = [...objects.map(({ name }) => `*.${name}`), ...unresolved.map(anySchema)];
  return { ...described, operation: { ...operation, objects: names.map((name) => `${operation.target}.${name}`) } };
}

export const unreadableBatch: DescribedRefusal = {
  code: 'masking',
  message: RESOLVING_LATER,
  hint: 'Send the statements one by one.',
  retry: 'after-change',
};

/** A limited result may end in a refusal after the target finished it: whatever ran with it would be committed. */
export const limitedBatch: DescribedRefusal = {
  code: 'masking',
  message: 'A rule limits how many rows of this statement may pass, so nothing that writes may share its message.',
  hint: 'Send the statements one by one.',
  retry: 'after-change',
};

/** A rule lets it pass only where nothing can be changed. */
export const notReadOnly: DescribedRefusal = {
  code: 'unsupported',
  message: 'A rule lets this pass only if it changes nothing, and it is not proven to change nothing.',
  hint: 'Read the tables themselves, without functions or locks that could write.',
  retry: 'after-change',
};

/** One message is one wait: with several statements nobody could say which of them people agreed to. */
export const heldBatch: DescribedRefusal = {
  code: 'unsupported',
  message: 'A rule holds one of these statements for approval, and a message with several statements cannot wait.',
  hint: 'Send the statements one by one; the one that is held then waits for its approval.',
  retry: 'after-change',
};

/** What ran before it in the same pipeline is neither committed nor rolled back, and holds its locks. */
export const heldPipeline: DescribedRefusal = {
  code: 'unsupported',
  message: 'A rule holds this statement for approval, and behind others of the same pipeline it cannot wait.',
  hint: 'Send it on its own, after a Sync; it then waits for its approval.',
  retry: 'after-change',
};

/** A later piece of a portal that runs already: its rows are half-way out. */
export const heldPortal: DescribedRefusal = {
  code: 'unsupported',
  message: 'A rule holds this statement for approval, and a portal that was bound before cannot wait.',
  hint: 'Bind the statement again, on its own after a Sync; it then waits for its approval.',
  retry: 'after-change',
};

/** What people agreed to is what it meant when it was bound. */
export const heldTooLong: DescribedRefusal = {
  code: 'unsupported',
  message: 'This was approved as it was bound, and other statements or some seconds came before its execution.',
  hint: 'Execute a portal that waited for approval right after its Bind; bind it again to ask anew.',
  retry: 'after-change',
};

/** What stands behind the name belongs to the session, and could be anything else by the time people have agreed to the name. */
export const heldByName: DescribedRefusal = {
  code: 'unsupported',
  message:
    'A rule holds this statement for approval, and it only names what it runs: nobody could see what to approve.',
  hint: 'Send the statement itself, or prepare it by the protocol, as drivers do; it then waits for its approval.',
  retry: 'after-change',
};

/** Its snapshot would be older than the approval: what it means could change without anybody seeing it. */
export const heldSnapshot: DescribedRefusal = {
  code: 'unsupported',
  message: 'A rule holds this statement for approval, and in a transaction above READ COMMITTED it cannot wait.',
  hint: 'Send it outside of a transaction block, or in one with ISOLATION LEVEL READ COMMITTED.',
  retry: 'after-change',
};
