import type { RecordedEvent } from './memory-journal.js';

/** What the record must say before some bytes may be seen, by the client or (input) by the target. */
export type Need =
  | { readonly kind: 'opening' }
  | {
      readonly kind: 'result';
      readonly op: string;
      readonly chunk: number;
      readonly rows: number;
      readonly last: boolean;
    }
  | { readonly kind: 'end'; readonly op: string }
  | { readonly kind: 'input'; readonly op: string; readonly chunk: number; readonly rows: number }
  | { readonly kind: 'blocked'; readonly op: string };

/** All events of one operation. */
export interface OperationEvents {
  readonly intents: number[];
  readonly results: RecordedEvent[];
  readonly inputs: RecordedEvent[];
  readonly ends: number[];
  readonly blocked: number[];
}

/**
 * The record read the way an auditor reads it: by what stands in the lines, not by the numbers the gate handed around. Grows with
 * the events it is shown.
 */
export class RecordIndex {
  readonly operations = new Map<string, OperationEvents>();
  readonly openings = new Map<string, number>();
  readonly closings = new Map<string, number>();
  /** events of a session that stand before its opening or behind its end */
  readonly strays: RecordedEvent[] = [];
  #read = 0;

  /** Takes what `events` has more than last time. */
  follow(events: readonly RecordedEvent[]): void {
    for (; this.#read < events.length; this.#read++) this.#add(events[this.#read]!);
  }

  operation(id: string): OperationEvents {
    let events = this.operations.get(id);
    if (!events) this.operations.set(id, (events = { intents: [], results: [], inputs: [], ends: [], blocked: [] }));
    return events;
  }

  /** Whether the events 0..watermark say what `need` asks for. */
  covers(session: string, need: Need, watermark: number): boolean {
    const safe = (n: number): boolean => n <= watermark;
    switch (need.kind) {
      case 'opening':
        return safe(this.openings.get(session) ?? Number.POSITIVE_INFINITY);
      case 'end':
        return this.operation(need.op).ends.some(safe);
      case 'blocked':
        return this.operation(need.op).blocked.some(safe);
      case 'input': {
        const { chunk, rows } = need;
        return this.operation(need.op).inputs.some(
          ({ n, members }) => safe(n) && members['chunk'] === chunk && members['rows'] === rows,
        );
      }
      case 'result': {
        const { intents, results } = this.operation(need.op);
        const { chunk, rows, last } = need;
        const said = results.some(
          ({ n, members }) =>
            safe(n) && members['chunk'] === chunk && members['rows'] === rows && members['last'] === last,
        );
        return said && intents.some(safe);
      }
      default:
        return need satisfies never;
    }
  }

  #add(event: RecordedEvent): void {
    const { n, kind, members } = event;
    const session = String(members['s']);
    if (kind === 'session.open') this.openings.set(session, n);
    else if (!this.openings.has(session) || this.closings.has(session)) this.strays.push(event);
    if (kind === 'session.close') this.closings.set(session, n);
    if (typeof members['o'] !== 'string') return;
    const { intents, results, inputs, ends, blocked } = this.operation(members['o']);
    if (kind === 'op' || kind === 'op.intent') intents.push(n);
    if (kind === 'op' || kind === 'op.result') results.push(event);
    if (kind === 'op.input') inputs.push(event);
    if (kind === 'op' || kind === 'op.end') ends.push(n);
    if (kind === 'op.blocked') blocked.push(n);
  }
}
