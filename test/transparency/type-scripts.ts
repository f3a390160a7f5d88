import { client } from '../support/wire-frames.js';
import { type Script, statement, type Step } from './step.js';
import { madeTypes, typeGroups, type TypeRow } from './types.js';

const rowOf = (sql: string, values: readonly (string | Buffer | null)[], results: 0 | 1): readonly Buffer[] => [
  client.parse('', sql),
  client.describeStatement(''),
  client.bind('', { values, results }),
  client.describePortal(),
  client.execute(),
  client.sync(),
];

/** One value of a type, there and back: as literal, as parameter in text and in binary, as result in text and in binary, in an array. */
function stepsOf(type: string, value: string): Step[] {
  const literal = `'${value.replaceAll("'", "''")}'`;
  const sql = `SELECT $1::${type} AS value`;
  const step = (kind: string, send: Step['send']): Step => ({
    session: 'a',
    kind,
    says: `${sql} with ${literal}, ${kind}`,
    send,
    until: 'Z',
  });
  return [
    statement(`SELECT ${literal}::${type} AS value`, 'simple'),
    step('extended, text in, text out', rowOf(sql, [value], 0)),
    step('extended, text in, binary out', rowOf(sql, [value], 1)),
    // what the server has just answered in binary goes back to it
    step('extended, binary in, binary out', ([last]) => rowOf(sql, [last ?? null], 1)),
    step('extended, binary in, text out', ([last]) => rowOf(sql, [last ?? null], 0)),
  ];
}

function arraySteps(type: string, values: readonly string[]): Step[] {
  const sql = `SELECT ARRAY[$1::${type}, NULL, $2::${type}] AS list, $1::${type} IS NULL AS absent`;
  const [first = '', second = first] = values;
  const text = [first, second];
  return [0, 1].map((results) => ({
    session: 'a',
    kind: `extended, text in, ${results === 1 ? 'binary' : 'text'} out`,
    says: `${sql} with ${text.join(', ')}`,
    send: rowOf(sql, text, results === 1 ? 1 : 0),
    until: 'Z',
  }));
}

/** Truncated bytes and bytes of another type are refused by the server's own receive functions. */
function wrongBytes(type: string): Step[] {
  const sql = `SELECT $1::${type} AS value`;
  return [Buffer.alloc(0), Buffer.from([0]), Buffer.alloc(17, 0xfe)].map((bytes) => ({
    session: 'a',
    kind: 'extended, binary in, binary out',
    says: `${sql} with ${bytes.length} wrong bytes`,
    send: rowOf(sql, [bytes], 1),
    until: 'Z',
  }));
}

function nullSteps(type: string): Step[] {
  const sql = `SELECT $1::${type} AS value`;
  return [
    {
      session: 'a',
      kind: 'extended, binary in, binary out',
      says: `${sql} with NULL`,
      send: rowOf(sql, [null], 1),
      until: 'Z',
    },
  ];
}

const script = (
  name: string,
  rows: readonly TypeRow[],
  before: readonly string[] = [],
  after: readonly string[] = [],
): Script => ({
  name: `types: ${name}`,
  steps: [
    ...before.map((sql) => statement(sql, 'simple')),
    ...rows.flatMap(([type, ...values]) => [
      ...values.flatMap((value) => stepsOf(type, value)),
      ...arraySteps(type, values),
      ...nullSteps(type),
      ...wrongBytes(type),
    ]),
    ...after.map((sql) => statement(sql, 'simple')),
  ],
});

/** Every built-in type and every kind of made one, each value in every way. */
export function typeScripts(): Script[] {
  return [
    ...Object.entries(typeGroups).map(([name, rows]) => script(name, rows)),
    script('made', madeTypes.rows, madeTypes.before, madeTypes.after),
  ];
}
