import type { Journal } from '@app/audit';
import type { Principal } from '@app/identity';
import { boundedText, boundedTexts, share } from './bounded-json.js';
import type { LaneFacts } from './lane-facts.js';

// The two events that frame a session (docs/record.md).

/** What the record says of a session's beginning. */
export interface SessionOpening {
  /** ULID */
  readonly session: string;
  readonly principal: Principal;
  readonly target: string;
  /** name of the protocol, for the record */
  readonly protocol: string;
  readonly release: 'durable' | 'written';
  /** bytes that may wait for their record, per lane */
  readonly aheadBytes: number;
  readonly client: {
    readonly address: string;
    readonly port: number;
    readonly application: string | null;
    /** how it proved itself, as the protocol calls it; left out where there is one way only */
    readonly login?: string;
  };
  readonly upstream: {
    /** what the target's own log knows this session by and a client cannot forge; null: nothing of the kind */
    readonly join: Readonly<Record<string, string | number>> | null;
    /** where the session leads and as whom, for the body */
    readonly about: Readonly<Record<string, string | number | null>>;
  };
}

const encoder = new TextEncoder();

/** @returns number of the event. @throws JournalError when the record takes nothing */
export function recordSessionOpen(journal: Journal, opening: SessionOpening, pid: string, at: number): number {
  const { principal, session, target, protocol, upstream, client } = opening;
  const purpose =
    principal.purpose === null ? 'null' : `{"c":${boundedText(principal.purpose, share.purpose)},"src":"token"}`;
  const join =
    upstream.join === null
      ? 'null'
      : `{${Object.entries(upstream.join)
          .map(([name, value]) => `"${name}":${typeof value === 'number' ? value : boundedText(value, share.code)}`)
          .join(',')}}`;
  return journal.append({
    kind: 'session.open',
    at,
    members:
      `"s":"${session}","pid":"${pid}","act":${boundedTexts(principal.act, share.agents)}` +
      `,"tgt":${boundedText(target, share.target)},"proto":"${protocol}"` +
      `,"auth":"${principal.method}","pur":${purpose},"up":${join},"release":"${opening.release}"`,
    body: encoder.encode(
      JSON.stringify({
        principal: {
          iss: principal.iss,
          sub: principal.sub,
          user: principal.user,
          groups: principal.groups,
          act: principal.act,
          azp: principal.azp,
          purpose: principal.purpose,
          method: principal.method,
          jti: principal.jti,
          sid: principal.sid,
        },
        client,
        upstream: upstream.about,
      }),
    ),
    session,
  });
}

/**
 * Records the end of a session; a record that failed takes nothing, and recovery says so later.
 * @param counts what its lanes counted @param ms its length
 */
export function recordSessionClose(
  journal: Journal,
  facts: LaneFacts,
  counts: { readonly operations: number; readonly rows: number },
  why: string,
  ms: number,
  at: number,
): void {
  if (journal.state === 'poisoned' || journal.state === 'closed') return;
  journal.append({
    kind: 'session.close',
    at,
    members:
      `"s":"${facts.session}","pid":"${facts.pid}","tgt":${boundedText(facts.target, share.target)},"proto":"${facts.protocol}"` +
      `,"ops":${counts.operations},"rows":${counts.rows},"ms":${Math.round(ms)},"why":${boundedText(why, share.code)}`,
    body: null,
    session: null,
  });
}
