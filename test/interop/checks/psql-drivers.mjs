import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { someoneSleeps } from '../drivers/asleep.mjs';
import { psqlProgram, run } from '../programs.mjs';
import { start } from '../holds/programs.mjs';

const schema = 'drv_psql';

/** psql where everything is allowed: \copy, \watch, LISTEN, large scripts, Ctrl-C, the commands that describe. */
export async function checkPsqlDrivers(steps, sallyports) {
  const world = await sallyports.drivers();
  const { psql, major } = await psqlProgram();
  steps.note(`psql ${major}`);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-psql-'));
  try {
    const said = [];
    for (const given of [world.directly(), await world.through()]) {
      steps.note(`${given.side}:`);
      said.push(await checkSide(steps, psql, given, folder));
    }
    await steps.step('what the commands that describe print is the same on both sides', () => {
      assert.ok(said[0].length > 300, said[0]);
      assert.equal(said[1], said[0]);
    });
    await checkProtection(steps, psql, await world.through());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const options = (given) => ({
  PGPASSWORD: given.token,
  PGCONNECT_TIMEOUT: '20',
  PGOPTIONS: `-c search_path=${schema}`,
});

async function checkSide(steps, psql, given, folder) {
  const args = ['-X', '-A', '-t', '-q', '-v', 'VERBOSITY=verbose', given.dsn];
  const script = (input, more = []) => run(psql, [...args, ...more], { input, env: options(given) });

  await steps.step('runs a long script in one transaction', async () => {
    const inserts = Array.from({ length: 500 }, (_, i) => `INSERT INTO items VALUES (${i}, 'row ${i}');`).join('\n');
    const { status, stdout, stderr } = await script(
      `SET client_min_messages = warning;\nDROP SCHEMA IF EXISTS ${schema} CASCADE;\nCREATE SCHEMA ${schema};
CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);\n${inserts}\nSELECT count(*) FROM items;`,
      ['-1', '-v', 'ON_ERROR_STOP=1'],
    );
    assert.deepEqual([status, stdout, stderr], [0, '500\n', '']);
  });

  await steps.step('copies to and from files and itself', async () => {
    const file = join(folder, 'items.csv');
    const { stdout, stderr } = await script(`
\\copy items to '${file}' (format csv, header)
CREATE TABLE again (LIKE items);
\\copy again from '${file}' (format csv, header)
SELECT count(*) FROM again;
COPY again FROM STDIN;
1000\tä\\tb
\\.
COPY (SELECT * FROM again WHERE id >= 498 ORDER BY id) TO STDOUT;
\\copy (SELECT 1, NULL) to stdout (format csv, null 'NIL')
`);
    assert.deepEqual([stderr, stdout], ['', '500\n498\trow 498\n499\trow 499\n1000\tä\\tb\n1,NIL\n']);
    assert.equal(readFileSync(file, 'utf8').split('\n').length, 502);
  });

  await steps.step('is told of an error in a copy, and goes on', async () => {
    const file = join(folder, 'broken.txt');
    writeFileSync(file, '1\tx\nno number\ty\n');
    const { stdout, stderr } = await script(`\\copy again from '${file}'\nSELECT 'on';\n`);
    assert.equal(stdout, 'on\n');
    assert.match(stderr, /ERROR: +22P02: /u);
    assert.match(stderr, /CONTEXT: .*COPY again, line 2/u);
  });

  await steps.step('prints what it is notified of', async () => {
    const { stdout, stderr } = await script("LISTEN drv_psql;\nNOTIFY drv_psql, 'hello';\nSELECT 1;\n");
    assert.equal(stderr, '');
    assert.match(stdout, /notification "drv_psql" with payload "hello"/u);
  });

  await steps.step('has a long query cancelled by Ctrl-C, which ends a script', async () => {
    const client = start(psql, args, {
      input: "SELECT pg_sleep(50);\nSELECT 'never';\n",
      env: options(given),
    });
    await someoneSleeps(given);
    client.child.kill('SIGINT');
    const { stdout, stderr } = await client.ended;
    assert.equal(stdout, '');
    assert.match(stderr, /ERROR: +57014: /u);
  });

  await steps.step('reads by FETCH_COUNT, through a cursor', async () => {
    const { stdout, stderr } = await script('\\set FETCH_COUNT 700\nSELECT id FROM public.numbers ORDER BY id;\n');
    assert.equal(stderr, '');
    assert.deepEqual(
      stdout.trimEnd().split('\n').map(Number),
      Array.from({ length: 5000 }, (_, i) => i + 1),
    );
  });

  const { stdout, stderr } = await script(
    `CREATE VIEW shown AS SELECT id FROM items;
COMMENT ON TABLE items IS 'things';
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql AS 'SELECT 2 * x';
\\d items\n\\d+ shown\n\\df+ twice\n\\dt\n\\dn\n\\dT\n\\di\n\\ds\n\\dp items\n\\sf twice\n\\sv shown\n\\dd`,
  );
  await steps.step('describes tables, views, functions, rights', () => {
    assert.equal(stderr, '');
    assert.match(stdout, /SELECT 2 \* x/u);
  });
  await steps.step('drops what it made', async () => {
    const ended = await script(`SET client_min_messages = warning;\nDROP SCHEMA ${schema} CASCADE;`);
    assert.deepEqual([ended.status, ended.stderr], [0, '']);
  });
  return stdout;
}

async function checkProtection(steps, psql, given) {
  const dsn = given.dsn.replace(`/${given.database}?`, `/${given.guarded}?`);
  await steps.step('copies protected columns out, masked by the format it asks for', async () => {
    const { stdout, stderr } = await run(psql, ['-X', '-q', dsn], {
      input: `\\copy (SELECT id, email, full_name FROM people WHERE id < 3 ORDER BY id) to stdout (format csv, force_quote (email))
\\copy (SELECT -length(email) FROM people) to stdout
`,
      env: { PGPASSWORD: given.token },
    });
    assert.equal(stdout, '1,"****@example.org",Z. Y.\n2,"****@example.org",Z. Y.\n');
    assert.match(stderr, /operator -.*people\.email/u);
  });
}
