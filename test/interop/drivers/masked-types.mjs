// One table per mask, with a column of every built-in type that a table can have, and of an array of it.

/** Type and a value of it, as SQL writes it. */
const values = {
  bool: 't',
  bytea: '\\x00ff5c',
  '"char"': 'x',
  name: 'Zoe Young',
  int8: '9007199254740993',
  int2: '77',
  int2vector: '1 2',
  int4: '1999',
  regproc: 'now',
  text: 'zoe@example.org',
  oid: '77',
  tid: '(1,2)',
  xid: '77',
  cid: '77',
  oidvector: '1 2',
  json: '{"secret": 1}',
  xml: '<a>secret</a>',
  point: '(1,2)',
  lseg: '[(1,2),(3,4)]',
  path: '[(1,2),(3,4)]',
  box: '(3,4),(1,2)',
  polygon: '((1,2),(3,4),(5,6))',
  line: '{1,2,3}',
  float4: '3.25',
  float8: '1234.5',
  circle: '<(1,2),3>',
  money: '12.34',
  macaddr: '08:00:2b:01:02:03',
  inet: '10.1.2.3',
  cidr: '10.0.0.0/8',
  macaddr8: '08:00:2b:01:02:03:04:05',
  'char(30)': 'Zoe Young',
  'varchar(40)': '4539 1488 0343 6467',
  date: '1985-06-15',
  time: '01:02:03.5',
  timestamp: '1985-06-15 01:02:03.5',
  timestamptz: '1985-06-15 01:02:03.5+00',
  interval: '1 year 2 mons 3 days 04:05:06',
  timetz: '01:02:03+02',
  'bit(5)': '10110',
  varbit: '10110',
  'numeric(12,2)': '4200.50',
  numeric: '12345678901234567890.5',
  refcursor: 'secret',
  regprocedure: 'now()',
  regoper: '||/',
  regoperator: '!~(text,text)',
  regclass: 'pg_class',
  regtype: 'text',
  uuid: '0b5e9a8e-7d1c-4c7e-9a53-3a6f0c1d2e3f',
  txid_snapshot: '10:20:10,14',
  pg_lsn: '16/B374D848',
  tsvector: 'secret words',
  tsquery: 'secret & words',
  regconfig: 'english',
  regdictionary: 'simple',
  jsonb: '{"secret": 1}',
  jsonpath: '$.secret',
  regnamespace: 'public',
  regrole: 'app',
  regcollation: '"C"',
  pg_snapshot: '10:20:10,14',
  xid8: '77',
  int4range: '[1,1999)',
  numrange: '[0.5,1999.5]',
  tsrange: '[1985-06-15 01:02:03,1986-01-01)',
  tstzrange: '[1985-06-15 01:02:03+00,)',
  daterange: '[1985-06-15,1986-01-01)',
  int8range: '[1,1999)',
  int4multirange: '{[1,5),[7,9)}',
  nummultirange: '{[1,5)}',
  tsmultirange: '{}',
  tstzmultirange: '{[1985-06-15 01:02:03+00,)}',
  datemultirange: '{[1985-06-15,1986-01-01)}',
  int8multirange: '{[1,5)}',
  // what people make of them
  mood: 'bad',
  address: 'zoe@example.org',
  pair: '(7,secret)',
};

/** Masks by the table whose columns they are for. */
const masks = {
  every_constant: 'constant',
  every_null: 'null',
  every_pseudonym: 'pseudonym',
  every_email: { pseudonym: 'email' },
  every_domain: { keep: 'domain' },
  every_last4: { keep: 'last4' },
  every_initials: { keep: 'initials' },
  every_year: { keep: 'year' },
  every_width: { bucket: 1000 },
  every_month: { bucket: 'month' },
};

const maskedTables = Object.keys(masks);

const columns = Object.keys(values).flatMap((type, i) => [
  { name: `c${i}`, type },
  { name: `a${i}`, type: `${type}[]` },
]);

const texts = 'text name char(30) varchar(40) refcursor address';
const days = 'date timestamp timestamptz tsrange tstzrange daterange';
const numbers = 'int2 int4 int8 numeric(12,2) numeric float4 float8 int4range numrange int8range';

/** Types on which a mask is not the constant. */
const suits = {
  every_null: 'bool int4 text',
  every_pseudonym: `${texts} int2 int4 int8 numeric(12,2) numeric uuid bytea`,
  every_email: texts,
  every_domain: texts,
  every_last4: texts,
  every_initials: texts,
  every_year: days,
  every_width: numbers,
  every_month: days,
};

/** What is decoded: every type under the constant, and the others where they are something else. */
export const maskedCells = maskedTables.flatMap((table) => {
  const types = suits[table]?.split(' ');
  const asked = types ? columns.filter(({ type }) => types.includes(type.replace('[]', ''))) : columns;
  return asked.map(({ name, type }) => ({ table, name, type, key: `${table}.${name}` }));
});

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

const columnDefinitions = columns.map(({ name, type }) => `${name} ${type}`).join(', ');
const row = Object.entries(values)
  .map(([type, value]) => `${quoted(value)}::${type}, ARRAY[${quoted(value)}, NULL]::${type}[]`)
  .join(', ');

/** Makes and fills them. */
export const maskedTypes = [
  "CREATE TYPE mood AS ENUM ('good', 'bad')",
  'CREATE DOMAIN address AS varchar(60)',
  'CREATE TYPE pair AS (number int, word text)',
  ...maskedTables.flatMap((table) => [
    `CREATE TABLE ${table} (id int, ${columnDefinitions})`,
    `INSERT INTO ${table} VALUES (1, ${row})`,
    `GRANT SELECT ON ${table} TO app`,
  ]),
];

/** Their entries under `protect`. */
export const maskedClasses = Object.entries(masks).map(([table, mask]) => ({
  class: table.replaceAll('_', '-'),
  columns: [`guarded.public.${table}.{a,c}*`],
  mask,
}));
