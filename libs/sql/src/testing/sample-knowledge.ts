import type { ActivePart, CatalogRelation, CatalogSnapshot, Knowledge } from '../catalog.js';

type Column = readonly [name: string, typeOid: number];

const int8 = 20;
const text = 25;

function relation(
  oid: number,
  name: string,
  columns: readonly Column[] = [
    ['id', int8],
    ['name', text],
  ],
  more: { kind?: string; schema?: string; parents?: readonly number[]; active?: readonly ActivePart[] } = {},
): CatalogRelation {
  return {
    oid,
    schema: more.schema ?? 'public',
    name,
    kind: more.kind ?? 'r',
    parents: more.parents ?? [],
    active: more.active ?? [],
    columns: columns.map(([column, typeOid], i) => ({
      attnum: i + 1,
      name: column,
      typeOid,
      typmod: -1,
      generated: '',
    })),
  };
}

/** A small shop: plain tables, and one of everything that makes a read not proven. */
const shop: CatalogSnapshot = {
  id: 1,
  databaseOid: 16400,
  database: 'shop',
  serverVersion: 180000,
  role: 'app',
  schemas: [
    { oid: 11, name: 'pg_catalog', temporary: false, usable: true },
    { oid: 2200, name: 'public', temporary: false, usable: true },
    { oid: 17000, name: 'pg_temp_3', temporary: true, usable: true },
  ],
  relations: [
    relation(
      1259,
      'pg_class',
      [
        ['oid', 26],
        ['relname', 19],
      ],
      { schema: 'pg_catalog' },
    ),
    relation(
      12100,
      'pg_settings',
      [
        ['name', text],
        ['setting', text],
      ],
      { schema: 'pg_catalog', kind: 'v' },
    ),
    relation(16501, 'users', [
      ['id', int8],
      ['email', text],
      ['name', text],
    ]),
    relation(16502, 'orders', [
      ['id', int8],
      ['user_id', int8],
      ['total', 1700],
      ['status', 16601],
    ]),
    relation(
      16503,
      'payments',
      [
        ['id', int8],
        ['at', 1184],
      ],
      { kind: 'p' },
    ),
    relation(
      16504,
      'payments_2026',
      [
        ['id', int8],
        ['at', 1184],
      ],
      { parents: [16503] },
    ),
    relation(16505, 'events', [['id', int8]], { kind: 'p' }),
    relation(16506, 'events_far', [['id', int8]], { kind: 'f', parents: [16505] }),
    relation(16507, 'active_users', [['id', int8]], { kind: 'v' }),
    relation(16508, 'totals', [['id', int8]], { kind: 'm' }),
    relation(16509, 'far', [['id', int8]], { kind: 'f' }),
    relation(16510, 'tenants', [['id', int8]], { active: ['row-security'] }),
    relation(16511, 'audited', [['id', int8]], { active: ['triggers'] }),
    relation(16512, 'computed', [['id', int8]], { active: ['functions'] }),
    relation(16513, 'places', [
      ['id', int8],
      ['geom', 16602],
    ]),
    relation(16514, 'moods', [
      ['id', int8],
      ['mood', 16603],
    ]),
    relation(16515, 'users_id_seq', [['last_value', int8]], { kind: 'S' }),
    relation(16516, 'prices', [
      ['id', int8],
      ['amount', 16604],
    ]),
    relation(
      17001,
      'scratch',
      [
        ['id', int8],
        ['name', text],
      ],
      { schema: 'pg_temp_3' },
    ),
  ],
  userFunctions: [
    { schema: 'public', name: 'notify_all' },
    { schema: 'public', name: 'upper' },
    { schema: 'public', name: 'full_name' },
  ],
  userOperators: ['<=>', '@@@'],
  userTypes: [
    { oid: 16601, schema: 'public', name: 'order_status', kind: 'e', baseOid: 0 },
    { oid: 16602, schema: 'public', name: 'geometry', kind: 'b', baseOid: 0 },
    { oid: 16603, schema: 'public', name: 'mood', kind: 'e', baseOid: 0 },
    { oid: 16604, schema: 'public', name: 'amount', kind: 'd', baseOid: 1700 },
  ],
  userCasts: [{ source: 16603, target: text }],
  eventTriggers: [],
};

export const publicPath: readonly string[] = ['pg_temp_3', 'pg_catalog', 'public'];

/** Knowledge of the shop on a target without protected columns. */
export function open(catalog: Partial<CatalogSnapshot> = {}): Knowledge {
  return { id: 1, catalog: { ...shop, ...catalog }, protected: [], strict: false };
}

/** Knowledge of the shop where e-mail addresses are protected. */
export function guarded(): Knowledge {
  return { id: 2, catalog: shop, protected: [{ relationOid: 16501, attnum: 2, class: 'email' }], strict: true };
}
