import { approvalRounds } from '../approvals/approval-rounds.mjs';

/** kill -9 of everything an approval passes through, at each step of its life. */
export async function runApprovals(tally, { rounds = 5, short }) {
  await approvalRounds(tally, { rounds: short ? 1 : rounds, clients: short ? 2 : 4 });
}
