// kill -9 of the gateway's workers under load, then the audit database stopped under load: what the target ran against what is recorded.
// node test/kill/kill.mjs [--rounds N] [--short]
import { parseArgs } from 'node:util';
import { Tally } from '../nightly/tally.mjs';
import { killRounds } from './kill-rounds.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '10' }, short: { type: 'boolean', default: false } },
});
const tally = new Tally();
tally.begin('kill');
try {
  await killRounds(tally, { rounds: Number(values.rounds), outageMs: values.short ? 15_000 : 60_000 });
} catch (error) {
  tally.check('kill runs to its end', false, error instanceof Error ? (error.stack ?? error.message) : String(error));
}
process.exit(tally.finish());
