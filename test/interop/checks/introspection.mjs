import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { execute, startServer } from '../../support/postgres-server.mjs';
import { scratchFolder } from '../../support/sallyport.mjs';
import { debianPostgres } from '../drivers/debian.mjs';
import { compare, leaked } from '../introspection/compare.mjs';
import { protect, psqlCommands, schema, secrets } from '../introspection/schema.mjs';
import { psqlProgram, python, root, run } from '../programs.mjs';

const folder = join(root, 'test', 'interop', 'python');
const UNIT = '\u001f';
const RECORD = '\u001e';

const built = (path) => import(pathToFileURL(join(root, 'dist', 'libs', 'sql', 'src', path)).href);

/** What tools find out about a database with protected columns: through the gateway the same as directly, without values. */
export async function checkIntrospection(steps, sallyports) {
  await sallyports.stopShared();
  const scratch = scratchFolder('introspection');
  const { native } = await debianPostgres();
  const old = { name: 'old', native, settings: { io_method: undefined } };
  const servers = { crm18: await startServer(scratch, { name: 'new' }), crm15: await startServer(scratch, old) };
  for (const server of Object.values(servers)) {
    sallyports.ending(server);
    await execute(server.url('postgres'), 'CREATE ROLE app LOGIN', 'CREATE DATABASE crm');
    await execute(server.url('crm'), ...schema);
  }
  const config = {
    targets: Object.entries(servers).map(([name, { port }]) => ({
      name,
      postgres: { host: '127.0.0.1', port, database: 'crm', tls: 'disable' },
      credential: { user: 'app' },
    })),
    protect,
    rules: [{ name: 'all', who: { groups: ['analysts'] }, on: { target: '*' }, effect: 'allow' }],
  };
  const { file, person, stop } = await sallyports.start({ config: stringify(config) });
  const { user, token } = person('alice');
  const { maskDefinition } = await built('definition-text.js');
  try {
    for (const [name, server] of Object.entries(servers)) {
      const direct = { host: '127.0.0.1', port: server.port, database: 'crm', user: 'app', token: 'none', ca: null };
      const { host, port } = file.postgres;
      const through = { host, port, database: name, user, token, ca: file.ca };
      await columnsOf(steps, name, server);
      await checkServer(steps, name, [direct, through], maskDefinition);
    }
  } finally {
    await stop();
    for (const server of Object.values(servers)) await server.stop();
  }
}

/** A column nobody has looked at would be NULL for everybody. */
async function columnsOf(steps, name, server) {
  const { isListedColumn } = await built('lineage/system-relations.js');
  await steps.step(`${name}: every column of its system relations is classified`, async () => {
    const rows = await execute(
      server.url('crm'),
      `SELECT n.nspname AS schema, c.relname AS name, a.attname AS column
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname IN ('pg_catalog', 'information_schema') AND a.attnum > 0 AND c.relkind IN ('r', 'v') AND c.oid < 16384`,
    );
    assert.ok(rows.length > 1900, `${rows.length} columns`);
    const unknown = rows.filter((row) => !isListedColumn(row, row.column));
    assert.deepEqual(unknown, []);
  });
}

async function checkServer(steps, name, [direct, through], mask) {
  const { psql } = await psqlProgram();
  const both = async (ask) => [await ask(direct), await ask(through)];
  const hold = (found) => {
    const [truth, seen] = found;
    const { equal, masked, hidden, different } = compare(truth, seen, mask);
    steps.note(`${equal} values are equal, ${masked} without their literals, ${hidden} hidden`);
    assert.deepEqual(different, []);
    assert.deepEqual(leaked(seen, secrets), []);
    assert.ok(equal > hidden, 'most of it is there');
  };

  await steps.step(`${name}: psql shows what is there by its \\d family`, async () => {
    const found = await both((given) => shown(psql, given));
    hold(found);
  });
  const program = await python(join(folder, 'introspection.txt'));
  for (const tool of ['sqlalchemy', 'alembic', 'django', 'drivers'])
    await steps.step(`${name}: ${tool} finds what it finds directly`, async () => {
      hold(
        await both(async (given) => {
          const input = JSON.stringify(given);
          const ended = await run(program, ['-W', 'ignore', join(folder, 'introspection_check.py'), tool], { input });
          assert.equal(ended.status, 0, ended.stderr);
          return JSON.parse(ended.stdout);
        }),
      );
    });
}

/** What psql prints for each command, field by field. */
async function shown(psql, { host, port, database, user, token, ca }) {
  const script = psqlCommands.flatMap((command) => [
    `\\qecho -n '${RECORD}@@${command.replaceAll('\\', '\\\\')}${RECORD}'`,
    command,
  ]);
  const mode = ca === null ? 'disable' : 'verify-full';
  const address = `host='${host}' port='${port}' dbname='${database}' user='${user}' sslmode='${mode}'`;
  const { status, stdout, stderr } = await run(
    psql,
    ['-X', '-A', '-q', '-F', UNIT, '-R', RECORD, ca === null ? address : `${address} sslrootcert='${ca}'`],
    { input: `${script.join('\n')}\n`, env: { PGPASSWORD: token, PGCONNECT_TIMEOUT: '20', PGGSSENCMODE: 'disable' } },
  );
  assert.equal(status, 0, stderr);
  const commands = stdout.split(`${RECORD}@@`).slice(1);
  return {
    errors: stderr.split('\n').filter((line) => /^(?:ERROR|FATAL)/u.test(line)),
    commands: Object.fromEntries(
      commands.map((text) => {
        const [command, ...records] = text.split(RECORD);
        return [command, records.map((record) => record.split(UNIT))];
      }),
    ),
  };
}
