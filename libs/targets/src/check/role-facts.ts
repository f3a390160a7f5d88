/** One role that the gateway's role can act as, itself included. */
export interface RoleFact {
  readonly name: string;
  readonly superuser: boolean;
  readonly createRole: boolean;
  readonly createDatabase: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
}

/** Something the role may do, and to whom that was granted: names of roles, null for everybody. */
export interface GrantFact {
  readonly name: string;
  readonly owner: string;
  /** the owner is a role that the gateway's role can act as */
  readonly owned: boolean;
  readonly grantees: readonly (string | null)[];
}

/** A table with protected columns. */
export interface TableFact {
  readonly schema: string;
  readonly name: string;
  readonly owner: string;
  readonly owned: boolean;
}

/** What a database says of the role the gateway uses. */
export interface RoleFacts {
  readonly version: number;
  readonly database: string;
  readonly databaseOwner: string;
  readonly ownsDatabase: boolean;
  /** name of the superuser that initdb made */
  readonly bootstrap: string;
  readonly role: string;
  readonly roles: readonly RoleFact[];
  /** memberships of those roles, [of, member, grantor] */
  readonly memberships: readonly (readonly [of: string, member: string, grantor: string])[];
  /** name for an owner of what the role must not own, and what is known of it: it is there, the role can act as it */
  readonly spareOwner: { readonly name: string; readonly exists: boolean; readonly reachable: boolean };
  /** schemas of the search path in which the role may create */
  readonly creatable: readonly GrantFact[];
  readonly temporary: GrantFact | null;
  /** functions that lead out of the database; names as SQL writes them, with arguments */
  readonly functions: readonly GrantFact[];
  readonly statistics: readonly GrantFact[];
  readonly tables: readonly TableFact[];
  /** ALTER ROLE … SET and ALTER DATABASE … SET that reach the role: [whose role, setting] */
  readonly settings: readonly (readonly [role: string | null, name: string, value: string])[];
  readonly lockTimeout: string;
  readonly idleInTransactionTimeout: string;
}

/** Asked first: the schemas of the search path, one JSON list. Nothing of it is looked up by that path. */
export const SEARCH_PATH_STATEMENT =
  'SELECT pg_catalog.array_to_json(pg_catalog.current_schemas(false))::pg_catalog.text';
/** Asked next: from here on names mean the server's own objects. */
export const PIN_STATEMENT = "SELECT pg_catalog.set_config('search_path', 'pg_catalog', false)";

/** Functions of the server itself that read or write its files. */
const FILE_FUNCTIONS = [
  'lo_import',
  'lo_export',
  'pg_read_file',
  'pg_read_binary_file',
  'pg_ls_dir',
  'pg_stat_file',
  'pg_file_write',
];

/** Who of those who matter was granted something by an access list: everybody, or roles the gateway's role can act as. */
function grantees(acl: string, privilege: string): string {
  return `COALESCE((SELECT json_agg(DISTINCT CASE WHEN x.grantee = 0 THEN NULL ELSE pg_get_userbyid(x.grantee)::text END)
    FROM aclexplode(${acl}) x
    WHERE x.privilege_type = '${privilege}' AND (x.grantee = 0 OR x.grantee IN (SELECT oid FROM reach))), '[]')`;
}

function grant(name: string, owner: string, acl: string, privilege: string): string {
  return `json_build_object('name', ${name}, 'owner', pg_get_userbyid(${owner}), 'owned', ${owner} IN (SELECT oid FROM reach),
    'grantees', ${grantees(acl, privilege)})`;
}

function list(what: string, from: string): string {
  return `(SELECT COALESCE(json_agg(${what}), '[]') FROM ${from})`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/**
 * One row with one JSON text, read by {@link decodeRoleFacts}; to be asked under {@link PIN_STATEMENT}.
 * @param protectedOids tables with protected columns @param schemas answer to {@link SEARCH_PATH_STATEMENT}
 */
export function roleFactsStatement(protectedOids: readonly number[], schemas: readonly string[]): string {
  const may = (check: string) => `EXISTS (SELECT FROM reach r WHERE ${check})`;
  const oids = `ARRAY[${protectedOids.map(Number).join(', ')}]::oid[]`;
  const path = `ARRAY[${schemas.map(literal).join(', ')}]::text[]`;
  return `
WITH RECURSIVE me AS (SELECT oid FROM pg_roles WHERE rolname = CURRENT_USER),
reach(oid) AS (
  SELECT oid FROM me
  UNION
  SELECT m.roleid FROM reach r JOIN pg_auth_members m ON m.member = r.oid
  WHERE COALESCE((to_jsonb(m)->>'set_option')::bool, true) OR COALESCE((to_jsonb(m)->>'inherit_option')::bool, true)),
db AS (SELECT * FROM pg_database WHERE datname = current_database()),
spare AS (SELECT left(current_database(), 55) || '_owner' AS name)
SELECT json_build_object(
  'version', current_setting('server_version_num')::int,
  'database', current_database(),
  'databaseOwner', (SELECT pg_get_userbyid(datdba) FROM db),
  'ownsDatabase', (SELECT datdba IN (SELECT oid FROM reach) FROM db),
  'bootstrap', pg_get_userbyid(10),
  'role', CURRENT_USER,
  'roles', ${list(
    `json_build_object('name', p.rolname, 'superuser', p.rolsuper, 'createRole', p.rolcreaterole,
      'createDatabase', p.rolcreatedb, 'replication', p.rolreplication, 'bypassRls', p.rolbypassrls)`,
    'pg_roles p JOIN reach USING (oid)',
  )},
  'memberships', ${list(
    'json_build_array(pg_get_userbyid(m.roleid), pg_get_userbyid(m.member), pg_get_userbyid(m.grantor))',
    'pg_auth_members m WHERE m.member IN (SELECT oid FROM reach) AND m.roleid IN (SELECT oid FROM reach)',
  )},
  'spareOwner', (SELECT json_build_object('name', spare.name,
      'exists', EXISTS (SELECT FROM pg_roles WHERE rolname = spare.name),
      'reachable', EXISTS (SELECT FROM pg_roles JOIN reach USING (oid) WHERE rolname = spare.name)) FROM spare),
  'creatable', ${list(
    grant('n.nspname', 'n.nspowner', 'n.nspacl', 'CREATE'),
    `pg_namespace n WHERE n.nspname = ANY (${path}) AND ${may("has_schema_privilege(r.oid, n.oid, 'CREATE')")}`,
  )},
  'temporary', (SELECT ${grant('db.datname', 'db.datdba', "COALESCE(db.datacl, acldefault('d', db.datdba))", 'TEMPORARY')}
    FROM db WHERE ${may("has_database_privilege(r.oid, db.oid, 'TEMPORARY')")}),
  'functions', ${list(
    grant('f.oid::regprocedure::text', 'f.proowner', "COALESCE(f.proacl, acldefault('f', f.proowner))", 'EXECUTE'),
    `pg_proc f WHERE ((f.pronamespace = 'pg_catalog'::regnamespace AND f.proname IN (${FILE_FUNCTIONS.map(literal).join(', ')}))
        OR EXISTS (SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
          WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_extension'::regclass AND e.extname IN ('dblink', 'adminpack')))
      AND ${may("has_function_privilege(r.oid, f.oid, 'EXECUTE')")}`,
  )},
  'statistics', ${list(
    grant('c.relname', 'c.relowner', 'c.relacl', 'SELECT'),
    `pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace
      AND c.relname IN ('pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs')
      AND ${may("has_table_privilege(r.oid, c.oid, 'SELECT')")}`,
  )},
  'tables', ${list(
    `json_build_object('schema', n.nspname, 'name', c.relname, 'owner', pg_get_userbyid(c.relowner),
      'owned', c.relowner IN (SELECT oid FROM reach))`,
    `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY (${oids})`,
  )},
  'settings', ${list(
    `json_build_array(CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END,
      split_part(one, '=', 1), substr(one, strpos(one, '=') + 1))`,
    `pg_db_role_setting s CROSS JOIN unnest(s.setconfig) one
      WHERE s.setrole IN (SELECT 0::oid UNION SELECT oid FROM me) AND s.setdatabase IN (SELECT 0::oid UNION SELECT oid FROM db)
        AND split_part(one, '=', 1) IN ('standard_conforming_strings', 'client_encoding')`,
  )},
  'lockTimeout', current_setting('lock_timeout'),
  'idleInTransactionTimeout', current_setting('idle_in_transaction_session_timeout')
)::text`;
}

/** Reads the answer to {@link roleFactsStatement}. @throws SyntaxError when it is none */
export function decodeRoleFacts(answer: string): RoleFacts {
  return JSON.parse(answer) as RoleFacts;
}
