/** One event of a stream (WHATWG HTML, "Server-sent events"). */
export interface StreamEvent {
  /** `message` where the server names none */
  readonly type: string;
  readonly data: string;
}

/** Longest event that is taken; a stream that sends a longer one is broken. */
const MOST = 4 * 1024 * 1024;

/**
 * Takes a stream of events apart, however it was cut on its way.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventParser {
  /** of the last event that had one; to be sent when connecting again */
  lastEventId: string | null = null;
  /** ms to wait before connecting again, as the server last said; null: it did not */
  retryMs: number | null = null;
  #rest = '';
  #afterReturn = false;
  #type = '';
  #data: string[] = [];
  #size = 0;

  /** @returns the events that are complete by now, in order @throws Error for one that is longer than any of ours */
  push(text: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    // the second half of a line end that was cut in two
    const added = this.#afterReturn && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.#afterReturn = text.endsWith('\r');
    const lines = (this.#rest + added).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = this.#line(line);
      if (event !== null) events.push(event);
    }
    if (this.#rest.length + this.#size > MOST) throw new Error('an event of the stream is longer than any should be');
    return events;
  }

  #line(line: string): StreamEvent | null {
    if (line === '') return this.#dispatch();
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#type = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (field === 'id' && !value.includes('\0')) this.lastEventId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  #dispatch(): StreamEvent | null {
    const event = this.#data.length === 0 ? null : { type: this.#type || 'message', data: this.#data.join('\n') };
    this.#type = '';
    this.#data = [];
    this.#size = 0;
    return event;
  }
}
