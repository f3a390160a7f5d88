import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianPostgres } from '../drivers/debian.mjs';
import { run } from '../programs.mjs';

/** pg_dump and pg_restore of a target without protected columns, in every format; and of one with some. */
export async function checkPgDump(steps, sallyports) {
  const world = await sallyports.drivers();
  const { native, major } = await debianPostgres();
  steps.note(`pg_dump ${major} on PostgreSQL ${major}`);
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-dump-'));
  try {
    await dumpAndRestore(steps, world, join(native, 'bin'), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function dumpAndRestore(steps, world, bin, folder) {
  const given = await world.through();
  const tool = async (name, args, input) => {
    const env = { PGPASSWORD: given.token, PGCONNECT_TIMEOUT: '20' };
    const { status, stdout, stderr } = await run(join(bin, name), args, { env, input });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const dsn = (database) => given.dsn.replace(`/${given.database}?`, `/${database}?`);
  /** Of PostgreSQL 15.14 and later, which mark plain dumps with a word that is new each time. */
  const settled = (text) => text.replaceAll(/^\\(?:un)?restrict .*$/gmu, '');
  const plain = async (url) => settled(await tool('pg_dump', ['--no-owner', '--no-acl', '-d', url]));
  const truth = await plain(world.oldUrl('shop'));
  /** Makes an empty database, and shows what was restored into it. */
  const restored = () => plain(world.oldUrl('copy'));

  await steps.step('pg_dump writes the same text as from the server itself', async () => {
    assert.ok(truth.includes('COPY public.orders') && truth.length > 100_000, truth.slice(0, 2000));
    assert.equal(await plain(dsn('shop')), truth);
  });

  await steps.step('… with INSERT, and the schema alone', async () => {
    for (const more of [['--inserts', '--rows-per-insert=100'], ['--schema-only']]) {
      const args = ['--no-owner', '--no-acl', ...more, '-d'];
      const [direct, through] = [
        await tool('pg_dump', [...args, world.oldUrl('shop')]),
        await tool('pg_dump', [...args, dsn('shop')]),
      ];
      assert.equal(settled(through), settled(direct));
    }
  });

  await steps.step('psql reads a plain dump back, with its copies in', async () => {
    await world.emptyCopy();
    await tool('psql', ['-X', '-q', '-1', '-v', 'ON_ERROR_STOP=1', dsn('copy')], truth);
    assert.equal(await restored(), truth);
  });

  const formats = { custom: ['-Fc'], 'directory, two jobs': ['-Fd', '-j2'], tar: ['-Ft'] };
  for (const [name, format] of Object.entries(formats))
    await steps.step(`pg_restore reads back what pg_dump wrote (${name})`, async () => {
      const file = join(folder, name.replaceAll(/\W/gu, ''));
      await tool('pg_dump', [...format, '-f', file, '-d', dsn('shop')]);
      await world.emptyCopy();
      const jobs = format.filter((argument) => argument.startsWith('-j'));
      await tool('pg_restore', ['--no-owner', '--no-acl', '--exit-on-error', ...jobs, '-d', dsn('copy'), file]);
      assert.equal(await restored(), truth);
    });

  await steps.step('a target with protected columns is not dumped, and says why', async () => {
    const args = ['-d', dsn('guarded-shop')];
    const { status, stdout, stderr } = await run(join(bin, 'pg_dump'), args, { env: { PGPASSWORD: given.token } });
    assert.equal(status, 1);
    assert.doesNotMatch(stdout, /product \d/u);
    assert.match(stderr, /target with protected columns|protected/u);
  });

  await steps.step('pg_dump of a table of its own, to a file, by one of many options', async () => {
    const file = join(folder, 'orders.sql');
    await tool('pg_dump', ['-t', 'orders', '--data-only', '--column-inserts', '-f', file, '-d', dsn('shop')]);
    assert.equal([...readFileSync(file, 'utf8').matchAll(/^INSERT INTO public\.orders /gmu)].length, 2000);
  });
}
