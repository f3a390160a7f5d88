import { meant } from './differences.js';
import { runScript, type ScriptResult } from './run-script.js';
import { Sides } from './sides.js';
import { scripts } from './scripts.js';

// The frames that come through the gateway are those of the server, byte for byte. `npm run nightly -- transparency` runs all scripts,
// `npm test` a few: SALLYPORT_TRANSPARENCY=all is the same as the former, the beginning of a name runs the scripts of that name.

const wanted = process.env['SALLYPORT_TRANSPARENCY'] ?? 'sample';
const sample = ['types: ranges', 'types: made', 'rows, simple', 'wire: pipelines', 'wire: portals'];
const all = scripts();
const chosen = all.filter(({ name }) =>
  wanted === 'sample' ? sample.includes(name) : wanted === 'all' || name.startsWith(wanted),
);

const results: ScriptResult[] = [];
let sides: Sides;

beforeAll(async () => {
  sides = await Sides.start();
});
afterAll(async () => {
  await sides?.stop();
});

it.each(chosen.map((script) => [script.name, script] as const))('answers as the server does: %s', async (_, script) => {
  const result = await runScript(script, sides);
  results.push(result);
  expect(result.differences.slice(0, 20).join('\n\n'), `${result.differences.length} answers differ`).toBe('');
});

it('has compared what it says it compares', () => {
  const byKind = new Map<string, number>();
  for (const { compared } of results)
    for (const [kind, count] of compared) byKind.set(kind, (byKind.get(kind) ?? 0) + count);
  const total = [...byKind.values()].reduce((sum, count) => sum + count, 0);
  const states = new Set(results.flatMap((result) => [...result.states]));
  const tags = new Set(results.flatMap((result) => [...result.tags]));
  const refused = new Set(results.flatMap((result) => result.refused));
  process.stdout.write(
    `transparency: ${total} exchanges in ${results.length} of ${all.length} scripts (${[...byKind]
      .map(([kind, count]) => `${kind}: ${count}`)
      .join(
        ', ',
      )}); ${tags.size} command tags, ${states.size} SQLSTATEs; ${refused.size} of ${meant.length} kinds of refusal met\n`,
  );
  expect(total).toBeGreaterThan(0);
  if (wanted !== 'all') return;
  expect(total).toBeGreaterThanOrEqual(2_000);
  expect(meant.filter((one) => !refused.has(one)).map(({ statement }) => String(statement))).toEqual([]);
});
