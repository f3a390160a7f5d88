import type { StatementDescription } from '../description.js';
import type { Dependence } from './reach.js';
import type { TreeLineage } from './trace-server-tree.js';

/** Protected columns by relation: attnum → class. */
export interface ProtectedByOid {
  get(oid: number): ReadonlyMap<number, string> | undefined;
  has(oid: number): boolean;
}

/**
 * What lineage and the server's tree do not agree on. Dangerous: `value` an output said to be clean depends on a protected column ·
 * `mask` it is masked as another class · `shape` the numbers of columns differ · `write` a protected value is written where nothing
 * protects it · `touch` the statement is said to touch nothing and reads a protected column · `oracle` a protected column decides about
 * rows, and no use is recorded · `unread` the tree holds what its reader does not know. Costly, but safe: `refused`, `masked`.
 */
export type Difference = 'value' | 'mask' | 'shape' | 'write' | 'touch' | 'oracle' | 'unread' | 'refused' | 'masked';

export const DANGEROUS: ReadonlySet<Difference> = new Set([
  'value',
  'mask',
  'shape',
  'write',
  'touch',
  'oracle',
  'unread',
]);

export interface Verdict {
  readonly difference: Difference;
  /** what is meant, in few words; the reason of a refusal */
  readonly detail: string;
}

/** Classes of the protected columns among these; attnum 0 is the whole row. */
function classesOf(index: ProtectedByOid, columns: Iterable<string>): Set<string> {
  const found = new Set<string>();
  for (const column of columns) {
    const [oid, attnum] = column.split('.').map(Number);
    const classes = index.get(oid ?? 0);
    if (!classes) continue;
    if (attnum === 0) for (const each of classes.values()) found.add(each);
    const own = classes.get(attnum ?? 0);
    if (own !== undefined) found.add(own);
  }
  return found;
}

function listed(classes: Iterable<string>): string {
  return [...classes].sort().join(' ');
}

/** Functions of users are known not to be in the tree: what they read is another test's question. */
function strangers(dependence: Dependence): string[] {
  return [...dependence.unknown].filter((reason) => !reason.startsWith('function '));
}

function outputVerdicts(
  description: StatementDescription,
  tree: TreeLineage,
  columns: number | null,
  index: ProtectedByOid,
): Verdict[] {
  const { outputs } = description;
  const expected = tree.outputs ?? [];
  if (expected.length !== (columns ?? 0)) return [{ difference: 'unread', detail: 'number of outputs' }];
  if (outputs === null && expected.length === 0) return [];
  if (outputs?.length !== expected.length) {
    return [{ difference: 'shape', detail: `${outputs?.length ?? 'no'} columns, not ${expected.length}` }];
  }
  return expected.flatMap((dependence, position): Verdict[] => {
    const output = outputs[position];
    const classes = classesOf(index, dependence.values);
    const unread = strangers(dependence);
    const where = `column ${position + 1}`;
    if (output?.taint === 'clean') {
      if (classes.size > 0) return [{ difference: 'value', detail: `${where}: ${listed(classes)}` }];
      return unread.length > 0 ? [{ difference: 'unread', detail: unread.join(' ') }] : [];
    }
    const decided = classesOf(index, [...dependence.conditions, ...dependence.presence]);
    if (classes.size === 0 && dependence.unknown.size === 0 && decided.size === 0) {
      return [{ difference: 'masked', detail: output?.taint ?? '' }];
    }
    if (output?.taint === 'column' && classes.size > 0 && !classes.has(output.class)) {
      return [{ difference: 'mask', detail: `${where}: ${output.class}, not ${listed(classes)}` }];
    }
    return [];
  });
}

function writeVerdicts(tree: TreeLineage, index: ProtectedByOid): Verdict[] {
  return tree.writes.flatMap(({ relationOid, attnum, values }) => {
    const classes = classesOf(index, values);
    const target = index.get(relationOid)?.get(attnum);
    const carried = [...classes].filter((each) => each !== target);
    return carried.length === 0 ? [] : [{ difference: 'write' as const, detail: listed(carried) }];
  });
}

/** Everything protected that the tree reads, in whatever way. */
function readClasses(tree: TreeLineage, index: ProtectedByOid): Set<string> {
  const dependences = [...(tree.outputs ?? []), tree.conditions, ...tree.writes];
  return classesOf(
    index,
    dependences.flatMap(({ values, conditions, presence }) => [...values, ...conditions, ...presence]),
  );
}

/** Names and numbers out of a reason, so that reasons of one kind are counted as one. */
function kindOf(reason: string): string {
  return reason
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, '…')
    .replace(/\b(?:public|app|pg_temp\w*)\.[\w".]+/g, '…')
    .slice(0, 110);
}

/**
 * Compares what lineage says of a statement with the server's own tree of it.
 * @param columns how many the server announces; null: no rows
 * @param index what is protected
 * @returns nothing where they agree
 */
export function judge(
  description: StatementDescription,
  tree: TreeLineage,
  columns: number | null,
  index: ProtectedByOid,
): Verdict[] {
  const read = readClasses(tree, index);
  if (description.lineage === 'refused') {
    const writes = writeVerdicts(tree, index);
    const known = tree.conditions.unknown.size === 0 && (tree.outputs ?? []).every(({ unknown }) => unknown.size === 0);
    return read.size === 0 && writes.length === 0 && known && tree.calls.every((oid) => oid < 16_384)
      ? [{ difference: 'refused', detail: kindOf(description.refusal?.reason ?? '') }]
      : [];
  }
  const verdicts = [...outputVerdicts(description, tree, columns, index), ...writeVerdicts(tree, index)];
  const named = tree.relations.some(({ oid, inView }) => !inView && index.has(oid));
  if (description.lineage === 'clean' && (read.size > 0 || named)) {
    verdicts.push({ difference: 'touch', detail: listed(read) });
  }
  const recorded = new Set([...description.oracles.flatMap(({ classes }) => classes), ...(description.filters ?? [])]);
  // what decides about rows, and about outputs that are said to be clean
  const decided = (tree.outputs ?? []).filter((_, position) => description.outputs?.[position]?.taint === 'clean');
  const decide = classesOf(
    index,
    [tree.conditions, ...decided].flatMap(({ conditions }) => [...conditions]),
  );
  const missing = [...decide].filter((each) => !recorded.has(each));
  if (missing.length > 0) verdicts.push({ difference: 'oracle', detail: listed(missing) });
  const unread = strangers(tree.conditions);
  if (unread.length > 0) verdicts.push({ difference: 'unread', detail: unread.join(' ') });
  return verdicts;
}
