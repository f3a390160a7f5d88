import type { Decision } from '@app/policy';
import type { Refusal } from './refusal.js';

// The gate's own refusals. Their texts are read by people and by language models.

/** A refusal before it has its operation. */
export type WhyRefused = Omit<Refusal, 'operation'> & {
  /** the message for the record, where the one for the client quotes what was sent */
  readonly recorded?: string;
  /** recorded as an event of its own */
  readonly differs?: readonly string[];
};

export const expired: WhyRefused = {
  code: 'expired',
  message: 'The token of this session has expired.',
  hint: 'Connect again with a fresh token.',
  rule: null,
  retry: 'after-change',
  fatal: true,
};

export const revoked: WhyRefused = {
  code: 'revoked',
  message: 'The access of this session was revoked.',
  hint: 'Ask an administrator of the gateway.',
  rule: null,
  retry: 'never',
  fatal: true,
};

/** Recorded without the statement itself. */
export const tooLong: WhyRefused = {
  code: 'not-recordable',
  message: 'The statement and its parameters are longer than the record can hold.',
  hint: 'Send less in one statement.',
  rule: null,
  retry: 'after-change',
  fatal: false,
};

/** For whoever was still on the way when the session ended; nobody is there to read it. */
export const sessionOver: Refusal = {
  code: 'not-recordable',
  message: 'The session has ended.',
  hint: null,
  rule: null,
  retry: 'never',
  operation: '',
  fatal: true,
};

/** Not even the refusal can be recorded. */
export function notRecordable(reason: string | null, fatal: boolean): Refusal {
  return {
    code: 'not-recordable',
    message: `The gateway cannot record operations right now${reason ? ` (${reason})` : ''}, so it runs none.`,
    hint: 'Try again later; if it lasts, tell the operator of the gateway.',
    rule: null,
    retry: 'later',
    operation: '',
    fatal,
  };
}

/** What a rule, or the lack of one, says. */
export function ruleRefusal(decision: Decision, doubt: string | null): WhyRefused {
  const rule = decision.rules[0] ?? null;
  const hint = decision.code === 'default-deny' ? doubt : null;
  return {
    code: decision.code,
    message: decision.message ?? 'No rule allows this operation.',
    hint,
    rule,
    retry: hint === null ? 'never' : 'after-change',
    fatal: false,
  };
}
