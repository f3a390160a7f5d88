/**
 * The SQL that reads a catalog. It runs on sessions whose search_path, and objects in it, are not to be trusted: every function, type and
 * relation is written with its schema, every operator as OPERATOR(pg_catalog.…), and no form is used that looks an operator up
 * by its bare name (IN, BETWEEN, LIKE, CASE x WHEN, USING, NULLIF).
 */

/** `=`, `<>`, `>=`, `~`, … whatever the search path says. */
function op(name: string): string {
  return `OPERATOR(pg_catalog.${name})`;
}

const eq = op('=');
const notEq = op('<>');
const atLeast = op('>=');
const below = op('<');

function oneOf(expression: string, values: readonly string[]): string {
  return `${expression} ${eq} ANY (ARRAY[${values.map((value) => `'${value}'`).join(', ')}]::pg_catalog.text[])`;
}

/** Objects made by initdb have lower OIDs. */
const FIRST_USER_OID = 16384;

const SYSTEM_SCHEMAS = ['pg_catalog', 'information_schema'];

/**
 * Extensions whose functions in C, or owned by the bootstrap superuser, compute from their arguments alone. They add operators
 * named like built-in ones (`=`, `||`): were these not known, no statement could be proven beside them.
 */
const PURE_EXTENSIONS = (
  'btree_gin btree_gist citext cube earthdistance fuzzystrmatch hstore intarray isn ltree pg_trgm ' +
  'pgcrypto seg unaccent uuid-ossp vector'
).split(' ');

const COLUMNS = `
  SELECT a.attrelid, pg_catalog.json_agg(pg_catalog.json_build_array(
    a.attnum, a.attname, a.atttypid::pg_catalog.int8, a.atttypmod, a.attgenerated::pg_catalog.text%sources%) ORDER BY a.attnum) AS columns
  FROM pg_catalog.pg_attribute a%from%
  WHERE a.attnum ${op('>')} 0 AND NOT a.attisdropped AND a.attrelid ${atLeast} %first%::pg_catalog.oid AND a.attrelid ${below} %last%::pg_catalog.oid
  GROUP BY a.attrelid`;

/** @param generated with the columns that generated ones are computed from */
function columnsBetween(first: number, last: number, generated: boolean): string {
  const from = `
  LEFT JOIN generated ON generated.objid ${eq} a.attrelid AND generated.objsubid ${eq} a.attnum`;
  return COLUMNS.replace('%first%', `'${first}'`)
    .replace('%last%', `'${last}'`)
    .replace('%sources%', generated ? ', generated.sources' : '')
    .replace('%from%', generated ? from : '');
}

const LAST_OID = 4294967295;

export const SYSTEM_PART = `
WITH cols AS (${columnsBetween(0, FIRST_USER_OID, false)})
SELECT pg_catalog.json_build_object(
  'schemas', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(n.oid::pg_catalog.int8, n.nspname, false, true))
    FROM pg_catalog.pg_namespace n WHERE ${oneOf('n.nspname::pg_catalog.text', SYSTEM_SCHEMAS)}),
  'relations', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(
      c.oid::pg_catalog.int8, n.nspname, c.relname, c.relkind::pg_catalog.text, NULL, cols.columns, pg_catalog.json_build_array()))
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid ${eq} c.relnamespace
    LEFT JOIN cols ON cols.attrelid ${eq} c.oid
    WHERE c.oid ${below} '${FIRST_USER_OID}'::pg_catalog.oid AND ${oneOf('n.nspname::pg_catalog.text', SYSTEM_SCHEMAS)}
      AND ${oneOf('c.relkind::pg_catalog.text', ['r', 'v'])})
)::pg_catalog.text`;

/** Schemas whose objects this session can name: other sessions' temporary schemas and TOAST are left out. */
const VISIBLE_SCHEMAS = `
  SELECT n.oid, n.nspname, n.oid ${eq} pg_catalog.pg_my_temp_schema() AS temporary
  FROM pg_catalog.pg_namespace n
  WHERE NOT (n.nspname ${op('~')} '^pg_(toast|temp_|toast_temp_)') OR n.oid ${eq} pg_catalog.pg_my_temp_schema()`;

/** Of those, and the constructors that the server makes for range types. */
const PURE_FUNCTIONS = `
  SELECT p.oid
  FROM pg_catalog.pg_extension e
  JOIN pg_catalog.pg_depend d ON d.refclassid ${eq} 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid ${eq} e.oid
    AND d.deptype ${eq} 'e' AND d.classid ${eq} 'pg_catalog.pg_proc'::pg_catalog.regclass
  JOIN pg_catalog.pg_proc p ON p.oid ${eq} d.objid
  JOIN pg_catalog.pg_language l ON l.oid ${eq} p.prolang
  WHERE ${oneOf('e.extname::pg_catalog.text', PURE_EXTENSIONS)}
    AND (p.proowner ${eq} '10'::pg_catalog.oid OR ${oneOf('l.lanname::pg_catalog.text', ['c', 'internal'])})
  UNION SELECT d.objid FROM pg_catalog.pg_depend d
  WHERE d.classid ${eq} 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype ${eq} 'i'
    AND d.refclassid ${eq} 'pg_catalog.pg_type'::pg_catalog.regclass`;

/** Everything that depends on a function, operator or operator class of the user's own: what it evaluates is not known. */
const FUNCTION_USERS = `
  SELECT d.classid, d.objid
  FROM pg_catalog.pg_depend d
  WHERE d.refobjid ${atLeast} '${FIRST_USER_OID}'::pg_catalog.oid AND (
    (d.refclassid ${eq} 'pg_catalog.pg_proc'::pg_catalog.regclass AND NOT EXISTS (SELECT FROM pure WHERE pure.oid ${eq} d.refobjid))
    OR (d.refclassid ${eq} 'pg_catalog.pg_operator'::pg_catalog.regclass AND EXISTS (
      SELECT FROM pg_catalog.pg_operator o WHERE o.oid ${eq} d.refobjid AND o.oprcode ${atLeast} '${FIRST_USER_OID}'::pg_catalog.oid
        AND NOT EXISTS (SELECT FROM pure WHERE pure.oid ${eq} o.oprcode)))
    OR (d.refclassid ${eq} 'pg_catalog.pg_opclass'::pg_catalog.regclass AND EXISTS (
      SELECT FROM pg_catalog.pg_opclass k JOIN pg_catalog.pg_amproc m ON m.amprocfamily ${eq} k.opcfamily
        WHERE k.oid ${eq} d.refobjid AND m.amproc ${atLeast} '${FIRST_USER_OID}'::pg_catalog.oid
        AND NOT EXISTS (SELECT FROM pure WHERE pure.oid ${eq} m.amproc))))`;

function dependent(catalog: string): string {
  return `u.classid ${eq} 'pg_catalog.${catalog}'::pg_catalog.regclass`;
}

/** Domains with a check that calls such a function, domains over them, arrays of them. */
const FUNCTION_TYPES = `
  SELECT k.contypid FROM users u JOIN pg_catalog.pg_constraint k ON k.oid ${eq} u.objid
    WHERE ${dependent('pg_constraint')} AND k.contypid ${notEq} '0'::pg_catalog.oid
  UNION
  SELECT t.oid FROM tainted_types s JOIN pg_catalog.pg_type t ON t.typbasetype ${eq} s.oid OR t.typelem ${eq} s.oid`;

/** Relations with a default, check, generated column, index, statistics object, policy or partition key that calls one. */
const FUNCTION_RELATIONS = `
  SELECT u.objid FROM users u WHERE ${dependent('pg_class')}
  UNION SELECT i.indrelid FROM users u JOIN pg_catalog.pg_index i ON i.indexrelid ${eq} u.objid WHERE ${dependent('pg_class')}
  UNION SELECT f.adrelid FROM users u JOIN pg_catalog.pg_attrdef f ON f.oid ${eq} u.objid WHERE ${dependent('pg_attrdef')}
  UNION SELECT k.conrelid FROM users u JOIN pg_catalog.pg_constraint k ON k.oid ${eq} u.objid WHERE ${dependent('pg_constraint')}
  UNION SELECT s.stxrelid FROM users u JOIN pg_catalog.pg_statistic_ext s ON s.oid ${eq} u.objid WHERE ${dependent('pg_statistic_ext')}
  UNION SELECT q.polrelid FROM users u JOIN pg_catalog.pg_policy q ON q.oid ${eq} u.objid WHERE ${dependent('pg_policy')}
  UNION SELECT a.attrelid FROM tainted_types s JOIN pg_catalog.pg_attribute a ON a.atttypid ${eq} s.oid
    WHERE a.attrelid ${atLeast} '${FIRST_USER_OID}'::pg_catalog.oid`;

const TRIGGER_RELATIONS = `
  SELECT DISTINCT t.tgrelid FROM pg_catalog.pg_trigger t WHERE NOT t.tgisinternal AND t.tgenabled ${notEq} 'D'`;

const RULE_RELATIONS = `
  SELECT DISTINCT r.ev_class FROM pg_catalog.pg_rewrite r
  WHERE r.ev_enabled ${notEq} 'D' AND r.rulename ${notEq} '_RETURN' AND r.ev_class ${atLeast} '${FIRST_USER_OID}'::pg_catalog.oid`;

/** Deleting or updating here changes rows of a referencing table by foreign key, and runs what hangs on that one. */
const CASCADING = `
  SELECT s.oid FROM (SELECT oid FROM calling UNION SELECT oid FROM triggered UNION SELECT oid FROM ruled) s
  UNION
  SELECT k.confrelid FROM reaching s JOIN pg_catalog.pg_constraint k ON k.conrelid ${eq} s.oid
    WHERE k.contype ${eq} 'f' AND (${oneOf('k.confdeltype::pg_catalog.text', ['c', 'n', 'd'])} OR ${oneOf('k.confupdtype::pg_catalog.text', ['c', 'n', 'd'])})`;

const PARENTS = `
  SELECT i.inhrelid, pg_catalog.json_agg(i.inhparent::pg_catalog.int8) AS parents FROM pg_catalog.pg_inherits i GROUP BY i.inhrelid`;

function has(set: string): string {
  return `EXISTS (SELECT FROM ${set} x WHERE x.oid ${eq} c.oid)`;
}

const ACTIVE = `pg_catalog.array_to_json(pg_catalog.array_remove(ARRAY[
      CASE WHEN ${has('triggered')} OR (${has('reaching')} AND NOT ${has('calling')} AND NOT ${has('ruled')}) THEN 'triggers' END,
      CASE WHEN ${has('ruled')} THEN 'rules' END,
      CASE WHEN c.relrowsecurity THEN 'row-security' END,
      CASE WHEN ${has('calling')} THEN 'functions' END]::pg_catalog.text[], NULL))`;

const ORDINARY = `${atLeast} '${FIRST_USER_OID}'::pg_catalog.oid`;

function list(rows: string, from: string): string {
  return `(SELECT COALESCE(pg_catalog.json_agg(${rows}), '[]') FROM ${from})`;
}

/**
 * Columns from which a generated column is computed: the server records each, of the column or (since PostgreSQL 15) of its expression,
 * and takes no whole rows there.
 */
const GENERATED_SOURCES = `
  SELECT s.objid, s.objsubid, pg_catalog.json_agg(s.source) AS sources FROM (
    SELECT d.objid, d.objsubid, d.refobjsubid AS source FROM pg_catalog.pg_depend d
    WHERE d.classid ${eq} 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid ${eq} 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.objid ${eq} d.refobjid AND d.objsubid ${op('>')} 0 AND d.refobjsubid ${op('>')} 0 AND d.objid ${ORDINARY}
    UNION
    SELECT f.adrelid, f.adnum, d.refobjsubid FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_depend d
      ON d.classid ${eq} 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid ${eq} f.oid
      AND d.refclassid ${eq} 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid ${eq} f.adrelid
    WHERE d.refobjsubid ${op('>')} 0 AND d.refobjsubid ${notEq} f.adnum) s
  GROUP BY s.objid, s.objsubid`;

/** Primary keys that hold at every moment, also within a transaction; those WITHOUT OVERLAPS are left out, which old servers have not. */
const PRIMARY_KEYS = `
  SELECT k.conrelid AS oid, pg_catalog.to_json(k.conkey) AS columns FROM pg_catalog.pg_constraint k
  WHERE k.contype ${eq} 'p' AND NOT k.condeferrable AND k.convalidated AND k.conrelid ${ORDINARY}
    AND COALESCE(pg_catalog.to_jsonb(k) ${op('->>')} 'conperiod', 'false') ${eq} 'false'`;

/** A server without multiranges (PostgreSQL 13) has no such column. */
const MULTIRANGE = `(pg_catalog.to_jsonb(g) ${op('->>')} 'rngmultitypid')::pg_catalog.oid`;

export const USER_PART = `
WITH RECURSIVE ns AS MATERIALIZED (${VISIBLE_SCHEMAS}),
generated AS MATERIALIZED (${GENERATED_SOURCES}),
keys AS MATERIALIZED (${PRIMARY_KEYS}),
cols AS (${columnsBetween(FIRST_USER_OID, LAST_OID, true)}),
parents AS (${PARENTS}),
pure AS MATERIALIZED (${PURE_FUNCTIONS}),
users AS MATERIALIZED (${FUNCTION_USERS}),
tainted_types(oid) AS (${FUNCTION_TYPES}),
calling(oid) AS MATERIALIZED (${FUNCTION_RELATIONS}),
triggered(oid) AS MATERIALIZED (${TRIGGER_RELATIONS}),
ruled(oid) AS MATERIALIZED (${RULE_RELATIONS}),
reaching(oid) AS (${CASCADING})
SELECT pg_catalog.json_build_object(
  'databaseOid', (SELECT d.oid::pg_catalog.int8 FROM pg_catalog.pg_database d WHERE d.datname ${eq} pg_catalog.current_database()),
  'database', pg_catalog.current_database(),
  'serverVersion', pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
  'role', CURRENT_USER,
  'schemas', ${list(
    "pg_catalog.json_build_array(n.oid::pg_catalog.int8, n.nspname, n.temporary, pg_catalog.has_schema_privilege(n.oid, 'USAGE'))",
    `ns n WHERE NOT (${oneOf('n.nspname::pg_catalog.text', SYSTEM_SCHEMAS)})`,
  )},
  'relations', ${list(
    `pg_catalog.json_build_array(c.oid::pg_catalog.int8, n.nspname, c.relname, c.relkind::pg_catalog.text, parents.parents,
      CASE WHEN ${oneOf('c.relkind::pg_catalog.text', ['r', 'p', 'v', 'm', 'f', 'c'])} THEN cols.columns END, ${ACTIVE}, keys.columns)`,
    `pg_catalog.pg_class c JOIN ns n ON n.oid ${eq} c.relnamespace LEFT JOIN keys ON keys.oid ${eq} c.oid
      LEFT JOIN cols ON cols.attrelid ${eq} c.oid LEFT JOIN parents ON parents.inhrelid ${eq} c.oid WHERE c.oid ${ORDINARY}`,
  )},
  'functions', ${list(
    'DISTINCT pg_catalog.jsonb_build_array(n.nspname, p.proname)',
    `pg_catalog.pg_proc p JOIN ns n ON n.oid ${eq} p.pronamespace
      WHERE p.oid ${ORDINARY} AND NOT EXISTS (SELECT FROM pure WHERE pure.oid ${eq} p.oid)`,
  )},
  'operators', ${list(
    'DISTINCT o.oprname::pg_catalog.text',
    `pg_catalog.pg_operator o WHERE o.oid ${ORDINARY} AND NOT EXISTS (SELECT FROM pure WHERE pure.oid ${eq} o.oprcode)`,
  )},
  'types', ${list(
    `pg_catalog.json_build_array(t.oid::pg_catalog.int8, n.nspname, t.typname, t.typtype::pg_catalog.text,
      CASE WHEN t.typtype ${eq} 'd' THEN t.typbasetype ELSE t.typelem END::pg_catalog.int8,
      CASE WHEN t.typtype ${eq} 'e' THEN
        (SELECT e.enumlabel FROM pg_catalog.pg_enum e WHERE e.enumtypid ${eq} t.oid ORDER BY e.enumsortorder LIMIT 1) END,
      CASE WHEN t.typcategory ${eq} 'A' AND t.typlen ${eq} '-1'::pg_catalog.int2 AND t.typelem ${notEq} '0'::pg_catalog.oid
        THEN t.typelem::pg_catalog.int8 END,
      CASE WHEN t.typtype ${eq} 'r' THEN
        (SELECT g.rngsubtype::pg_catalog.int8 FROM pg_catalog.pg_range g WHERE g.rngtypid ${eq} t.oid)
      WHEN t.typtype ${eq} 'm' THEN
        (SELECT g.rngtypid::pg_catalog.int8 FROM pg_catalog.pg_range g WHERE ${MULTIRANGE} ${eq} t.oid) END)`,
    `pg_catalog.pg_type t JOIN ns n ON n.oid ${eq} t.typnamespace LEFT JOIN pg_catalog.pg_class r ON r.oid ${eq} t.typrelid
      WHERE t.oid ${ORDINARY} AND t.typtype ${notEq} 'p' AND (r.oid IS NULL OR r.relkind ${eq} 'c')`,
  )},
  'casts', ${list(
    'pg_catalog.json_build_array(k.castsource::pg_catalog.int8, k.casttarget::pg_catalog.int8)',
    `pg_catalog.pg_cast k WHERE k.oid ${ORDINARY} AND k.castfunc ${notEq} '0'::pg_catalog.oid
      AND NOT EXISTS (SELECT FROM pure WHERE pure.oid ${eq} k.castfunc)`,
  )},
  'eventTriggers', ${list('v.evtname', `pg_catalog.pg_event_trigger v WHERE v.evtenabled ${notEq} 'D'`)}
)::pg_catalog.text`;

/** Longer texts are not looked at, characters. */
const LONGEST_TEXT = 65536;

/** Relations that another session is changing, or wants to: printing a definition over them would wait for it. */
const BEING_CHANGED = `
  SELECT l.relation AS oid FROM pg_catalog.pg_locks l
  WHERE l.mode ${eq} 'AccessExclusiveLock' AND l.locktype ${eq} 'relation' AND l.pid ${notEq} pg_catalog.pg_backend_pid()
    AND l.database ${eq} (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname ${eq} pg_catalog.current_database())`;

/** Views whose text can be printed without waiting. */
const PRINTABLE = `
  SELECT c.oid, NOT EXISTS (
      SELECT FROM changed x WHERE x.oid ${eq} c.oid OR EXISTS (
        SELECT FROM pg_catalog.pg_rewrite w
        JOIN pg_catalog.pg_depend d ON d.classid ${eq} 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid ${eq} w.oid
          AND d.refclassid ${eq} 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid ${eq} x.oid
        WHERE w.ev_class ${eq} c.oid)) AS now
  FROM pg_catalog.pg_class c JOIN ns n ON n.oid ${eq} c.relnamespace
  WHERE c.oid ${ORDINARY} AND ${oneOf('c.relkind::pg_catalog.text', ['v', 'm'])}`;

/**
 * Definitions of the views that a session sees, and the search path by which they are printed and have to be read. Only where
 * something is protected: printing takes a lock on what a view reads, as a query would.
 */
export const DEFINITIONS_PART = `
WITH ns AS MATERIALIZED (${VISIBLE_SCHEMAS}),
changed AS MATERIALIZED (${BEING_CHANGED}),
printable AS MATERIALIZED (${PRINTABLE}),
printed AS MATERIALIZED (SELECT p.oid, pg_catalog.pg_get_viewdef(p.oid) AS text FROM printable p WHERE p.now)
SELECT pg_catalog.json_build_object(
  'searchPath', pg_catalog.to_json(pg_catalog.current_schemas(true)),
  'views', ${list(
    'pg_catalog.json_build_array(p.oid::pg_catalog.int8, p.text)',
    `printed p WHERE pg_catalog.length(p.text) ${op('<=')} ${LONGEST_TEXT}`,
  )},
  'incomplete', EXISTS (SELECT FROM printable p WHERE NOT p.now)
)::pg_catalog.text`;

/** What of a row of pg_proc says nothing of what the function does: who may call it, and what the planner thinks of it. */
const ABOUT_CALLS = "ARRAY['proacl', 'procost', 'prorows']::pg_catalog.text[]";

const TYPE_NAME = `CASE WHEN tn.nspname ${eq} 'pg_catalog' THEN t.typname::pg_catalog.text ELSE pg_catalog.concat(tn.nspname, '.', t.typname) END`;

/**
 * Functions of these names that compute one value of types of the server: schema, name, argument types by name and OID, result type, a hash
 * of all that defines them (OID, body, language, settings, defaults), and how many functions share schema and name. SECURITY DEFINER,
 * OUT and VARIADIC arguments, sets, procedures and aggregates are left out.
 */
export function functionsPart(names: readonly string[]): string {
  const wanted = names.map((name) => `'${name.replaceAll("'", "''").replaceAll('\0', '')}'`).join(', ');
  return `
WITH ns AS MATERIALIZED (${VISIBLE_SCHEMAS})
SELECT ${list(
    `pg_catalog.json_build_array(n.nspname, p.proname,
      (SELECT COALESCE(pg_catalog.json_agg(${TYPE_NAME} ORDER BY a.at), '[]')
        FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS a(oid, at) JOIN pg_catalog.pg_type t ON t.oid ${eq} a.oid
        JOIN pg_catalog.pg_namespace tn ON tn.oid ${eq} t.typnamespace),
      pg_catalog.to_json(p.proargtypes::pg_catalog.oid[]::pg_catalog.int8[]), p.prorettype::pg_catalog.int8,
      pg_catalog.concat('sha256:', pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
        (pg_catalog.to_jsonb(p) ${op('-')} ${ABOUT_CALLS})::pg_catalog.text, 'UTF8')), 'hex')),
      (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc q WHERE q.pronamespace ${eq} p.pronamespace AND q.proname ${eq} p.proname))`,
    `pg_catalog.pg_proc p JOIN ns n ON n.oid ${eq} p.pronamespace JOIN pg_catalog.pg_type r ON r.oid ${eq} p.prorettype
      WHERE p.oid ${ORDINARY} AND NOT (${oneOf('n.nspname::pg_catalog.text', SYSTEM_SCHEMAS)})
        AND p.proname::pg_catalog.text ${eq} ANY (ARRAY[${wanted}]::pg_catalog.text[])
        AND p.prokind ${eq} 'f' AND NOT p.proretset AND NOT p.prosecdef AND p.proargmodes IS NULL
        AND r.oid ${below} '${FIRST_USER_OID}'::pg_catalog.oid AND r.typtype ${eq} 'b'
        AND NOT EXISTS (SELECT FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) AS a(oid) JOIN pg_catalog.pg_type t ON t.oid ${eq} a.oid
          WHERE t.oid ${ORDINARY} OR t.typtype ${notEq} 'b')`,
  )}::pg_catalog.text`;
}

/** Count and order-independent hash over OID and writing transaction of the rows of one catalog. */
function mark(from: string, oid: string, alias: string): string {
  const transaction = `${alias}.xmin::pg_catalog.text::pg_catalog.int8`;
  const hash = `pg_catalog.hashint8extended(${oid}::pg_catalog.int8 ${op('*')} 4294967296 ${op('+')} ${transaction}, 0)`;
  return `(SELECT pg_catalog.concat(pg_catalog.count(*), '/', pg_catalog.sum(${hash})) FROM ${from})`;
}

/** The mark of a catalog's rows whose column, written `catalog.column`, is among the OIDs of `set`. */
function markWithin(set: string, place: string): string {
  const [catalog, column] = place.split('.');
  return mark(
    `pg_catalog.${catalog} x JOIN ${set} ON ${set}.oid ${eq} x.${column} WHERE x.oid ${ORDINARY}`,
    'x.oid',
    'x',
  );
}

/**
 * What two sessions must have in common to see the same catalog: role, database (by OID), server (standbys of one cluster differ), and
 * temporary schema. The fingerprint begins with it.
 */
const PLACE = `pg_catalog.concat_ws(' ', pg_catalog.quote_ident(CURRENT_USER::pg_catalog.text),
  (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname ${eq} pg_catalog.current_database()),
  pg_catalog.current_setting('server_version_num'),
  (pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()) ${op('*')} 1000000)::pg_catalog.int8,
  pg_catalog.pg_my_temp_schema())`;

/**
 * Transactions begun and ended in the whole cluster: as long as it is the same, nothing was changed in any catalog. Empty on a standby,
 * where transactions end without a change of what is shown.
 */
const SNAPSHOT = `CASE WHEN pg_catalog.pg_is_in_recovery() THEN '' ELSE pg_catalog.txid_current_snapshot()::pg_catalog.text END`;

export const FINGERPRINT = `
WITH ns AS MATERIALIZED (${VISIBLE_SCHEMAS}),
rels AS MATERIALIZED (SELECT c.oid FROM pg_catalog.pg_class c JOIN ns ON ns.oid ${eq} c.relnamespace WHERE c.oid ${ORDINARY})
SELECT pg_catalog.concat_ws(' ', ${PLACE},
  ${[
    mark('pg_catalog.pg_auth_members x', 'x.member', 'x'),
    mark(`pg_catalog.pg_namespace x JOIN ns ON ns.oid ${eq} x.oid`, 'x.oid', 'x'),
    ...(
      'pg_class.relnamespace pg_proc.pronamespace pg_type.typnamespace pg_operator.oprnamespace ' +
      'pg_opclass.opcnamespace pg_constraint.connamespace pg_statistic_ext.stxnamespace'
    )
      .split(' ')
      .map((place) => markWithin('ns', place)),
    mark(
      `pg_catalog.pg_attribute x JOIN rels ON rels.oid ${eq} x.attrelid`,
      `x.attrelid::pg_catalog.int8 ${op('*')} 2048 ${op('+')} x.attnum`,
      'x',
    ),
    mark(`pg_catalog.pg_inherits x JOIN rels ON rels.oid ${eq} x.inhrelid`, 'x.inhrelid', 'x'),
    ...['pg_rewrite.ev_class', 'pg_trigger.tgrelid', 'pg_policy.polrelid', 'pg_attrdef.adrelid'].map((place) =>
      markWithin('rels', place),
    ),
    ...['pg_cast', 'pg_event_trigger', 'pg_extension', 'pg_enum'].map((catalog) =>
      mark(`pg_catalog.${catalog} x WHERE x.oid ${ORDINARY}`, 'x.oid', 'x'),
    ),
  ].join(',\n  ')}), ${SNAPSHOT}, ${PLACE}`;

/** Where a session is, what the cluster looked like to it, when it began, its search path. One cheap row. */
export const STANDING = `
SELECT ${PLACE}, ${SNAPSHOT},
  (SELECT pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    FROM pg_catalog.pg_stat_activity a WHERE a.pid ${eq} pg_catalog.pg_backend_pid()),
  pg_catalog.current_setting('search_path'), pg_catalog.pg_my_temp_schema()::pg_catalog.text`;
