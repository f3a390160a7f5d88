import type { Ask } from './question.js';

// What a held statement means is asked of the target itself, once before people are asked and once before the grant is used. The text
// runs on sessions whose search_path is not to be trusted: every name has its schema, every operator too (catalog-statements.ts).

/** What decides what a statement means, beside its text and values. */
export interface Meaning {
  readonly database: string;
  /** role in force, and the one that logged in where they differ */
  readonly role: string;
  readonly settings: Readonly<Record<string, string>>;
  /** `relation 16385 <sha256>`, `function 16390 <sha256>`: sorted */
  readonly objects: readonly string[];
}

/** What is asked about. */
export interface MeaningOf {
  /** OIDs of relations the statement names */
  readonly relations: readonly number[];
  /** names of functions it calls that are not part of the server */
  readonly functions: readonly string[];
  /** settings with a name of their own that the session wrote */
  readonly settings: readonly string[];
}

/** Settings that change what a text or a value means; bound wherever their value comes from. */
const SEMANTIC = [
  'search_path',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'client_encoding',
  'standard_conforming_strings',
  'backslash_quote',
  'row_security',
  'array_nulls',
  'transform_null_equals',
  'default_text_search_config',
  'bytea_output',
  'extra_float_digits',
  'xmlbinary',
  'xmloption',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
];

/** Set by the gateway, or by each transaction anew. */
const IGNORED = [
  'application_name',
  'transaction_isolation',
  'transaction_read_only',
  'transaction_deferrable',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
];

const eq = 'OPERATOR(pg_catalog.=)';

/** standard_conforming_strings is on in every session of the gateway. */
function literal(value: string): string {
  return `'${value.replaceAll("'", "''").replaceAll('\0', '')}'`;
}

function texts(values: readonly string[]): string {
  return `ARRAY[${values.map(literal).join(', ')}]::pg_catalog.text[]`;
}

function hashed(json: string): string {
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to((${json})::pg_catalog.text, 'UTF8')), 'hex')`;
}

function all(expression: string, from: string, order: string): string {
  return `(SELECT pg_catalog.json_agg(${expression} ORDER BY ${order}) FROM ${from})`;
}

/** Everything a relation does when it is read or written: columns, defaults, view, rules, policies, triggers, constraints. */
const RELATION = `pg_catalog.json_build_array(
  c.oid::pg_catalog.int8, c.relkind::pg_catalog.text, c.relrowsecurity, c.relforcerowsecurity, c.relowner::pg_catalog.int8,
  CASE WHEN c.relkind ${eq} ANY (ARRAY['v', 'm']::pg_catalog."char"[]) THEN pg_catalog.pg_get_viewdef(c.oid) END,
  ${all(
    `pg_catalog.json_build_array(a.attnum, a.attname, a.atttypid::pg_catalog.int8, a.atttypmod, a.attgenerated::pg_catalog.text,
      (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
        WHERE d.adrelid ${eq} a.attrelid AND d.adnum ${eq} a.attnum))`,
    `pg_catalog.pg_attribute a WHERE a.attrelid ${eq} c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped`,
    'a.attnum',
  )},
  ${all(
    `pg_catalog.json_build_array(p.polname, p.polcmd::pg_catalog.text, p.polpermissive, p.polroles::pg_catalog.text,
      pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))`,
    `pg_catalog.pg_policy p WHERE p.polrelid ${eq} c.oid`,
    'p.polname',
  )},
  ${all(
    'pg_catalog.json_build_array(pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled::pg_catalog.text)',
    `pg_catalog.pg_trigger t WHERE t.tgrelid ${eq} c.oid AND NOT t.tgisinternal`,
    't.oid',
  )},
  ${all(
    'pg_catalog.json_build_array(pg_catalog.pg_get_ruledef(w.oid), w.ev_enabled::pg_catalog.text)',
    `pg_catalog.pg_rewrite w WHERE w.ev_class ${eq} c.oid`,
    'w.oid',
  )},
  ${all(
    'pg_catalog.json_build_array(k.conrelid::pg_catalog.int8, pg_catalog.pg_get_constraintdef(k.oid))',
    `pg_catalog.pg_constraint k WHERE k.conrelid ${eq} c.oid OR k.confrelid ${eq} c.oid`,
    'k.oid',
  )})`;

const FUNCTION = `pg_catalog.json_build_array(
  f.oid::pg_catalog.int8, f.proowner::pg_catalog.int8, f.prosrc, f.probin, f.prosecdef, f.proconfig,
  CASE WHEN f.prokind ${eq} 'a'::pg_catalog."char" THEN NULL ELSE pg_catalog.pg_get_functiondef(f.oid) END)`;

function ref(catalog: string): string {
  return `'pg_catalog.${catalog}'::pg_catalog.regclass::pg_catalog.oid`;
}

/** The parts of the reached relations that may depend on functions. */
const PARTS = `
  SELECT ${ref('pg_rewrite')}, w.oid FROM pg_catalog.pg_rewrite w JOIN reached r ON w.ev_class ${eq} r.oid
  UNION ALL SELECT ${ref('pg_policy')}, p.oid FROM pg_catalog.pg_policy p JOIN reached r ON p.polrelid ${eq} r.oid
  UNION ALL SELECT ${ref('pg_trigger')}, t.oid FROM pg_catalog.pg_trigger t JOIN reached r ON t.tgrelid ${eq} r.oid
  UNION ALL SELECT ${ref('pg_attrdef')}, d.oid FROM pg_catalog.pg_attrdef d JOIN reached r ON d.adrelid ${eq} r.oid
  UNION ALL SELECT ${ref('pg_constraint')}, k.oid FROM pg_catalog.pg_constraint k JOIN reached r ON k.conrelid ${eq} r.oid`;

function question({ relations, functions, settings }: MeaningOf): string {
  const named = `ARRAY[${relations.map((oid) => `'${oid}'`).join(', ')}]::pg_catalog.oid[]`;
  const own = settings.map((name) => `${literal(name)}, pg_catalog.current_setting(${literal(name)}, true)`);
  return `WITH RECURSIVE reached(oid) AS (
    SELECT n.oid FROM pg_catalog.unnest(${named}) AS n(oid)
    UNION SELECT d.refobjid FROM reached r
      JOIN pg_catalog.pg_rewrite w ON w.ev_class ${eq} r.oid
      JOIN pg_catalog.pg_depend d ON d.classid ${eq} ${ref('pg_rewrite')} AND d.objid ${eq} w.oid AND d.refclassid ${eq} ${ref('pg_class')}
    ), parts(class, oid) AS (${PARTS}
    ), called(oid) AS (
      SELECT f.oid FROM pg_catalog.pg_proc f WHERE f.proname::pg_catalog.text ${eq} ANY (${texts(functions)})
      UNION SELECT d.refobjid FROM parts p JOIN pg_catalog.pg_depend d
        ON d.classid ${eq} p.class AND d.objid ${eq} p.oid AND d.refclassid ${eq} ${ref('pg_proc')})
  SELECT pg_catalog.json_build_object(
    'database', pg_catalog.current_database(),
    'databaseOid', (SELECT b.oid::pg_catalog.int8 FROM pg_catalog.pg_database b WHERE b.datname ${eq} pg_catalog.current_database()),
    'roles', pg_catalog.json_build_array(current_user, session_user),
    'settings', (SELECT pg_catalog.json_object_agg(s.name, s.setting) FROM pg_catalog.pg_settings s
      WHERE s.name ${eq} ANY (${texts(SEMANTIC)})
        OR (s.source ${eq} ANY (ARRAY['session', 'client']::pg_catalog.text[]) AND NOT s.name ${eq} ANY (${texts(IGNORED)}))),
    'own', pg_catalog.json_build_object(${own.join(', ')}),
    'relations', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(c.oid::pg_catalog.int8, ${hashed(RELATION)}))
      FROM pg_catalog.pg_class c JOIN (SELECT DISTINCT oid FROM reached) r ON r.oid ${eq} c.oid WHERE c.oid OPERATOR(pg_catalog.>=) '16384'::pg_catalog.oid),
    'functions', (SELECT pg_catalog.json_agg(pg_catalog.json_build_array(f.oid::pg_catalog.int8, ${hashed(FUNCTION)}))
      FROM pg_catalog.pg_proc f JOIN (SELECT DISTINCT oid FROM called) r ON r.oid ${eq} f.oid WHERE f.oid OPERATOR(pg_catalog.>=) '16384'::pg_catalog.oid)
  )::pg_catalog.text`;
}

interface Answer {
  readonly database: string;
  readonly databaseOid: number;
  readonly roles: readonly [string, string];
  readonly settings: Readonly<Record<string, string>> | null;
  readonly own: Readonly<Record<string, string | null>>;
  readonly relations: readonly (readonly [number, string])[] | null;
  readonly functions: readonly (readonly [number, string])[] | null;
}

/** Asks what the names and settings of a statement mean to the session right now. @throws QuestionError when the target does not say */
export async function askMeaning(ask: Ask, about: MeaningOf): Promise<Meaning> {
  const [row] = await ask(question(about));
  const answer = JSON.parse(row?.[0] ?? '') as Answer;
  const [role, login] = answer.roles;
  const settings: Record<string, string> = { ...answer.settings };
  for (const [name, value] of Object.entries(answer.own)) settings[name] = value ?? '';
  const objects = [
    ...(answer.relations ?? []).map(([oid, hash]) => `relation ${oid} ${hash}`),
    ...(answer.functions ?? []).map(([oid, hash]) => `function ${oid} ${hash}`),
  ].sort();
  return {
    database: `${answer.database} ${answer.databaseOid}`,
    role: role === login ? role : `${role} of ${login}`,
    settings,
    objects,
  };
}
