import type { DetectRules } from '@app/masking';
import { readNotification, serialize } from '@app/pg-wire';
import { findInMessage } from './found-in-messages.js';
import { rowsKept } from './rows-kept.js';
import type { SessionParts } from './session-parts.js';

/** Recorded notifications of one event, bytes of JSON. */
const RECORDED_BYTES = 256 * 1024;

/**
 * What other sessions tell this one (NOTIFY, pg_notify): data like any row, of nobody knows which column. So on a target with protected
 * columns it comes without its payload: who waits on a channel still learns that something happened, and reads what it was by a
 * statement that can be masked. The process id is the target's, as it is in a session without the gateway.
 */
export class Notifications {
  /** delivered since the session began */
  delivered = 0;
  readonly #parts: SessionParts;
  readonly #channels = new Map<string, number>();
  #rows = 0;
  #bytes = 0;
  #withheld = 0;
  #recorded = '';

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Counts a NotificationResponse of the target. @returns what the client gets instead; null: the message as it came */
  take(buffer: Buffer, start: number, end: number): Buffer | null {
    const { strict, target, detection } = this.#parts.profile;
    const { pid, channel, payload } = readNotification(buffer, start, end);
    const withheld = payload !== '' && (strict || this.#holds(channel, payload, detection?.whole ?? null));
    const shown = withheld ? serialize.notificationResponse(pid, channel, '') : null;
    this.delivered += 1;
    this.#bytes += shown?.length ?? end - start;
    if (withheld) this.#withheld += 1;
    this.#channels.set(channel, (this.#channels.get(channel) ?? 0) + 1);
    if (this.#rows < rowsKept(target.record) && this.#recorded.length < RECORDED_BYTES)
      this.#recorded += `${this.#rows > 0 ? ',' : ''}${JSON.stringify([channel, withheld ? '***' : payload, pid])}`;
    this.#rows += 1;
    return shown;
  }

  /** Another session's text: nothing of it is this author's own. */
  #holds(channel: string, payload: string, rules: DetectRules | null): boolean {
    const { held, found } = findInMessage(rules, { in: 'notification', name: channel }, [payload], null);
    this.#parts.lane.detected(found, null);
    return held;
  }

  /** Records what came since the last time; whatever is released next waits for it. */
  record(): void {
    if (this.#rows === 0) return;
    this.#parts.lane.notified({
      rows: this.#rows,
      bytes: this.#bytes,
      withheld: this.#withheld,
      channels: this.#channels,
      recorded: this.#recorded,
    });
    this.#channels.clear();
    this.#rows = this.#bytes = this.#withheld = 0;
    this.#recorded = '';
  }
}
