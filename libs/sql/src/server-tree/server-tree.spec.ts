import { readFileSync } from 'node:fs';
import type { Dependence, TreeLineage } from './index.js';
import { traceServerTree } from './index.js';

type Version = '15' | '18';

interface Recorded {
  readonly oids: Readonly<Record<'users' | 'orders' | 'f', number>>;
  readonly trees: Readonly<Record<string, string>>;
}

/** What servers of two versions printed of the same statements. */
const recorded = JSON.parse(readFileSync('libs/sql/src/server-tree/testing/recorded-trees.json', 'utf8')) as Readonly<
  Record<Version, Recorded>
> & { readonly statements: Readonly<Record<string, string>> };

const COLUMNS = { users: ['*', 'id', 'email', 'ssn', 'label'], orders: ['*', 'id', 'user_id', 'label'] } as const;

function treeOf(version: Version, name: string): string {
  const tree = recorded[version].trees[name];
  if (tree === undefined) throw new Error(`no tree of "${name}" was recorded`);
  return tree;
}

function lineageOf(version: Version, name: string): TreeLineage {
  const lineage = traceServerTree(treeOf(version, name));
  if (typeof lineage === 'string') throw new Error(`${name}: ${lineage}`);
  return lineage;
}

function named(version: Version, columns: ReadonlySet<string>): string {
  const { users, orders } = recorded[version].oids;
  return [...columns]
    .map((column) => {
      const [oid = '', attnum = ''] = column.split('.');
      const table = Number(oid) === users ? 'users' : Number(oid) === orders ? 'orders' : oid;
      const names: readonly string[] = table === 'users' ? COLUMNS.users : COLUMNS.orders;
      return `${table}.${names[Number(attnum)] ?? attnum}`;
    })
    .sort()
    .join(' ');
}

/** `values ? conditions # presence ! unknown` */
function short(version: Version, { values, conditions, presence, unknown }: Dependence): string {
  const parts = [named(version, values)];
  if (presence.size > 0) parts.push('#', named(version, presence));
  if (conditions.size > 0) parts.push('?', named(version, conditions));
  if (unknown.size > 0) parts.push('!', [...unknown].join(' '));
  return parts.join(' ').trim();
}

describe.each(['15', '18'] as const)('the tree of PostgreSQL %s', (version) => {
  it.each<[string, readonly string[]]>([
    ['view', ['users.email', 'orders.label']],
    ['group', ['users.email', '# users.ssn', 'users.label']],
    ['recursive', ['', 'orders.label users.email ? users.id']],
    ['sets', ['orders.label users.email ? users.ssn']],
    ['row', ['users.*', 'users.ssn', 'users.*']],
    ['window', ['? users.email', 'users.id ? users.ssn']],
    ['write', ['orders.label users.email', 'orders.user_id']],
    ['several', ['orders.label users.ssn']],
    ['changing', ['users.email', 'users.id']],
    ['lateral', ['orders.label', 'users.email']],
    ['values', ['users.email', '']],
    // names that look like parts of a tree are names
    ['names', ['users.label', 'users.email']],
  ])('tells of what each output depends: %s', (name, outputs) => {
    expect(lineageOf(version, name).outputs?.map((output) => short(version, output))).toEqual(outputs);
  });

  it('does not know what a function of a user reads', () => {
    const { outputs, calls } = lineageOf(version, 'call');
    expect(outputs?.[0] && [...outputs[0].unknown]).toEqual([`function ${recorded[version].oids.f}`]);
    expect(outputs?.[1] && short(version, outputs[1])).toBe('users.id');
    expect(calls).toContain(recorded[version].oids.f);
  });

  it.each([
    ['view', 'orders.id orders.label users.id'],
    ['group', 'users.email users.id'],
    ['sets', 'users.email users.ssn'],
    ['window', 'users.email users.ssn'],
    ['changing', 'users.ssn'],
    ['row', ''],
    // a function gives one row, whatever its arguments are, unless it gives a set
    ['scalar', ''],
    ['rows', 'orders.label'],
  ])('tells what decides which rows there are: %s', (name, columns) => {
    const { conditions } = lineageOf(version, name);
    expect(named(version, new Set([...conditions.conditions, ...conditions.values]))).toBe(columns);
    expect([...conditions.unknown]).toEqual([]);
  });

  it('knows that beside the primary key of its table a column parts no rows, but for sets without the key', () => {
    const { users } = recorded[version].oids;
    const decided = (name: string, key: readonly number[] | undefined): string => {
      const lineage = traceServerTree(treeOf(version, name), (oid) => (oid === users ? key : undefined));
      return typeof lineage === 'string' ? lineage : named(version, lineage.conditions.conditions);
    };
    expect(decided('keyed', undefined)).toBe('users.id users.ssn');
    expect(decided('keyed', [1])).toBe('users.id');
    expect(decided('keyed', [1, 2])).toBe('users.id users.ssn');
    expect(decided('keyed', [1, 3])).toBe('users.id users.ssn');
    expect(decided('cube', [1])).toBe('users.id users.ssn');
  });

  it('tells what is written where', () => {
    const writes = (name: string): string[] =>
      lineageOf(version, name).writes.map(
        (write) => `${named(version, new Set([`${write.relationOid}.${write.attnum}`]))} = ${short(version, write)}`,
      );
    expect(writes('write')).toEqual(['orders.id = users.id', 'orders.label = users.email']);
    expect(writes('several').sort()).toEqual(['orders.label = users.ssn', 'orders.user_id = ']);
    expect(writes('row')).toEqual([]);
  });

  it('tells which columns of which relations are read, views opened', () => {
    const { users, orders } = recorded[version].oids;
    const { relations } = lineageOf(version, 'view');
    expect([...relations].sort((a, b) => a.oid - b.oid)).toEqual(
      [
        { oid: users, selected: [1, 2, 3], inView: true },
        { oid: orders, selected: [1, 3], inView: false },
      ].sort((a, b) => a.oid - b.oid),
    );
    expect(lineageOf(version, 'row').relations[0]?.selected).toContain(0);
  });

  it('is silent about what holds no query', () => {
    expect(traceServerTree(treeOf(version, 'explain'))).toBe('utility');
  });

  it('is not read where a line is broken inside of a name', () => {
    expect(traceServerTree(treeOf(version, 'long'))).toBe('dump');
  });

  it('is not read when any piece of it is missing', () => {
    for (const name of ['view', 'values', 'names']) {
      const tree = treeOf(version, name);
      for (let end = 0; end < tree.trimEnd().length; end += 7) expect(traceServerTree(tree.slice(0, end))).toBe('dump');
    }
  });

  it('is read or not, and never fails, with bytes changed at random', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const pieces = [
      ' ',
      '{',
      '}',
      '(',
      ')',
      ':',
      '<>',
      '0',
      '-1',
      '99999999999',
      'VAR',
      'QUERY',
      '\\',
      '\n',
      '"',
      '[',
      ']',
    ];
    for (let round = 0; round < 600; round += 1) {
      const names = Object.keys(recorded[version].trees);
      const tree = treeOf(version, names[random(names.length)] ?? '');
      const at = random(tree.length);
      const changed = tree.slice(0, at) + (pieces[random(pieces.length)] ?? '') + tree.slice(at + random(9));
      const lineage = traceServerTree(changed);
      expect(typeof lineage === 'string' ? ['dump', 'utility', 'many'] : [lineage]).toContain(lineage);
    }
  });

  it('with a node it does not know is not known', () => {
    const strange = treeOf(version, 'row').replaceAll('{VAR ', '{NOVELTY ');
    const lineage = traceServerTree(strange);
    if (typeof lineage === 'string') throw new Error(lineage);
    expect(lineage.outputs?.map(({ unknown }) => unknown.size > 0)).toEqual([true, true, true]);
    expect([...lineage.conditions.unknown]).toContain('NOVELTY');
    const more = traceServerTree(treeOf(version, 'row').replace(':commandType 1', ':novelty <> :commandType 1'));
    expect(typeof more === 'string' ? [] : [...more.conditions.unknown]).toEqual(['novelty']);
  });
});

it('says nothing of hostile depth and length but ends soon', () => {
  const deep = `({QUERY :commandType 1 :canSetTag true :targetList ({TARGETENTRY :expr ${'{RELABELTYPE :arg '.repeat(100_000)}<>${'}'.repeat(100_000)}})})`;
  const lineage = traceServerTree(deep.replaceAll(' ', '\n'));
  expect(typeof lineage === 'string' ? lineage : lineage.outputs?.length).toBe(1);
  for (const text of ['', '(', ')', '{}', '()', '({QUERY})', '({QUERY :commandType 1})', '<>', '(<>)']) {
    expect(['dump', 'many']).toContain(traceServerTree(text));
  }
});
