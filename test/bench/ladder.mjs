import { median, pgbenchRun } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

const plain = { release: 'written', record: 'none', protected: false };
const strict = { ...plain, protected: true };
const recording = { ...strict, record: { first: 50 } };

/**
 * What each part costs, by configuration alone: each rung is the one above with one setting changed. The product has no switch for less
 * than the second; the first is a relay of this benchmark's own.
 */
export async function ladder({ pgbench, scratch, workloads, seconds, repeat, say, print }, outside, start) {
  const targets = { plain, strict, recording };
  const gateway = await start(targets);
  const { doors } = gateway;
  const durable = { ...recording, release: 'durable' };
  const rungs = [
    { rung: 'direct', through: outside.direct, kind: 'prepared' },
    { rung: 'pgbouncer', through: outside.pooled, kind: 'prepared' },
    { rung: 'relay of Node: TLS, looks at nothing', through: outside.relayed, kind: 'prepared' },
    {
      rung: '+ wire, parse (cached), policy, record line: no protect, record none, release written, audit database stopped',
      through: doors.plain,
      kind: 'prepared',
      stopped: true,
    },
    { rung: '+ lineage, result checked: protect', through: doors.strict, kind: 'prepared', stopped: true },
    { rung: '+ rows recorded: record first 50', through: doors.recording, kind: 'prepared', stopped: true },
    { rung: '+ shipping: audit database runs', through: doors.recording, kind: 'prepared' },
    { rung: '+ release durable', kind: 'prepared', durable: true },
    { rung: '+ parse of each text: simple, distinct', kind: 'simple, distinct', durable: true },
    { rung: 'for masks: direct, a row of 9 columns', through: outside.direct, kind: 'prepared, wide' },
    { rung: 'for masks: all of the above, none protected', kind: 'prepared, wide', durable: true },
    { rung: '+ masks: two of nine columns', kind: 'prepared, masked', durable: true },
  ];
  const clientCounts = [8, 32];
  const results = new Map(rungs.map((rung) => [rung, clientCounts.map(() => [])]));
  const warm = new Set();
  const measure = async (rung, through, running) => {
    if (through.pids().length > 0 && !warm.has(`${through.name} ${rung.kind}`)) {
      warm.add(`${through.name} ${rung.kind}`);
      await pgbenchRun(pgbench, scratch, through, { ...workloads[rung.kind], clients: 8, transactions: 2_000 });
    }
    for (const [c, clients] of clientCounts.entries()) {
      if (rung.stopped) running.audit.stop();
      try {
        results
          .get(rung)
          [c].push(await pgbenchRun(pgbench, scratch, through, { ...workloads[rung.kind], clients, seconds }));
      } finally {
        if (rung.stopped) running.audit.go();
      }
      if (running !== null && running.pids === through.pids) await running.shipping.caughtUp();
    }
    say(
      `${rung.rung}: ${results
        .get(rung)
        .map((some) => whole(some.at(-1).tps))
        .join(' ')}`,
    );
  };
  for (let round = 0; round < repeat; round++)
    for (const rung of rungs) if (!rung.durable) await measure(rung, rung.through, gateway);
  await gateway.stop();
  // one target that releases on `written` changes how the journal writes for all of them: durable is measured alone
  const second = await start({ durable });
  for (let round = 0; round < repeat; round++)
    for (const rung of rungs) if (rung.durable) await measure(rung, second.doors.durable, second);
  await second.stop();
  const of = (rung, c, member) => median(results.get(rung)[c].map((one) => one[member]));
  print('### Ladder');
  print(
    markdown(
      [
        'configuration',
        ...clientCounts.flatMap((clients) => [
          `/s at ${clients}`,
          `p50 µs at ${clients}`,
          `CPU µs at ${clients}`,
          `of it main threads at ${clients}`,
        ]),
      ],
      rungs.map((rung) => [
        rung.rung,
        ...clientCounts.flatMap((_, c) => [
          whole(of(rung, c, 'tps')),
          whole(of(rung, c, 'p50')),
          of(rung, c, 'cpu') > 0 ? fixed(of(rung, c, 'cpu'), 1) : '–',
          of(rung, c, 'cpu') > 0 ? fixed(of(rung, c, 'mainCpu'), 1) : '–',
        ]),
      ]),
    ),
  );
}
