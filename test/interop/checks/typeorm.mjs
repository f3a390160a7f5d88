import assert from 'node:assert/strict';
import { execute } from '../../support/postgres-server.mjs';
import { asMigration, schema, sourceOf } from '../drivers/typeorm-source.mjs';

/** TypeORM: migrations made from what it finds in the catalog, up and down; objects, pages, streams, transactions. */
export async function checkTypeorm(steps, sallyports) {
  const world = await sallyports.drivers();
  for (const given of [world.directly(), await world.through()]) {
    steps.note(`${given.side}:`);
    await checkSide(steps, given);
  }
}

async function within(source, body) {
  await source.initialize();
  try {
    return await body(source);
  } finally {
    await source.destroy();
  }
}

async function checkSide(steps, given) {
  await execute(
    given.superuserUrl,
    `DROP SCHEMA IF EXISTS ${schema} CASCADE`,
    `CREATE SCHEMA ${schema} AUTHORIZATION app`,
  );
  const migrations = [];
  /** What TypeORM would change: it compares its entities with the catalog. */
  const wanted = (options) =>
    within(sourceOf(given, { migrations, ...options }), (source) => source.driver.createSchemaBuilder().log());

  await steps.step('compares its entities with an empty schema, makes a migration of it and runs it', async () => {
    migrations.push(asMigration('First', 1_700_000_000_001, await wanted()));
    const done = await within(sourceOf(given, { migrations }), (source) => source.runMigrations());
    assert.deepEqual(
      done.map(({ name }) => name),
      ['First1700000000001'],
    );
    assert.deepEqual((await wanted()).upQueries, []);
  });

  await steps.step('finds the one column that a new version adds, and goes up, down and up again', async () => {
    const change = await wanted({ grown: true });
    assert.deepEqual(change.upQueries.length, 1);
    assert.match(change.upQueries[0].query, /ADD "motto" text/u);
    migrations.push(asMigration('Second', 1_700_000_000_002, change));
    await within(sourceOf(given, { migrations, grown: true }), async (source) => {
      assert.equal((await source.runMigrations()).length, 1);
      await source.undoLastMigration();
      assert.equal((await source.runMigrations()).length, 1);
    });
    assert.deepEqual((await wanted({ grown: true })).upQueries, []);
  });

  const use = (sentence, body, options) =>
    steps.step(sentence, () => within(sourceOf(given, { migrations, grown: true, ...options }), body));

  await use('saves objects and what belongs to them, and loads them by page', async ({ manager }) => {
    const team = await manager.save('Team', { name: 'ä team', settings: { a: [1] }, kind: 'large', motto: 'go' });
    await manager.save(
      'Member',
      Array.from({ length: 50 }, (_, i) => ({ name: `m${i}`, pay: '10.50', team })),
      { chunk: 20 },
    );
    const [page, count] = await manager.findAndCount('Member', {
      relations: { team: true },
      order: { id: 'ASC' },
      skip: 10,
      take: 5,
    });
    assert.deepEqual([count, page.map(({ name }) => name)], [50, ['m10', 'm11', 'm12', 'm13', 'm14']]);
    assert.deepEqual([page[0].team.settings, page[0].pay], [{ a: [1] }, '10.50']);
  });

  await use('writes what is there already by upsert, and rolls a transaction back', async ({ manager }) => {
    await manager.upsert('Team', [{ name: 'ä team', motto: 'new' }], ['name']);
    assert.equal((await manager.findOneByOrFail('Team', { name: 'ä team' })).motto, 'new');
    await assert.rejects(
      manager.transaction('SERIALIZABLE', async (inner) => {
        await inner.save('Team', { name: 'never' });
        await inner.save('Team', { name: 'ä team' });
      }),
      { code: '23505' },
    );
    assert.equal(await manager.countBy('Team', { name: 'never' }), 0);
  });

  await use('deletes what belongs together', async ({ manager }) => {
    await manager.delete('Team', { name: 'ä team' });
    assert.equal(await manager.count('Member'), 0);
  });

  if (given.guarded !== null)
    await use(
      'is refused in a transaction, which is rolled back, and reads masked columns',
      async ({ manager }) => {
        await assert.rejects(
          manager.transaction(async (inner) => {
            await inner.query('SELECT -length(email) FROM people');
          }),
          { code: '42501' },
        );
        const found = await manager.query('SELECT email, score FROM people WHERE id = $1', [1]);
        assert.deepEqual(found, [{ email: '****@example.org', score: 0 }]);
      },
      { database: given.guarded, schema: 'public' },
    );

  await steps.step('undoes all of it', () =>
    within(sourceOf(given, { migrations, grown: true }), async (source) => {
      await source.undoLastMigration();
      await source.undoLastMigration();
      await source.query(`DROP SCHEMA ${schema} CASCADE`);
    }),
  );
}
