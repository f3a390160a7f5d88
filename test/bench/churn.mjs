import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, pgbenchRun } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

/** A connection (TLS, login, one SELECT 1, goodbye) after the other: what programs without a pool cost. */
export async function churn({ pgbench, scratch, seconds, repeat, say, print }, doors) {
  const script = join(scratch, 'one.sql');
  writeFileSync(script, 'SELECT 1;\n');
  const order = { mode: 'simple', script, reconnect: true };
  const rows = [];
  for (const through of doors) await pgbenchRun(pgbench, scratch, through, { ...order, clients: 4, transactions: 25 });
  for (const clients of [1, 8]) {
    const runs = doors.map(() => []);
    for (let round = 0; round < repeat; round++)
      for (const [i, through] of doors.entries())
        runs[i].push(await pgbenchRun(pgbench, scratch, through, { ...order, clients, seconds }));
    const rate = runs.map((some) => median(some.map(({ tps }) => tps)));
    for (const [i, through] of doors.entries()) {
      const cpu = median(runs[i].map((one) => one.cpu));
      rows.push([
        clients,
        through.name,
        whole(rate[i]),
        fixed(rate[i] / rate[0]),
        fixed(rate[i] / rate[1]),
        fixed((clients * 1000) / rate[i], 1),
        cpu > 0 ? fixed(cpu / 1000, 2) : '–',
      ]);
      say(`churn: ${rows.at(-1).join(' | ')}`);
    }
  }
  print('### Connections: TLS 1.3, login, SELECT 1, goodbye');
  print(markdown(['at once', 'through', 'a second', '÷ direct', '÷ pgbouncer', 'ms each', 'CPU ms each'], rows));
}
