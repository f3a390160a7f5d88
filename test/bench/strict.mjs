import { median, pgbenchRun } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

const kinds = ['simple, distinct', 'simple', 'extended', 'prepared', 'prepared, masked'];
const clients = 8;

/** Short statements on a target that is asked for its own reading of each, and on one that is not; both have protected columns. */
export async function strict({ pgbench, scratch, workloads, seconds, repeat, say, print }, start) {
  const common = { release: 'written', record: 'none', protected: true };
  const gateway = await start({
    plain: { ...common, label: 'not asked' },
    asked: { ...common, label: 'asked', strict: true },
  });
  const { doors } = gateway;
  const lines = [];
  for (const kind of kinds) {
    const runs = { plain: [], asked: [] };
    for (let round = 0; round <= repeat; round++)
      for (const which of Object.keys(runs)) {
        const one = await pgbenchRun(pgbench, scratch, doors[which], { ...workloads[kind], clients, seconds });
        // code that has run a while is another code than at its start
        if (round > 0) runs[which].push(one);
        await gateway.shipping.caughtUp();
      }
    const of = (which, member) => median(runs[which].map((one) => one[member]));
    lines.push([
      kind,
      whole(of('plain', 'tps')),
      whole(of('asked', 'tps')),
      fixed(of('asked', 'tps') / of('plain', 'tps')),
      whole(of('plain', 'p50')),
      whole(of('asked', 'p50')),
      whole(of('plain', 'cpu')),
      whole(of('asked', 'cpu')),
    ]);
    say(`strict, ${lines.at(-1).join(' | ')}`);
  }
  await gateway.stop();
  print(`### postgres.strict: ${clients} clients, release: written, nothing recorded`);
  print(
    markdown(['statement', 'off /s', 'on /s', 'on ÷ off', 'p50 off µs', 'p50 on', 'CPU µs off', 'CPU µs on'], lines),
  );
}
