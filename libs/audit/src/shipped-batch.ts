import type { EventKind } from './audit-event.js';
import type { ShippedBatch, ShippedEvent, ShippedKey, ShippedPrincipal } from './audit-sink.js';
import { KeyError } from './audit.error.js';
import type { ReadEvent } from './read-batch.js';
import { seal } from './seal.js';
import type { SessionKeys } from './session-keys.js';

type Members = Readonly<Record<string, unknown>>;

function text(members: Members, name: string): string | null {
  const value = members[name];
  return typeof value === 'string' ? value : null;
}

function textList(members: Members, name: string): string[] {
  const value = members[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

function parse(line: Buffer): Members {
  return JSON.parse(line.toString('utf8')) as Members;
}

/**
 * Turns events of the journal into what the audit database gets: columns derived from each line, each body encrypted under
 * its session's key, principals taken from bodies of `session.open`.
 * @returns the batch, and the members of each line beside it
 */
export function toShippedBatch(
  epoch: string,
  events: readonly ReadEvent[],
  sessionKeys: SessionKeys,
): { readonly batch: ShippedBatch; readonly members: readonly Members[] } {
  const keys = new Map<string, ShippedKey>();
  const parsed: Members[] = [];
  const principals: ShippedPrincipal[] = [];
  const shipped = events.map((event): ShippedEvent => {
    const members = parse(event.line);
    parsed.push(members);
    const pid = text(members, 'pid');
    if (event.kind === 'session.open' && pid !== null && event.body !== null) {
      const { principal } = parse(event.body.body);
      if (typeof principal === 'object' && principal !== null)
        principals.push({ pid, principal: principal as Members });
    }
    return {
      epoch,
      n: event.n,
      ts: event.at,
      line: event.line,
      leaf: Buffer.from(event.leaf, 'hex'),
      type: event.kind as EventKind,
      session: text(members, 's'),
      op: text(members, 'o'),
      pid,
      target: text(members, 'tgt'),
      fp: text(members, 'fp'),
      verb: text(members, 'verb'),
      rel: textList(members, 'rel'),
      body: sealBody(epoch, event, sessionKeys, keys),
    };
  });
  return { batch: { events: shipped, keys: [...keys.values()], principals }, members: parsed };
}

function sealBody(
  epoch: string,
  event: ReadEvent,
  sessionKeys: SessionKeys,
  keys: Map<string, ShippedKey>,
): ShippedEvent['body'] {
  if (event.body === null) return null;
  const { dk, salt, body } = event.body;
  try {
    const { key, ship } = sessionKeys.use(dk);
    if (ship !== null) keys.set(dk, ship);
    return { ct: seal(key, `${epoch}:${event.n}`, salt, body), dk };
  } catch (error) {
    // The day was erased before this was shipped: the line stays, its body must not come back to life.
    if (error instanceof KeyError && error.code === 'destroyed') return null;
    throw error;
  }
}
