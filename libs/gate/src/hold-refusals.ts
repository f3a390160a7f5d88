import type { Decision } from '@app/policy';
import type { Standing } from './approvals.port.js';
import type { WhyRefused } from './refusals.js';

// What the client of a held operation is told when it does not run. Read by people and by language models.

const about = (decision: Decision): Pick<WhyRefused, 'rule' | 'fatal'> => ({
  rule: decision.rules[0] ?? null,
  fatal: false,
});

/** Said of every approval that is still open: the very words agents are told to look for. */
const again = (approval: string): string =>
  `Nothing ran. Send the same operation again after it is approved (approval ${approval}).`;

/** The first line of a wait. */
export function waitingMessage(decision: Decision, { id, shared }: Standing, seconds: number): string {
  const already = shared ? ' It was asked for before and is still open.' : '';
  return `${decision.message ?? 'This is held for approval.'} Approval ${id} is waiting for a reviewer; this operation waits up to ${seconds} s.${already}`;
}

export function stillPending(decision: Decision, { id }: Standing, why: string | null): WhyRefused {
  return {
    ...about(decision),
    code: 'approval-pending',
    message: `${decision.message ?? 'This is held for approval.'} ${why ?? 'Nobody has decided yet.'}`,
    hint: again(id),
    retry: 'later',
    approval: id,
  };
}

export function deniedBy(decision: Decision, { id, by, reason }: Standing): WhyRefused {
  return {
    ...about(decision),
    code: 'approval-denied',
    message: `${by ?? 'A reviewer'} denied this operation${reason === null ? '' : `: ${reason}`}.`.replace(
      /\.\.$/u,
      '.',
    ),
    hint: 'Do not send it again as it is; ask the reviewer what would pass.',
    retry: 'never',
    approval: id,
  };
}

export function ranOut(decision: Decision, { id }: Standing): WhyRefused {
  return {
    ...about(decision),
    code: 'approval-expired',
    message: `Nobody decided about approval ${id} in time.`,
    hint: 'Sent again, it is asked for anew.',
    retry: 'later',
    approval: id,
  };
}

export function takenBack(decision: Decision, { id, by, reason }: Standing): WhyRefused {
  return {
    ...about(decision),
    code: 'approval-revoked',
    message:
      `Approval ${id} was revoked${by === null ? '' : ` by ${by}`}${reason === null ? '' : `: ${reason}`}.`.replace(
        /\.\.$/u,
        '.',
      ),
    hint: 'Ask who revoked it before you send it again.',
    retry: 'after-change',
    approval: id,
  };
}

export function changedMeanwhile(decision: Decision, id: string, what: string): WhyRefused {
  return {
    ...about(decision),
    code: 'approval-changed',
    message: `Approval ${id} is not for this operation any more: ${what}. Nothing ran.`,
    hint: 'Sent again, it is asked for anew, as it is now.',
    retry: 'later',
    approval: id,
  };
}

export function notAskable(decision: Decision, detail: string): WhyRefused {
  return {
    ...about(decision),
    code: 'approval-unavailable',
    message: `${decision.message ?? 'This is held for approval.'} Nobody can be asked right now (${detail}). Nothing ran.`,
    hint: 'Try again later; if it lasts, tell the operator of the gateway.',
    retry: 'later',
  };
}

export function withdrawn(decision: Decision, id: string | null): WhyRefused {
  return {
    ...about(decision),
    code: 'cancelled',
    message: 'The operation was cancelled while it waited for approval. Nothing ran.',
    hint: null,
    retry: 'later',
    approval: id,
  };
}

/** Something that ran by a grant was cut off. */
export function cutOff(approval: string, why: 'revoked' | 'ended'): WhyRefused {
  return {
    code: why === 'revoked' ? 'approval-revoked' : 'approval-expired',
    message:
      why === 'revoked'
        ? `Approval ${approval} was revoked while this ran by it.`
        : `The time of approval ${approval} is over, and this ran by it.`,
    hint: 'Ask for access again if you still need it.',
    rule: null,
    retry: 'after-change',
    fatal: true,
    approval,
  };
}
