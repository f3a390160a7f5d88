import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from '../support/postgres-server.mjs';
import { clone } from '../support/sallyport.mjs';
import { drain } from './bulk.mjs';
import { median } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

/** Rows with texts in which detectors find nothing, half a megabyte each: the longest that one value takes. */
const LONG = `CREATE TABLE long_texts AS SELECT i AS id, repeat(md5(i::text) || ' of the lamp, that arrived 2026-01-11. ', 7000) AS body FROM generate_series(1, 60) AS i`;

/** What is masked how: each target is the same table. */
const TARGETS = {
  kept: { label: 'two columns in part', sql: 'SELECT * FROM people' },
  pseudonyms: { label: 'two columns as pseudonyms', sql: 'SELECT * FROM people' },
  repeated: {
    label: 'pseudonyms, a hundred values',
    sql: 'SELECT p.id, q.full_name, q.email, p.phone, p.city, p.country, p.note, p.created, p.amount FROM people p JOIN people q ON q.id = 1 + p.id % 100',
  },
  detected: { label: 'two in part, the others looked through', sql: 'SELECT * FROM people' },
  long: { label: 'long texts looked through', sql: 'SELECT * FROM long_texts' },
};

/** One large result masked in each way, and how long the event loop of a worker stands still for it. */
export async function masks({ repeat, scratch, say, print, size, target }, direct, start) {
  await execute(target.url('bench'), LONG, 'GRANT SELECT ON long_texts TO app');
  const turns = join(scratch, 'turns');
  mkdirSync(turns, { recursive: true });
  const common = { release: 'durable', record: 'none', protected: true, detectors: false };
  const gateway = await start(
    {
      kept: common,
      pseudonyms: { ...common, masks: 'pseudonym' },
      repeated: { ...common, masks: 'pseudonym' },
      detected: { ...common, detectors: true },
      long: { ...common, detectors: true },
    },
    {
      NODE_OPTIONS: `--import=${join(clone, 'test', 'bench', 'longest-turn.mjs')}`,
      SALLYPORT_BENCH_TURNS: turns,
    },
  );
  const lines = [];
  for (const [name, { label, sql }] of Object.entries(TARGETS)) {
    const sides = { direct, through: gateway.doors[name] };
    const runs = { direct: [], through: [] };
    // code that has run a while is another code than at its start
    await drain(sides.through, sql);
    forget(turns);
    for (let round = 0; round < repeat; round++)
      for (const [side, door] of Object.entries(sides)) {
        runs[side].push(await drain(door, sql));
        say(`${label}, ${side}: ${runs[side].at(-1).ms.map(whole).join(' ')} ms`);
      }
    const time = (side) => median(runs[side].flatMap(({ ms }) => ms));
    const megabytes = runs.direct[0].bytes / 1e6;
    lines.push([
      label,
      whole(megabytes),
      whole(time('direct')),
      whole(time('through')),
      fixed(time('direct') / time('through')),
      fixed(median(runs.through.map(({ cpu }) => cpu)) / 1000 / megabytes, 1),
      fixed(longest(turns, gateway.workers), 1),
    ]);
  }
  await gateway.stop();
  print(`### Masks: one SELECT of ${size.rows} rows (long texts: 60), release: durable, nothing recorded`);
  print(markdown(['masked', 'MB', 'ms direct', 'ms', '÷ direct', 'CPU ms a MB', 'longest turn CPU ms'], lines));
}

function forget(turns) {
  for (const name of readdirSync(turns)) rmSync(join(turns, name), { force: true });
}

function longest(turns, workers) {
  const known = readdirSync(turns).filter((name) => workers.includes(Number(name)));
  return Math.max(0, ...known.map((name) => Number(readFileSync(join(turns, name), 'utf8'))));
}
