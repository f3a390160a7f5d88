import { CliError } from '../cli.error.js';
import type { Surroundings } from '../command.js';
import { type ConnectionValues, ControlApiClient } from '../control-api.client.js';
import { textAt } from '../records.js';
import { describe, fetchApproval, readApproval, shownText, standing } from './approval.js';

/** A decision as the command line asks for it. */
export interface DecisionAsked {
  readonly id: string;
  readonly decision: 'approve' | 'deny';
  readonly reason: string | undefined;
  /** classes that leave unmasked */
  readonly unmask: readonly string[];
  /** without asking */
  readonly yes: boolean;
  readonly json: boolean;
}

/** Shows what is to be decided, asks, and decides on exactly that. @returns the exit code */
export async function decide(
  asked: DecisionAsked,
  values: ConnectionValues,
  surroundings: Surroundings,
): Promise<number> {
  const client = ControlApiClient.connect(values, surroundings);
  const approval = await fetchApproval(client, asked.id);
  if (approval.state !== 'pending')
    throw new CliError(`${approval.id} cannot be decided any more: it is ${standing(approval)}`);
  if (asked.decision === 'approve' && approval.tooLong)
    throw new CliError(`${approval.id} is too long to be shown whole, so that nobody can approve it; deny it instead`);
  const why = textAt(approval, 'you', 'why');
  if (textAt(approval, 'you', 'mayDecide') === 'false')
    throw new CliError(`you may not decide ${approval.id}${why === '' ? '' : `: ${why}`}`);
  if (!approval.text || !approval.rendering)
    throw new CliError(
      `you are not shown what ${approval.id} would run, and nobody decides on what they have not read`,
    );
  surroundings.err(`${describe(approval)}${shownText(approval)}\n`);
  if (asked.unmask.length > 0) surroundings.err(`Unmasked for this: ${asked.unmask.join(', ')}\n`);
  if (!asked.yes) await confirm(asked.decision, surroundings);
  const answer = await client.post(`/v1/approvals/${encodeURIComponent(asked.id)}/decision`, {
    decision: asked.decision,
    rendering: approval.rendering,
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
    ...(asked.unmask.length === 0 ? {} : { unmask: asked.unmask }),
  });
  const after = readApproval(answer);
  if (asked.json) surroundings.out(`${JSON.stringify(answer)}\n`);
  else if (after.state === 'pending') surroundings.out(`${after.id}: your yes counts, more people have to agree\n`);
  else surroundings.out(`${after.id}: ${standing(after)}\n`);
  return 0;
}

async function confirm(decision: 'approve' | 'deny', { ask }: Surroundings): Promise<void> {
  if (ask === undefined)
    throw new CliError(
      `nobody can be asked here: read it (sallyport approvals show), then give --yes to ${decision} it`,
      2,
    );
  const said = await ask(decision === 'approve' ? 'Approve exactly this? [y/N] ' : 'Deny this? [y/N] ');
  if (!/^y(?:es)?$/i.test(said.trim())) throw new CliError('nothing was decided');
}
