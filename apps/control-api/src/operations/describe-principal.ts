import type { OpenedBody } from './body.js';
import type { PrincipalJson } from './operation.schema.js';
import { asObject, type RecordLine, textOf, textsOf } from './record-line.js';

/** What is known of a session: its `session.open`, the body of that, and whose its pseudonym is. */
export interface KnownSession {
  readonly open: RecordLine | null;
  readonly body: OpenedBody | null;
  /** row of `principal_map`; null: erased */
  readonly principal: Readonly<Record<string, unknown>> | null;
}

export const unknownSession: KnownSession = { open: null, body: null, principal: null };

/**
 * The principal of a session or of one of its operations. Groups and purpose are those of that very session where its body can
 * still be read; otherwise what the pseudonym tells; erased: null.
 * @param act of the operation's own line, if it has one
 */
export function describePrincipal(known: KnownSession, act: readonly string[] | null): PrincipalJson | null {
  const fromBody = known.body?.state === 'open' ? asObject(known.body.body['principal']) : null;
  const from = fromBody ?? known.principal;
  if (!from) return null;
  return {
    user: textOf(from['user']),
    groups: [...textsOf(from['groups'])],
    act: [...(act ?? textsOf(from['act']))],
    purpose: textOf(from['purpose']) ?? textOf(known.open?.object('pur')?.['c']),
    method: textOf(from['method']) ?? known.open?.text('auth') ?? null,
    iss: textOf(from['iss']),
    sub: textOf(from['sub']),
  };
}
