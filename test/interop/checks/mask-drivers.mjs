import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { goProgram } from '../drivers/go.mjs';
import { javaProgram } from '../drivers/java.mjs';
import { maskedCells } from '../drivers/masked-types.mjs';
import { python, root, run } from '../programs.mjs';

const script = join(root, 'test', 'interop', 'python', 'masked_types.py');
const statement = (table, column) => `SELECT ${column} FROM ${table} WHERE id = $1`;

/**
 * Every mask of a value of every type arrives in binary, and each driver decodes it, wherever it decodes the value itself
 * directly. Each driver says of each column why it could not, or nothing.
 */
export async function checkMaskDrivers(steps, sallyports) {
  const world = await sallyports.drivers();
  const sides = { direct: world.directly(), through: await world.through() };
  const venv = await python(join(root, 'test', 'interop', 'python', 'drivers.txt'));
  const go = await goProgram();
  const drivers = {
    'node-postgres, binary': byNode,
    'asyncpg, described once': byProgram(venv, [script, 'asyncpg']),
    'psycopg, binary': byProgram(venv, [script, 'psycopg']),
    'pgjdbc, prepared on the server': byProgram('java', [...(await javaProgram()).slice(0, -1), 'MaskedTypes']),
    ...(go.program === null ? {} : { 'pgx, cached statements': byProgram(go.program, ['masked-types']) }),
  };
  if (go.program === null) steps.note(`without pgx: ${go.why}`);
  const said = twoAtOnce(
    Object.values(drivers).map((decode) => async () => [await decode(sides.direct), await decode(sides.through)]),
  );
  for (const [i, name] of Object.keys(drivers).entries())
    await steps.step(`${name}: decodes every mask of every type whose values it decodes`, async () => {
      const [direct, through] = await said[i];
      const decoded = maskedCells.filter(({ key }) => direct[key] === null);
      steps.note(`${decoded.length} of ${maskedCells.length} columns decode directly`);
      assert.ok(decoded.length > maskedCells.length * 0.7, 'most types are decoded directly');
      const failed = decoded.filter(({ key }) => through[key] !== null);
      assert.deepEqual(
        failed.map(({ key, type }) => `${key} ${type}: ${through[key]}`),
        [],
      );
    });
}

/** A driver asks one question after the other and waits for most of the time. @returns what each task resolves with */
function twoAtOnce(tasks) {
  const lanes = [Promise.resolve(), Promise.resolve()];
  return tasks.map((task, i) => {
    const result = lanes[i % 2].then(task);
    // one that fails is told by its step, and keeps nobody waiting
    lanes[i % 2] = result.catch(() => undefined);
    return result;
  });
}

const databaseOf = ({ guarded }) => guarded ?? 'guarded';

/** A program that takes tables and columns and prints what went wrong, as JSON. */
function byProgram(command, args) {
  return async (given) => {
    const { user, token, host, port, ca } = given;
    const asked = { user, token, host, port, ca, database: databaseOf(given) };
    const cells = maskedCells.map(({ key }) => key);
    const { status, stdout, stderr } = await run(command, args, {
      env: { MASKED: JSON.stringify({ ...asked, cells }), ...flat({ ...asked, cells }) },
    });
    assert.equal(status, 0, `${command} ended with ${status}\n${stderr}`);
    return JSON.parse(stdout);
  };
}

/** For languages that bring no parser of JSON. */
function flat(asked) {
  return Object.fromEntries(
    Object.entries(asked).map(([name, value]) => [`MASKED_${name.toUpperCase()}`, String(value)]),
  );
}

async function byNode(given) {
  const { user, token: password, host, port, ca } = given;
  const client = new pg.Client({
    user,
    password,
    host,
    port,
    database: databaseOf(given),
    ssl: { ca: readFileSync(ca, 'utf8') },
  });
  await client.connect();
  const said = {};
  try {
    for (const { table, name, key } of maskedCells)
      said[key] = await client
        .query({ text: statement(table, name), values: [1], binary: true })
        .then(({ rows }) => (rows.length === 1 ? null : `${rows.length} rows`))
        .catch((error) => error.message);
  } finally {
    await client.end();
  }
  return said;
}
