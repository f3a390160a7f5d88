// kill -9 of what an approval passes through, at steps of its life; counts what was lost, used twice or left without record.
// node test/approvals/approvals.mjs [--rounds N] [--clients N] [--only VICTIM]… [--at STEP]…
import { parseArgs } from 'node:util';
import { Tally } from '../nightly/tally.mjs';
import { approvalRounds } from './approval-rounds.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    clients: { type: 'string', default: '2' },
    only: { type: 'string', multiple: true },
    at: { type: 'string', multiple: true },
  },
});
const tally = new Tally();
tally.begin('approvals');
try {
  const { rounds, clients, only, at } = values;
  await approvalRounds(tally, { rounds: Number(rounds), clients: Number(clients), only, at });
} catch (error) {
  tally.check(
    'approvals runs to its end',
    false,
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  );
}
process.exit(tally.finish());
