import { execute } from '../support/postgres-server.mjs';
import { drain } from './bulk.mjs';
import { median } from './load.mjs';
import { fixed, markdown, whole } from './table.mjs';

/** Texts that detectors look through, without anything in them to be found, and one in which there is something in each row. */
const texts = {
  tickets: `'Ticket ' || i || ': the lamp of order ORD-2026-' || lpad(i::text, 6, '0') || ' arrived broken on 2026-0' || 1 + i % 9 || '-11. Please send another one, and take the ' || i % 300 || '.50 EUR off the bill. Thank you, S.'`,
  documents: `json_build_object('id', i, 'order', 'ORD-' || i, 'amount', i % 100000 / 100.0, 'at', timestamptz '2026-01-01 00:00Z' + i * interval '1 s', 'ref', md5(i::text), 'lines', json_build_array(i * 7919, i % 17, 4539148803436468 + 2 * i))::text`,
  found: `'Ticket ' || i || ' of somebody.' || i || '@example.com: the lamp arrived broken, please send another one soon to City of ' || i % 1000`,
};

/** One large result of texts, on a target with the standard detectors and on one without any; both have a protected column elsewhere. */
export async function detectors({ repeat, size, say, print, target }, start) {
  const rows = size.rows / 2;
  for (const [name, text] of Object.entries(texts))
    await execute(
      target.url('bench'),
      `CREATE TABLE ${name} AS SELECT i AS id, ${text} AS body FROM generate_series(1, ${rows}) AS i`,
      `GRANT SELECT ON ${name} TO app`,
    );
  const common = { release: 'written', record: 'none', protected: true };
  const gateway = await start({
    without: { ...common, label: 'without detectors', detectors: false },
    with: { ...common, label: 'with the standard ones' },
  });
  const { doors } = gateway;
  const lines = [];
  // code that has run a while is another code than at its start
  for (const which of ['without', 'with']) await drain(doors[which], 'SELECT id, body FROM tickets');
  for (const name of Object.keys(texts)) {
    const runs = { without: [], with: [] };
    for (let round = 0; round < repeat; round++)
      for (const which of Object.keys(runs)) {
        runs[which].push(await drain(doors[which], `SELECT id, body FROM ${name}`));
        say(`${name}, ${doors[which].name}: ${runs[which].at(-1).ms.map(whole).join(' ')} ms`);
      }
    const time = (which) => median(runs[which].flatMap(({ ms }) => ms));
    const cpu = (which) => median(runs[which].map((one) => one.cpu)) / 1000;
    const megabytes = runs.without[0].bytes / 1e6;
    lines.push([
      name,
      whole(megabytes),
      whole(time('without')),
      whole(time('with')),
      fixed(time('with') / time('without')),
      whole(cpu('without')),
      whole(cpu('with')),
      fixed((cpu('with') - cpu('without')) / megabytes, 1),
    ]);
  }
  await gateway.stop();
  print(`### Detectors: one SELECT of ${rows} texts, release: written, nothing recorded`);
  print(
    markdown(
      ['texts', 'MB', 'ms without', 'ms with', 'with ÷ without', 'CPU ms without', 'CPU ms with', 'CPU ms a MB more'],
      lines,
    ),
  );
}
