// node-postgres and what is built on it, where everything is allowed: COPY, notifications, cursors, cancelling.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { someoneSleeps } from '../drivers/asleep.mjs';
import { npmPackage } from '../programs.mjs';

const schema = 'drv_node';
const forbidden = 'SELECT id FROM public.forbidden';

/** node-postgres, pg-cursor, pg-query-stream and pg-copy-streams. */
export async function checkNodeDrivers(steps, sallyports) {
  const world = await sallyports.drivers();
  const { default: Cursor } = await import(join(await npmPackage('pg-cursor', '2.22.0'), 'index.js'));
  const { default: QueryStream } = await import(
    join(await npmPackage('pg-query-stream', '4.17.0'), 'dist', 'index.js')
  ).then(({ default: main }) => ({ default: main.default ?? main }));
  for (const given of [world.directly(), await world.through()]) {
    steps.note(`${given.side}:`);
    await checkSide(steps, given, Cursor, QueryStream);
  }
}

function configOf(given, changes = {}) {
  const path = changes.database === given.guarded ? {} : { options: `-c search_path=${schema}` };
  return {
    host: given.host,
    port: given.port,
    database: given.database,
    user: given.user,
    password: () => Promise.resolve(given.token),
    ssl: { ca: readFileSync(given.ca, 'utf8') },
    connectionTimeoutMillis: 20_000,
    query_timeout: 60_000,
    ...path,
    ...changes,
  };
}

async function open(given, changes) {
  const client = new pg.Client(configOf(given, changes));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function checkSide(steps, given, Cursor, QueryStream) {
  /** One step on a connection of its own, which must still be good at the end. */
  const step = (sentence, body, changes = {}) =>
    steps.step(sentence, async () => {
      const client = await open(given, changes);
      try {
        await body(client);
        assert.deepEqual((await client.query("SELECT 'alive' AS it")).rows, [{ it: 'alive' }]);
      } finally {
        await client.end();
      }
    });

  await step('sets up its schema', async (client) => {
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE; CREATE SCHEMA ${schema}`);
    await client.query('CREATE TABLE items (id int PRIMARY KEY, name text)');
  });

  await step('copies in and out through streams', async (client) => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i}\trow ${i}\n`);
    const into = client.query(copyFrom('COPY items FROM STDIN'));
    await pipeline(Readable.from(rows), into);
    assert.equal(into.rowCount, 3000);
    const out = await text(client.query(copyTo('COPY (SELECT * FROM items ORDER BY id) TO STDOUT')));
    assert.equal(out, rows.join(''));
    const csv = await text(client.query(copyTo('COPY items TO STDOUT (FORMAT csv, HEADER)')));
    assert.equal(csv.split('\n').length, 3002);
  });

  await step('breaks a copy off, is told of an error in one, and goes on', async (client) => {
    const broken = client.query(copyFrom('COPY items FROM STDIN'));
    const fails = Readable.from(
      (async function* () {
        yield '9001\tnever\n';
        throw new Error('broken off');
      })(),
    );
    await assert.rejects(pipeline(fails, broken), /broken off/u);
    const wrong = client.query(copyFrom('COPY items FROM STDIN'));
    await assert.rejects(pipeline(Readable.from(['no number\tx\n']), wrong), { code: '22P02' });
    assert.deepEqual((await client.query('SELECT count(*)::int AS n FROM items')).rows, [{ n: 3000 }]);
  });

  await step('reads by a cursor, a few rows at a time, and leaves it', async (client) => {
    const cursor = client.query(new Cursor('SELECT id FROM public.numbers WHERE id > $1 ORDER BY id', [10]));
    assert.deepEqual(
      (await cursor.read(3)).map(({ id }) => id),
      [11, 12, 13],
    );
    assert.equal((await cursor.read(100)).length, 100);
    await cursor.close();
  });

  await step('streams rows', async (client) => {
    let sum = 0;
    const stream = client.query(new QueryStream('SELECT id FROM public.numbers', [], { batchSize: 77 }));
    for await (const { id } of stream) sum += id;
    assert.equal(sum, 12_502_500);
  });

  await step('listens, and hears another session while it does nothing', async (client) => {
    const speaker = await open(given);
    try {
      await client.query('LISTEN drv_node');
      const heard = once(client, 'notification', { signal: AbortSignal.timeout(20_000) });
      await speaker.query("SELECT pg_notify('drv_node', $1)", ['hello']);
      const [{ channel, payload }] = await heard;
      assert.deepEqual([channel, payload], ['drv_node', 'hello']);
    } finally {
      await speaker.end();
    }
  });

  await steps.step('has a long query cancelled by another connection, and goes on', async () => {
    const client = await open(given);
    try {
      const asleep = assert.rejects(client.query('SELECT pg_sleep(50)'), { code: '57014' });
      await someoneSleeps(given);
      // the package's own way, which is in clear text
      new pg.Client({ host: given.host, port: given.port }).cancel(client, client._getActiveQuery());
      await asleep;
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    } finally {
      await client.end();
    }
  });

  await steps.step('signs in by SCRAM with a minted credential, and not with another secret', async () => {
    const { user, secret, why } = given.minted;
    assert.equal(why, undefined);
    for (const enableChannelBinding of [false, true]) {
      const client = await open(given, { user, password: secret, enableChannelBinding });
      await client.end();
      await assert.rejects(open(given, { user, password: `${secret}x`, enableChannelBinding }), { code: '28P01' });
    }
  });

  if (given.guarded !== null) await checkProtection(step, given);
  await step('drops what it made', (client) => client.query(`DROP SCHEMA ${schema} CASCADE`));
}

async function checkProtection(step, given) {
  await step(
    'is refused in a transaction and out of it',
    async (client) => {
      await assert.rejects(client.query(forbidden), { code: '42501' });
      await client.query('BEGIN');
      await client.query("INSERT INTO items VALUES (9100, 'never')");
      await assert.rejects(client.query(`${forbidden} WHERE id = $1`, [1]), { code: '42501' });
      await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
      await client.query('ROLLBACK');
      assert.deepEqual((await client.query('SELECT id FROM items WHERE id = 9100')).rows, []);
    },
    { database: given.fenced },
  );

  await step(
    'decodes masked columns of every type, and copies them out masked',
    async (client) => {
      const { rows } = await client.query('SELECT * FROM people WHERE id = $1', [1]);
      const { born, seen, photo, ...rest } = rows[0];
      assert.deepEqual([born.getFullYear(), seen.toISOString(), photo.length], [1985, '2000-01-01T00:00:00.000Z', 0]);
      assert.deepEqual(rest, {
        id: 1,
        email: '****@example.org',
        full_name: 'Z. Y.',
        phone: '****1001',
        salary: '0',
        badge: '00000000-0000-4000-8000-000000000000',
        score: 0,
        big: '0',
        ratio: 0,
        active: false,
        tags: [],
        extra: { masked: true },
        address: '0.0.0.0',
        city: 'Paris',
      });
      const out = await text(
        client.query(copyTo('COPY (SELECT id, email FROM people WHERE id < 3 ORDER BY id) TO STDOUT')),
      );
      assert.equal(out, '1\t****@example.org\n2\t****@example.org\n');
    },
    { database: given.guarded },
  );
}
