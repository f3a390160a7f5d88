import type { Refusal } from '@app/gate';
import { serialize } from '@app/pg-wire';

/** Fields of an error as `serialize.errorResponse` takes them. */
interface ErrorFields {
  readonly severity: 'ERROR' | 'FATAL';
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: number;
}

/** SQLSTATE of a refusal (design §5). */
export function sqlstateOf(refusal: Refusal): string {
  switch (refusal.code) {
    case 'not-recordable':
      return '57P03';
    case 'expired':
    case 'revoked':
      return '57P01';
    case 'approval-pending':
      return 'SP001';
    case 'approval-denied':
      return 'SP002';
    case 'approval-unavailable':
      return '57P03';
    case 'cancelled':
      return '57014';
    case 'unsupported':
      return '0A000';
    case 'unreadable':
      return '42601';
    case 'rule':
    case 'default-deny':
    case 'approvals-not-configured':
    case 'masking':
    case 'row-limit':
    case 'approval-changed':
    case 'approval-expired':
    case 'approval-revoked':
    case 'setting':
      return '42501';
    default:
      return refusal.code satisfies never;
  }
}

/** A refusal as an ordinary error: message for people, DETAIL as JSON for agents, HINT with what would pass. */
function toErrorFields(refusal: Refusal): ErrorFields {
  const detail = JSON.stringify({
    rule: refusal.rule,
    reason: refusal.code,
    operation: refusal.operation || null,
    ...(refusal.approval == null ? {} : { approval: refusal.approval }),
    retry: refusal.retry,
  });
  return {
    severity: refusal.fatal ? 'FATAL' : 'ERROR',
    code: sqlstateOf(refusal),
    message: refusal.message,
    detail,
    ...(refusal.hint === null ? {} : { hint: refusal.hint }),
  };
}

/** The bytes of {@link toErrorFields}. @param position 1-based character of the client's text, 0: none */
export function toErrorResponse(refusal: Refusal, position = 0): Buffer {
  return serialize.errorResponse({ ...toErrorFields(refusal), ...(position > 0 ? { position } : {}) });
}

/** A FATAL answer of the gateway itself, outside of any operation. */
export function fatal(code: string, message: string, hint?: string): Buffer {
  return serialize.errorResponse({ severity: 'FATAL', code, message, ...(hint === undefined ? {} : { hint }) });
}
