// What the server knows of values: statistics, definitions, plans, files; and SQL as text.
const raw = (id, tries, sql, more = {}) => ({ id, tries, sql: sql === undefined ? undefined : [sql].flat(), ...more });
const alice = 'alice.kowalska@example.com';

const catalog = [
  raw('G01', 'bounds of a histogram', "SELECT histogram_bounds::text FROM pg_stats WHERE tablename = 'users'", {
    setup: [
      "INSERT INTO users SELECT g, 'm' || g, 's' || g, 'n' || g, 'p' || g, 'c' || g, 'o' || g FROM generate_series(100, 400) g",
      'ALTER TABLE users ALTER email SET STATISTICS 1000',
      'ANALYZE users',
    ],
  }),
  raw(
    'G02',
    'the statistics themselves',
    "SELECT stavalues1, stavalues2 FROM pg_statistic WHERE starelid = 'users'::regclass",
    { role: 'postgres', setup: ['ANALYZE users'] },
  ),
  raw(
    'G03',
    'extended statistics of expressions',
    'SELECT histogram_bounds, most_common_vals FROM pg_stats_ext_exprs',
    { setup: ["CREATE STATISTICS se ON (lower(ssn)), (card || '') FROM users", 'ANALYZE users'] },
  ),
  raw('G04', 'a literal in a check', "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'not_her'", {
    setup: [`ALTER TABLE orders ADD CONSTRAINT not_her CHECK (label <> '${alice}')`],
  }),
  raw(
    'G05',
    'the same in the information schema',
    "SELECT check_clause FROM information_schema.check_constraints WHERE constraint_name = 'not_her'",
    {
      setup: [`ALTER TABLE users ADD CONSTRAINT not_her CHECK (notes <> '${alice}')`, 'ALTER TABLE users OWNER TO app'],
    },
  ),
  raw(
    'G06',
    'the literal of a default',
    "SELECT column_default FROM information_schema.columns WHERE table_name = 'users' AND column_name = 'notes'",
    { setup: ["ALTER TABLE users ALTER notes SET DEFAULT 'divorce filed #5530'"] },
  ),
  raw('G07', 'the source of a function', "SELECT prosrc FROM pg_proc WHERE proname = 'vip'", {
    setup: [`CREATE FUNCTION vip() RETURNS int LANGUAGE sql AS $$SELECT id FROM users WHERE email = '${alice}'$$`],
  }),
  raw('G08', 'the whole definition of a function', "SELECT pg_get_functiondef('vip'::regproc)", {
    setup: [`CREATE FUNCTION vip() RETURNS int LANGUAGE sql AS $$SELECT id FROM users WHERE email = '${alice}'$$`],
  }),
  raw('G09', 'the condition of a policy', 'SELECT qual FROM pg_policies', {
    setup: ['ALTER TABLE users ENABLE ROW LEVEL SECURITY', `CREATE POLICY p ON users USING (email = '${alice}')`],
  }),
  raw('G10', 'arguments of a trigger', "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'vip'", {
    setup: [
      "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
      `CREATE TRIGGER vip BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION t('${alice}')`,
    ],
  }),
  raw(
    'G11',
    'the value that rows had before a column was there',
    "SELECT attmissingval FROM pg_attribute WHERE attrelid = 'users'::regclass AND attmissingval IS NOT NULL",
    { setup: ['ALTER TABLE users DROP ssn', "ALTER TABLE users ADD ssn text DEFAULT '512-73-9046'"] },
  ),
  raw(
    'G12',
    'the definition of a view from the information schema',
    "SELECT view_definition FROM information_schema.views WHERE table_name = 'vips'",
    { setup: [`CREATE VIEW vips AS SELECT id FROM users WHERE ssn = '512-73-9046'`, 'ALTER VIEW vips OWNER TO app'] },
  ),
  raw('G13', 'a rule as text', "SELECT definition FROM pg_rules WHERE rulename = 'r'", {
    setup: [`CREATE RULE r AS ON INSERT TO audit_log WHERE new.msg = '${alice}' DO INSTEAD NOTHING`],
  }),
  raw(
    'G14',
    'prepared statements of the session',
    [
      'PREPARE p AS SELECT 1',
      "SELECT statement FROM pg_prepared_statements UNION ALL SELECT histogram_bounds::text FROM pg_stats WHERE tablename = 'users'",
    ],
    { setup: ['ANALYZE users'] },
  ),
  raw(
    'G15',
    'a hidden column of a joined catalog',
    "SELECT s.* FROM pg_class c JOIN pg_stats s ON s.tablename = c.relname AND c.relname = 'users'",
    { setup: ['ANALYZE users'] },
  ),
  raw('G16', 'a catalog as a whole row', "SELECT d FROM pg_attrdef d WHERE adrelid = 'users'::regclass", {
    reveal: { op: 'codes' },
    setup: ["ALTER TABLE users ALTER ssn SET DEFAULT '512-73-9046'"],
  }),
  raw('G17', 'the expression of an index', "SELECT pg_get_indexdef('odd'::regclass, 1, false)", {
    setup: [`CREATE INDEX odd ON users ((card = '4539148803436467'))`],
  }),
  raw('G18', 'the condition of extended statistics', 'SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext', {
    setup: ["CREATE STATISTICS se ON (ssn = '512-73-9046'), (id + 1) FROM users"],
  }),
];

const plans = [
  raw(
    'G40',
    'a plan with a folded subquery',
    "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT 1 FROM users WHERE email < 'b'",
    {
      reveal: { op: 'words', of: 'email' },
      kind: 'oracle',
      falseSql: [
        "EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT 1 FROM users WHERE email < 'a'",
      ],
    },
  ),
  raw('G41', 'the estimate knows the most common value', "EXPLAIN SELECT 1 FROM users WHERE ssn = 'x' OR notes > 'd'", {
    kind: 'oracle',
    falseSql: ["EXPLAIN SELECT 1 FROM users WHERE ssn = 'x' OR notes > 'z'"],
    setup: ['INSERT INTO users SELECT g, g::text, g::text FROM generate_series(100, 400) g', 'ANALYZE users'],
  }),
  raw('G42', 'EXPLAIN of a cast that fails', 'EXPLAIN ANALYZE SELECT email::int FROM users'),
  raw('G43', 'EXPLAIN that writes', [
    'EXPLAIN ANALYZE INSERT INTO audit_log(msg) SELECT email FROM users',
    'SELECT msg FROM audit_log',
  ]),
];

const sqlInText = [
  raw('G60', 'a table as XML', "SELECT table_to_xml('users', true, false, '')"),
  raw(
    'G61',
    'a rewritten text search query runs SQL',
    "SELECT ts_rewrite('x'::tsquery, 'SELECT ''x''::tsquery, plainto_tsquery(''simple'', full_name) FROM users WHERE id = 3')",
    { reveal: { op: 'words', of: 'full_name' } },
  ),
  raw('G62', 'the database as XML', "SELECT database_to_xml(true, false, '')", { role: 'postgres' }),
  raw(
    'G63',
    'a tree of a table',
    "SELECT * FROM connectby('users', 'email', 'ssn', '512-73-9046', 0) AS t(k text, p text, l int)",
    { setup: ['CREATE EXTENSION tablefunc'] },
  ),
  raw(
    'G64',
    'SQL with two columns',
    "SELECT * FROM crosstab('SELECT 1, 1, card FROM users', 'SELECT 1') AS t(i int, c text)",
    { setup: ['CREATE EXTENSION tablefunc'] },
  ),
  raw('G65', 'items of an index page', "SELECT data FROM bt_page_items('users_email_key', 1)", {
    role: 'postgres',
    setup: ['CREATE EXTENSION pageinspect'],
    reveal: { op: 'hexsep', prefixLen: 20 },
  }),
  raw('G66', 'tuples of a heap page', "SELECT t_data FROM heap_page_items(get_raw_page('users', 0))", {
    role: 'postgres',
    setup: ['CREATE EXTENSION pageinspect'],
    reveal: { op: 'hex' },
  }),
  raw(
    'G67',
    'statistics exported by a function',
    "SELECT pg_stat_get_backend_activity(backendid) FROM pg_stat_get_backend_idset() backendid UNION ALL SELECT query_to_xml('TABLE users', true, true, '')::text",
    { role: 'postgres' },
  ),
  raw('G68', 'a cursor as XML', [
    'BEGIN',
    'DECLARE c CURSOR FOR TABLE users',
    "SELECT cursor_to_xml('c', 3, false, true, '')",
    'COMMIT',
  ]),
  raw(
    'G69',
    'a file written and read by the server',
    ["COPY users(email) TO '/tmp/sallyport-escape-own.txt'", "SELECT pg_read_file('/tmp/sallyport-escape-own.txt')"],
    { role: 'postgres' },
  ),
  raw(
    'G70',
    'a connection of the server to itself',
    "SELECT * FROM dblink('dbname=' || current_database() || ' host=127.0.0.1 port=' || current_setting('port') || ' user=postgres', 'SELECT ssn FROM users') AS t(x text)",
    { role: 'postgres', setup: ['CREATE EXTENSION dblink'] },
  ),
];

export const catalogs = { catalog, plan: plans, 'sql-in-text': sqlInText };
