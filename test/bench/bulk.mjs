import { join } from 'node:path';
import { clone } from '../support/sallyport.mjs';
import { run } from '../support/programs.mjs';
import { cpuOf, peakMemory } from './cpu.mjs';
import { median } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

const TIMES = 3;

/** Takes a result three times. @returns `{ ms of each, bytes of one, cpu µs of one }` */
export async function drain(through, sql) {
  const { port, user, database, password, ca } = through;
  const order = JSON.stringify({ port, user, database, password, ca, sql, times: TIMES });
  const before = cpuOf(through.pids());
  const output = await run(process.execPath, [join(clone, 'test', 'bench', 'drain.mjs'), order]);
  const after = cpuOf(through.pids());
  const { ms, bytes } = JSON.parse(output);
  return { ms, bytes, cpu: (after.all - before.all) / (TIMES + 1) };
}

/** One large result: rows without and with protected columns, to a client that only counts. */
export async function bulk({ repeat, size, say, print }, outside, gateways) {
  const cases = {
    'no protected column': 'SELECT * FROM measurements',
    'two of nine columns masked': 'SELECT * FROM people',
  };
  const doors = [...outside, ...gateways];
  const rows = [];
  for (const [what, sql] of Object.entries(cases)) {
    const runs = doors.map(() => []);
    for (let round = 0; round < repeat; round++)
      for (const [i, through] of doors.entries()) {
        runs[i].push(await drain(through, sql));
        say(
          `${what}, ${through.name}: ${runs[i]
            .at(-1)
            .ms.map((ms) => ms.toFixed(0))
            .join(' ')} ms`,
        );
      }
    const time = runs.map((some) => median(some.flatMap(({ ms }) => ms)));
    const name = (wanted) => doors.findIndex((through) => through.name === wanted);
    for (const [i, through] of doors.entries())
      rows.push([
        what,
        through.name,
        whole(time[i]),
        whole(runs[i][0].bytes / 1e6 / (time[i] / 1000)),
        fixed(time[name('direct without TLS')] / time[i]),
        fixed(time[name('direct')] / time[i]),
        fixed(time[name('pgbouncer')] / time[i]),
        runs[i][0].cpu > 0 ? whole(median(runs[i].map(({ cpu }) => cpu)) / 1000) : '–',
        through.pids().length > 0 ? peakMemory(through.pids()) : '–',
      ]);
  }
  print(`### One SELECT of ${size.rows} rows, 9 columns, release: durable`);
  print(
    markdown(
      ['rows', 'through', 'ms', 'MB/s', '÷ direct without TLS', '÷ direct', '÷ pgbouncer', 'CPU ms', 'peak memory MiB'],
      rows,
    ),
  );
}
