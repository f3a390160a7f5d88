import type { AllowedFunction } from '../../allowed-functions.js';
import type { CatalogColumn, CatalogRelation, CatalogSnapshot, CatalogType } from '../../catalog.js';
import { parseText } from '../../parse.js';
import { closeProtection } from '../../protection.js';
import { buildKnowledgeIndex } from '../../resolve.js';
import type { LineageContext, LineageResult } from '../index.js';
import { traceStatement } from '../index.js';

const INT4 = 23;
const TEXT = 25;
const DATE = 1082;
const NUMERIC = 1700;
const NAME = 19;
const OID = 26;
const JSONB = 3802;
const PG_NODE_TREE = 194;
const ANYARRAY = 2277;

type ColumnSpec = readonly [name: string, typeOid: number, generated?: string];

function columns(specs: readonly ColumnSpec[]): CatalogColumn[] {
  return specs.map(([name, typeOid, generated], position) => ({
    attnum: position + 1,
    name,
    typeOid,
    typmod: -1,
    generated: generated ?? '',
  }));
}

export function relation(
  oid: number,
  qualified: string,
  specs: readonly ColumnSpec[],
  more: Partial<CatalogRelation> = {},
): CatalogRelation {
  const [schema = '', name = ''] = qualified.split('.');
  return { oid, schema, name, kind: 'r', parents: [], columns: columns(specs), active: [], ...more };
}

export const USERS = 20001;
export const ORDERS = 20002;

const USER_COLUMNS: readonly ColumnSpec[] = [
  ['id', INT4],
  ['email', TEXT],
  ['ssn', TEXT],
  ['full_name', TEXT],
  ['phone', TEXT],
  ['card', TEXT],
  ['notes', TEXT],
  ['dob', DATE],
  ['salary', NUMERIC],
];

const SYSTEM_RELATIONS = [
  relation(1259, 'pg_catalog.pg_class', [
    ['oid', OID],
    ['relname', NAME],
    ['relnamespace', OID],
    ['relkind', 18],
    ['relowner', OID],
    ['relfilenode', OID],
    ['relpartbound', PG_NODE_TREE],
  ]),
  relation(1249, 'pg_catalog.pg_attribute', [
    ['attrelid', OID],
    ['attname', NAME],
    ['atttypid', OID],
    ['atttypmod', INT4],
    ['attnum', 21],
    ['attmissingval', ANYARRAY],
  ]),
  relation(2615, 'pg_catalog.pg_namespace', [
    ['oid', OID],
    ['nspname', NAME],
  ]),
  relation(1247, 'pg_catalog.pg_type', [
    ['oid', OID],
    ['typname', NAME],
    ['typarray', OID],
    ['typdefault', TEXT],
  ]),
  relation(2604, 'pg_catalog.pg_attrdef', [
    ['oid', OID],
    ['adrelid', OID],
    ['adbin', PG_NODE_TREE],
  ]),
  relation(2619, 'pg_catalog.pg_statistic', [
    ['starelid', OID],
    ['stavalues1', ANYARRAY],
  ]),
  relation(3381, 'pg_catalog.pg_statistic_ext', [
    ['oid', OID],
    ['stxname', NAME],
  ]),
  relation(3429, 'pg_catalog.pg_statistic_ext_data', [
    ['stxoid', OID],
    ['stxdmcv', 5017],
  ]),
  relation(12000, 'pg_catalog.pg_stats', [['most_common_vals', ANYARRAY]], { kind: 'v' }),
  relation(12001, 'pg_catalog.pg_locks', [['objid', OID]], { kind: 'v' }),
  relation(
    12002,
    'pg_catalog.pg_indexes',
    [
      ['tablename', NAME],
      ['indexname', NAME],
      ['indexdef', TEXT],
    ],
    { kind: 'v' },
  ),
  relation(
    13000,
    'information_schema.columns',
    [
      ['table_name', NAME],
      ['column_name', NAME],
      ['column_default', TEXT],
    ],
    { kind: 'v' },
  ),
];

/** The database of the escapes, with more beside it: each relation stands for one case. */
export const CATALOG: CatalogSnapshot = {
  id: 1,
  databaseOid: 16400,
  database: 'esc',
  serverVersion: 180000,
  role: 'app',
  schemas: [
    { oid: 11, name: 'pg_catalog', temporary: false, usable: true },
    { oid: 13007, name: 'information_schema', temporary: false, usable: true },
    { oid: 2200, name: 'public', temporary: false, usable: true },
    { oid: 21000, name: 'app', temporary: false, usable: true },
    { oid: 21001, name: 'pg_temp_3', temporary: true, usable: true },
  ],
  relations: [
    ...SYSTEM_RELATIONS,
    // children have rows of their own with the same key
    relation(USERS, 'public.users', USER_COLUMNS, { key: [1] }),
    relation(ORDERS, 'public.orders', [
      ['id', INT4],
      ['user_id', INT4],
      ['label', TEXT],
      ['amount', NUMERIC],
    ]),
    relation(20003, 'public.audit_log', [
      ['id', INT4],
      ['msg', TEXT],
    ]),
    relation(20004, 'public.v_o', [['id', INT4]], { kind: 'v' }),
    relation(20005, 'public.mv', [['id', INT4]], { kind: 'm' }),
    relation(20006, 'public.remote', [['id', INT4]], { kind: 'f' }),
    relation(20007, 'public.users_eu', USER_COLUMNS, { parents: [USERS] }),
    relation(20008, 'public.watched', [['a', TEXT]], { active: ['triggers'] }),
    relation(20009, 'public.fenced', [['a', TEXT]], { active: ['row-security'] }),
    relation(20022, 'public.walled', [['a', TEXT]], { active: ['row-security', 'functions'] }),
    relation(20010, 'public.calling', [['a', TEXT]], { active: ['functions'] }),
    relation(
      20011,
      'public.virtual',
      [
        ['a', TEXT],
        ['b', TEXT, 'v'],
      ],
      { active: ['functions'] },
    ),
    relation(20012, 'public.history', [
      ['id', INT4],
      ['old_row', 22001],
    ]),
    relation(20013, 'public.moods', [
      ['id', INT4],
      ['mood', 22003],
      ['email', 22004],
    ]),
    relation(20014, 'app.orders', [
      ['id', INT4],
      ['label', TEXT],
    ]),
    relation(20015, 'pg_temp_3.scratch', [
      ['a', INT4],
      ['email', TEXT],
    ]),
    relation(20016, 'public.parent', [['id', INT4]]),
    relation(
      20017,
      'public.child',
      [
        ['id', INT4],
        ['secret', TEXT],
      ],
      { parents: [20016] },
    ),
    relation(20018, 'public.orders_id', [], { kind: 'i' }),
    relation(20019, 'public.ruled', [['a', TEXT]], { active: ['rules'] }),
    relation(20020, 'public.date', [['d', TEXT]]),
    relation(
      20023,
      'public.keyed',
      [
        ['a', INT4],
        ['b', TEXT],
        ['secret', TEXT],
        ['sealed', JSONB],
      ],
      { key: [1, 2] },
    ),
    relation(
      20024,
      'public.sealed',
      [
        ['secret', TEXT],
        ['more', TEXT],
      ],
      { key: [1] },
    ),
    relation(20021, 'public.parts', [
      ['id', INT4],
      ['email', TEXT],
    ]),
  ],
  userFunctions: [
    { schema: 'public', name: 'f_t' },
    { schema: 'public', name: 'initcap' },
  ],
  userOperators: ['<->'],
  userTypes: [
    { oid: 22003, schema: 'public', name: 'mood', kind: 'e', baseOid: 0 },
    { oid: 22004, schema: 'public', name: 'address', kind: 'd', baseOid: TEXT },
    { oid: 22005, schema: 'public', name: 'weird', kind: 'e', baseOid: 0 },
  ] satisfies CatalogType[],
  userCasts: [{ source: 22005, target: TEXT }],
  eventTriggers: [],
};

const RULES = [
  { class: 'personal', columns: ['public.users.{email,ssn,full_name,phone,card,notes,dob,salary}'] },
  { class: 'secret', columns: ['public.{child,keyed,sealed}.secret', 'public.keyed.sealed', 'public.sealed.more'] },
];

export const SEARCH_PATH = ['pg_temp', 'pg_catalog', 'public'];

let nextId = 1;

/** What statements are traced against: the catalog above with changes. */
export function contextOf(
  changes: Partial<CatalogSnapshot> = {},
  searchPath: readonly string[] | null = SEARCH_PATH,
  functions: readonly AllowedFunction[] = [],
): LineageContext {
  const catalog: CatalogSnapshot = { ...CATALOG, ...changes, id: (nextId += 1) };
  const { columns: found, strict } = closeProtection(catalog, RULES);
  return { index: buildKnowledgeIndex({ id: catalog.id, catalog, protected: found, strict, functions }), searchPath };
}

/** Every statement of a text, traced. */
export function traceText(text: string, context: LineageContext): LineageResult[] {
  const parsed = parseText(text);
  if (parsed.error) throw new Error(`the text of the test does not parse: ${parsed.error.message}`);
  return parsed.statements.map((statement) => traceStatement(statement.node, context));
}

/** The one statement of a text, traced. */
export function traceOne(text: string, context: LineageContext): LineageResult {
  const [result] = traceText(text, context);
  if (!result) throw new Error('the text of the test has no statement');
  return result;
}

/** Outputs in short: `-` clean, a column's name where it is protected, otherwise the taint; `refused: …` with the reason. */
export function outputsInShort(result: LineageResult, context: LineageContext): string {
  if (result.lineage === 'refused') return `refused: ${result.refusal?.reason ?? ''}`;
  if (!result.outputs) return 'no rows';
  return result.outputs
    .map((output) => {
      if (output.taint === 'clean') return '-';
      if (output.taint === 'derived') return `derived(${output.classes.join(',')})`;
      if (output.taint !== 'column') return output.taint;
      const found = context.index.relationsByOid.get(output.relationOid);
      return found?.columns.find((column) => column.attnum === output.attnum)?.name ?? '?';
    })
    .join(' ');
}
