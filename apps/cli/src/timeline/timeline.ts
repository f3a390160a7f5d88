/** What a frame of a timeline tells (docs/recordings.md); another version may have more. */
export type FrameCode = 'Q' | 'T' | 'D' | 'I' | 'C' | 'E' | 'N' | 'X' | 'H' | 'A' | 'Z';

/** `[ms since the session began, what, members]` */
export type TimelineFrame = readonly [
  ms: number,
  code: FrameCode | (string & {}),
  data: Readonly<Record<string, unknown>>,
];

/** Whose session it is, where and when. */
export interface TimelineHeader {
  readonly format: string;
  readonly session: string;
  readonly target: string | null;
  readonly principal: unknown;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly live: boolean;
  readonly why: string | null;
  /** the key of its bodies was destroyed */
  readonly erased: boolean;
}

/** How an answer ended. */
export interface TimelineEnd {
  readonly frames: number;
  readonly live: boolean;
  readonly why: string | null;
  /** where to go on */
  readonly next: string | null;
}

export type TimelineLine =
  | { readonly kind: 'header'; readonly header: TimelineHeader }
  | { readonly kind: 'frame'; readonly frame: TimelineFrame }
  | { readonly kind: 'end'; readonly end: TimelineEnd };

/** One line of `pg-replay/1`; null: a blank one, which only says that somebody is there. @throws SyntaxError, TypeError for anything else */
export function readLine(text: string): TimelineLine | null {
  if (text.trim() === '') return null;
  const value: unknown = JSON.parse(text);
  if (Array.isArray(value)) {
    const [ms, code, data] = value as unknown[];
    if (typeof ms !== 'number' || typeof code !== 'string' || typeof data !== 'object' || data === null)
      throw new TypeError('not a frame');
    return { kind: 'frame', frame: [ms, code, data as Record<string, unknown>] };
  }
  if (typeof value !== 'object' || value === null) throw new TypeError('not a line of a timeline');
  if ('end' in value) return { kind: 'end', end: value.end as TimelineEnd };
  if ('format' in value) return { kind: 'header', header: value as TimelineHeader };
  throw new TypeError('not a line of a timeline');
}

/** Longest line that is taken: a statement of the longest kind, escaped. */
const MOST = 64 * 1024 * 1024;

/** Cuts a stream of text into lines. @throws RangeError for one that is longer than any of ours */
export async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MOST) throw new RangeError('a line of the answer is longer than any should be');
    yield* lines;
  }
  if (rest !== '') yield rest;
}
