import type { Refusal } from '@app/gate';
import type { SessionEnd } from './session-materials.js';

/** What the record says of a session that ends by a refusal. */
export function endOf(refusal: Refusal): SessionEnd {
  if (refusal.code === 'expired' || refusal.code === 'revoked' || refusal.code === 'not-recordable')
    return refusal.code;
  return 'error';
}

/** For the log. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
