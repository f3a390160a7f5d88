import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { assertRefused, dropRefusal, maskingRefusal } from '../steps.mjs';

const masked = { id: '1', full_name: 'B. B.', email: '****@example.org', phone: '****7919', national_id: '****' };
const everyMask = 'SELECT id, full_name, email, phone, national_id, date_of_birth FROM customers WHERE id = $1';

/** node-postgres, the package itself. */
export async function checkNodePostgres(steps, sallyports) {
  const sallyport = await sallyports.shared();
  const { file, atTarget } = sallyport;
  const alice = sallyport.person('alice');
  const options = {
    host: file.postgres.host,
    port: file.postgres.port,
    database: 'crm',
    user: alice.user,
    password: () => Promise.resolve(alice.token),
    ssl: { ca: readFileSync(file.ca, 'utf8') },
    connectionTimeoutMillis: 20_000,
    query_timeout: 60_000,
  };
  /** One step on a connection of its own, which must still be good at the end. */
  const step = (sentence, body, changes = {}) =>
    steps.step(sentence, async () => {
      const client = new pg.Client({ ...options, ...changes });
      await client.connect();
      try {
        await body(client);
        assert.deepEqual((await client.query("SELECT 'alive' AS it")).rows, [{ it: 'alive' }]);
      } finally {
        await client.end();
      }
    });

  await steps.step('is refused without TLS and with a wrong token', async () => {
    const attempts = [
      { changes: { ssl: false }, expected: /TLS connections only/u },
      { changes: { password: 'not a token' }, expected: /password authentication failed/u },
    ];
    for (const { changes, expected } of attempts)
      await assert.rejects(async () => {
        const client = new pg.Client({ ...options, ...changes });
        client.on('error', () => undefined);
        await client.connect();
        await client.end();
      }, expected);
  });

  await step('sends simple queries, several statements in one', async (client) => {
    const { rows, fields } = await client.query('SELECT id, email FROM customers WHERE id = 1');
    assert.deepEqual(rows, [{ id: '1', email: '****@example.org' }]);
    assert.deepEqual(
      fields.map(({ name, dataTypeID }) => [name, dataTypeID]),
      [
        ['id', 20],
        ['email', 25],
      ],
    );
    const results = await client.query('SELECT 1 AS one; SELECT email FROM customers WHERE id = 2; SELECT 3 AS three');
    assert.deepEqual(
      results.map((result) => result.rows),
      [[{ one: 1 }], [{ email: '****@example.net' }], [{ three: 3 }]],
    );
  });

  await step('sends parameters', async (client) => {
    const { rows } = await client.query(everyMask, [1]);
    const { date_of_birth: born, ...rest } = rows[0];
    assert.deepEqual([rest, born.getFullYear(), born.getMonth(), born.getDate()], [masked, 1967, 0, 1]);
    const { rows: found } = await client.query('SELECT id FROM customers WHERE email = $1', [
      'boris.berger1@example.org',
    ]);
    assert.deepEqual(found, [{ id: '1' }]);
    const types = await client.query(
      'SELECT $1::int AS i, $2::text AS t, $3::bool AS b, $4::jsonb AS j, $5::text AS n',
      [7, 'zwölf 🙂', true, { a: [1] }, null],
    );
    assert.deepEqual(types.rows, [{ i: 7, t: 'zwölf 🙂', b: true, j: { a: [1] }, n: null }]);
  });

  await step('prepares a named statement once and runs it again and again', async (client) => {
    for (const [id, email] of [
      [1, '****@example.org'],
      [2, '****@example.net'],
      [3, '****@example.com'],
    ]) {
      const { rows } = await client.query({
        name: 'by-id',
        text: 'SELECT email FROM customers WHERE id = $1',
        values: [id],
      });
      assert.deepEqual(rows, [{ email }]);
    }
    // a refused statement must not be taken for a prepared one
    for (let turn = 0; turn < 2; turn++)
      await assert.rejects(
        client.query({ name: 'refused', text: 'SELECT -length(email) FROM customers WHERE id = $1', values: [1] }),
        (error) => (assertRefused(error, maskingRefusal), true),
      );
  });

  await step('reads binary results with the same masks', async (client) => {
    const text = 'SELECT id, full_name, email, phone, national_id FROM customers WHERE id = $1';
    const { rows, fields } = await client.query({ text, values: [1], binary: true });
    assert.deepEqual(
      fields.map(({ format }) => format),
      Array(5).fill('binary'),
    );
    assert.deepEqual({ ...rows[0], id: String(rows[0].id) }, masked);
    const { rows: amounts } = await client.query({
      text: 'SELECT total, quantity FROM orders WHERE id = $1',
      values: [1],
      binary: true,
    });
    const [truth] = await atTarget('SELECT total::float8 AS total, quantity FROM orders WHERE id = 1');
    assert.deepEqual([Number(amounts[0].total), amounts[0].quantity], [truth.total, truth.quantity]);
  });

  await step('queues a hundred queries', async (client) => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        client.query('SELECT $1::int AS i, email FROM customers WHERE id = $2', [i, i + 1]),
      ),
    );
    assert.deepEqual(
      answers.map(({ rows }) => rows[0].i),
      Array.from({ length: 100 }, (_, i) => i),
    );
    for (const { rows } of answers) assert.match(rows[0].email, /^\*{4}@example\.(?:com|org|net)$/u);
  });

  await step(
    'pipelines, with errors and refusals in between that hit nothing but themselves',
    async (client) => {
      const outcomes = await Promise.allSettled([
        client.query('SELECT email FROM customers WHERE id = $1', [1]),
        client.query('SELECT 1 / $1::int AS never', [0]),
        client.query('DROP TABLE customers'),
        client.query('SELECT -length(email) FROM customers WHERE id = $1', [1]),
        client.query('SELECT email FROM customers WHERE id = $1', [2]),
      ]);
      const [first, zero, drop, upper, last] = outcomes;
      assert.deepEqual(first.value?.rows, [{ email: '****@example.org' }]);
      assert.equal(zero.reason?.code, '22012');
      assertRefused(drop.reason, dropRefusal);
      assertRefused(upper.reason, maskingRefusal);
      assert.deepEqual(last.value?.rows, [{ email: '****@example.net' }]);
    },
    { pipeline: true },
  );

  await step('is refused outside a transaction with code, message, DETAIL and HINT, and goes on', async (client) => {
    await assert.rejects(client.query('DROP TABLE customers'), (error) => {
      assertRefused(error, dropRefusal);
      return error.severity === 'ERROR';
    });
    await assert.rejects(client.query('SELECT -length(email) FROM customers WHERE id = $1', [1]), (error) => {
      assertRefused(error, maskingRefusal);
      return /Select the column itself/u.test(error.hint);
    });
    const { rows } = await client.query('SELECT email FROM customers WHERE id = $1', [1]);
    assert.deepEqual(rows, [{ email: '****@example.org' }]);
  });

  const refusedTexts = {
    simple: (client) => client.query('DROP TABLE customers'),
    parameterised: (client) => client.query(everyMask.replace('email', '-length(email)'), [1]),
  };
  for (const [how, refused] of Object.entries(refusedTexts))
    await step(`has a transaction rolled back by a ${how} refusal in it`, async (client) => {
      const [before] = await atTarget('SELECT quantity FROM orders WHERE id = 12');
      await client.query('BEGIN');
      const { rowCount } = await client.query('UPDATE orders SET quantity = quantity + 1 WHERE id = $1', [12]);
      assert.equal(rowCount, 1);
      await assert.rejects(refused(client), { code: '42501' });
      await assert.rejects(client.query('SELECT 1'), { code: '25P02' });
      assert.equal((await client.query('COMMIT')).command, 'ROLLBACK');
      assert.deepEqual(await atTarget('SELECT quantity FROM orders WHERE id = 12'), [before]);
    });

  await step('goes back to a savepoint after a refusal, and commits the rest', async (client) => {
    await client.query('BEGIN');
    await client.query("INSERT INTO tickets (customer_id, subject, body) VALUES ($1, 'interop', $2)", [2, 'kept']);
    await client.query('SAVEPOINT a');
    await assert.rejects(client.query('DROP TABLE customers'), { code: '42501' });
    await client.query('ROLLBACK TO SAVEPOINT a');
    assert.equal((await client.query('COMMIT')).command, 'COMMIT');
    const kept = await atTarget("DELETE FROM tickets WHERE subject = 'interop' RETURNING body");
    assert.deepEqual(kept, [{ body: 'kept' }]);
  });

  await step('recovers from errors of the server, a hundred times', async (client) => {
    for (let turn = 0; turn < 50; turn++) {
      await assert.rejects(client.query('SELECT 1 / $1::int', [0]), { code: '22012' });
      await assert.rejects(client.query('SELECT $1::int', ['x']), { code: '22P02' });
    }
    const { rows } = await client.query('SELECT $1::int + 1 AS sum', [1]);
    assert.deepEqual(rows, [{ sum: 2 }]);
  });

  await step('reads thirty thousand rows, every one of them', async (client) => {
    const { rows } = await client.query('SELECT id, customer_id, total FROM orders ORDER BY id');
    const truth = await atTarget('SELECT count(*)::int AS n, sum(total) AS total, sum(customer_id) AS ids FROM orders');
    const cents = rows.reduce((sum, row) => sum + Math.round(Number(row.total) * 100), 0);
    const ids = rows.reduce((sum, row) => sum + Number(row.customer_id), 0);
    assert.deepEqual([rows.length, (cents / 100).toFixed(2), String(ids)], [truth[0].n, truth[0].total, truth[0].ids]);
  });

  await steps.step('works through a pool of ten connections, refusals among the work', async () => {
    const pool = new pg.Pool({ ...options, max: 10 });
    try {
      const backends = new Set();
      const work = Array.from({ length: 200 }, async (_, i) => {
        const client = await pool.connect();
        try {
          backends.add(client.processID);
          if (i % 10 === 9) await assert.rejects(client.query('DROP TABLE customers'), { code: '42501' });
          const { rows } = await client.query('SELECT id, email FROM customers WHERE id = $1', [i + 1]);
          assert.equal(rows[0].id, String(i + 1));
          assert.match(rows[0].email, /^\*{4}@example\./u);
        } finally {
          client.release();
        }
      });
      await Promise.all(work);
      assert.equal(backends.size, 10);
      assert.equal(pool.totalCount, 10);
    } finally {
      await pool.end();
    }
  });
}
