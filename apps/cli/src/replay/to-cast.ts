import { StringDecoder } from 'node:string_decoder';
import type { RecordedFrame, Recording } from './recording.js';
import { SafeText } from './safe-text.js';

/** How a recording is written as an asciicast. */
export interface CastOptions {
  /** version of the format; 2 unless said otherwise */
  readonly version?: 2 | 3;
  /** whether what was typed is in it; yes unless said otherwise. Players do not show it */
  readonly input?: boolean;
  /**
   * Whether control strings (OSC, DCS: title, clipboard) and questions to the terminal are taken out of the output; yes unless said
   * otherwise
   */
  readonly safe?: boolean;
}

/** A terminal sends its size first thing; until then clients and servers assume this. */
const assumed = { cols: 80, rows: 24 };
const SIZE_MS = 500;
const terminal = 'xterm-256color';

type Event = readonly [ms: number, code: 'i' | 'o' | 'r' | 'm' | 'x', data: string];

/**
 * Renders a recording as an asciicast (asciinema.org, version 2 or 3): stdout and stderr are output, what was not kept becomes a
 * marker, the exit code an `x` event in version 3 and a marker in version 2. The recording stays the truth, this is derived.
 * @returns lines of JSON, the header first, ended by a newline
 */
export function toCast(recording: Recording, options: CastOptions = {}): string {
  const { version = 2, input = true, safe = true } = options;
  const frames = recording.frames.toSorted(([one], [other]) => one - other);
  const first = frames.find(([ms, channel, data]) => channel === 'r' && ms <= SIZE_MS && sizeOf(data));
  const size = sizeOf(first?.[2]) ?? assumed;
  const events = eventsOf(
    frames.filter((frame) => frame !== first && (input || frame[1] !== 'i')),
    { version, safe, tty: recording.tty },
  );
  const startedAt = recording.startedAt === undefined ? Number.NaN : new Date(recording.startedAt).getTime();
  const about = {
    ...(Number.isNaN(startedAt) ? {} : { timestamp: Math.floor(startedAt / 1000) }),
    command: recording.command,
    title: `${recording.operation} ${recording.command}`.trim(),
  };
  const header =
    version === 2
      ? { version, width: size.cols, height: size.rows, ...about, env: { TERM: terminal } }
      : { version, term: { ...size, type: terminal }, ...about };
  let last = 0;
  const lines = events.map(([ms, code, data]) => {
    const time = version === 2 ? ms : ms - last;
    last = ms;
    return JSON.stringify([time / 1000, code, data]);
  });
  return `${[JSON.stringify(header), ...lines].join('\n')}\n`;
}

function eventsOf(
  frames: readonly RecordedFrame[],
  how: { readonly version: 2 | 3; readonly safe: boolean; readonly tty: boolean },
): Event[] {
  const events: Event[] = [];
  const texts = {
    i: new ChannelText(false, false),
    o: new ChannelText(how.safe, !how.tty),
    e: new ChannelText(how.safe, !how.tty),
  };
  const gaps = new Gaps();
  let end = 0;
  for (const [ms, channel, data] of frames) {
    end = Math.max(end, ms);
    if (channel === 'i' || channel === 'o' || channel === 'e') {
      if (typeof data === 'object' && 'sha256' in data) {
        gaps.add(ms, channel, data.bytes, data.sha256, data.unmasked === true);
        continue;
      }
      events.push(...gaps.take(channel));
      const text = texts[channel].push(
        typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data.b64, 'base64'),
      );
      if (text !== '') events.push([ms, channel === 'i' ? 'i' : 'o', text]);
    } else if (typeof data === 'string') {
      // without a terminal of its own a client says 0x0
      if (channel === 'r') events.push(...(sizeOf(data) ? [[ms, 'r', data] as const] : []));
      else events.push(how.version === 3 ? [ms, 'x', data] : [ms, 'm', `exit ${data}`]);
    }
  }
  for (const channel of ['i', 'o', 'e'] as const) {
    events.push(...gaps.take(channel));
    const rest = texts[channel].finish();
    if (rest !== '') events.push([end, channel === 'i' ? 'i' : 'o', rest]);
  }
  // what was held back belongs before the exit
  return events.toSorted(([one, a], [other, b]) => one - other || Number(a === 'x') - Number(b === 'x'));
}

/** Bytes of one channel as text: characters and control sequences may be cut between frames. */
class ChannelText {
  readonly #decoder = new StringDecoder('utf8');
  readonly #safe: SafeText | null;
  readonly #lines: boolean;
  #returned = false;

  /** @param lines a newline is to begin a line, as no terminal did it for this output */
  constructor(safe: boolean, lines: boolean) {
    this.#safe = safe ? new SafeText() : null;
    this.#lines = lines;
  }

  push(bytes: Buffer): string {
    return this.#shown(this.#decoder.write(bytes));
  }

  finish(): string {
    return this.#shown(this.#decoder.end()) + (this.#safe?.finish() ?? '');
  }

  #shown(text: string): string {
    const safe = this.#safe ? this.#safe.push(text) : text;
    if (!this.#lines || safe === '') return safe;
    const out = safe.replaceAll(/\r?\n/g, '\r\n');
    // the return may have been the last character of the frame before
    const begun = this.#returned && out.startsWith('\r\n') ? out.slice(1) : out;
    this.#returned = safe.endsWith('\r');
    return begun;
  }
}

/** Stretches that are not kept, neighbours put together. */
class Gaps {
  readonly #open = new Map<string, { ms: number; bytes: number; sha256: string; unmasked: boolean }>();

  add(ms: number, channel: string, bytes: number, sha256: string, unmasked: boolean): void {
    const gap = this.#open.get(channel);
    if (!gap) this.#open.set(channel, { ms, bytes, sha256, unmasked });
    else {
      gap.bytes += bytes;
      gap.sha256 = sha256;
      gap.unmasked ||= unmasked;
    }
  }

  take(channel: 'i' | 'o' | 'e'): Event[] {
    const gap = this.#open.get(channel);
    if (!gap) return [];
    this.#open.delete(channel);
    const name = { i: 'stdin', o: 'stdout', e: 'stderr' }[channel];
    const how = gap.unmasked ? 'not kept, passed unmasked' : 'not kept';
    return [[gap.ms, 'm', `${name}: ${gap.bytes} bytes ${how}, sha256 ${gap.sha256}`]];
  }
}

function sizeOf(data: unknown): { cols: number; rows: number } | null {
  const match = typeof data === 'string' ? /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(data) : null;
  return match ? { cols: Number(match[1]), rows: Number(match[2]) } : null;
}
