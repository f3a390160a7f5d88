import { join } from 'node:path';
import { execute } from '../support/postgres-server.mjs';
import { run } from '../support/programs.mjs';
import { clone } from '../support/sallyport.mjs';
import { cpuOf } from './cpu.mjs';
import { median } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

const TIMES = 2;

/** COPY out of a table without and with protected columns, and into one, in text. */
export async function copy({ repeat, size, say, print, target }, outside, gateways) {
  const pour = size.rows * 187;
  const cases = {
    'out, no protected column': { sql: 'COPY measurements TO STDOUT' },
    'out, two of nine columns masked': { sql: 'COPY people TO STDOUT' },
    'out, CSV, two of nine masked': { sql: 'COPY people TO STDOUT (FORMAT csv)' },
    'out, binary, two of nine masked': { sql: 'COPY people TO STDOUT (FORMAT binary)' },
    in: { sql: 'COPY loaded FROM STDIN', pour },
  };
  const doors = [...outside, ...gateways];
  const rows = [];
  for (const [what, { sql, pour: bytes }] of Object.entries(cases)) {
    const runs = doors.map(() => []);
    for (let round = 0; round < repeat; round++)
      for (const [i, through] of doors.entries()) {
        runs[i].push(await copied(through, sql, bytes));
        if (bytes !== undefined) await execute(target.url('bench'), 'TRUNCATE loaded');
        say(`COPY ${what}, ${through.name}: ${runs[i].at(-1).rate.toFixed(0)} MB/s`);
      }
    const rate = runs.map((some) => median(some.map((one) => one.rate)));
    const of = (name) => rate[doors.findIndex((through) => through.name === name)];
    for (const [i, through] of doors.entries())
      rows.push([
        what,
        through.name,
        whole(rate[i]),
        fixed(rate[i] / of('direct without TLS')),
        fixed(rate[i] / of('direct')),
        fixed(rate[i] / of('pgbouncer')),
        runs[i][0].cpu > 0 ? fixed(median(runs[i].map(({ cpu }) => cpu)), 1) : '–',
      ]);
  }
  print(`### COPY of ${size.rows} rows, 9 columns, release: durable`);
  print(markdown(['COPY', 'through', 'MB/s', '÷ direct without TLS', '÷ direct', '÷ pgbouncer', 'CPU ms a MB'], rows));
}

async function copied({ pids, ...through }, sql, pour) {
  const { port, user, database, password, ca } = through;
  const order = JSON.stringify({ port, user, database, password, ca, sql, times: TIMES, pour });
  const before = cpuOf(pids());
  const { ms, bytes } = JSON.parse(await run(process.execPath, [join(clone, 'test', 'bench', 'drain.mjs'), order]));
  const megabytes = (pour ?? bytes) / 1e6;
  return {
    rate: megabytes / (median(ms) / 1000),
    cpu: (cpuOf(pids()).all - before.all) / 1000 / (megabytes * (TIMES + 1)),
  };
}
