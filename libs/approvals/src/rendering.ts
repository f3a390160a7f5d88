import type { Requester } from './actor.js';
import { type AccessAsked, digestOf } from './digest.js';
import type { Review } from './review.js';
import { escapeUnseen, mayReorder } from './visible-text.js';

/** Bytes of the longest text a person is asked to read; what is longer cannot be approved. */
export const MAX_RENDERING_BYTES = 64 * 1024;

/** What a reviewer is shown. */
export interface Rendering {
  /** for people, lines; nothing in it that cannot be seen */
  readonly text: string;
  /** `sha256:…` over the whole of what is shown, also where `text` is cut */
  readonly hash: string;
  /** the text is cut, and what it asks for cannot be approved */
  readonly tooLong: boolean;
}

/** A rendering of an operation together with the data it was made of. */
export interface ReviewRendering extends Rendering {
  /** escaped, and cut where it is too long: what is stored and shown */
  readonly review: Review;
}

/**
 * Makes the data of an operation fit to be shown: escapes what cannot be seen, hashes the result.
 * @throws nothing: every text can be rendered
 */
export function renderReview(review: Review): ReviewRendering {
  const escaped = escapeReview(review);
  const text = reviewText(escaped);
  const hash = digestOf({ v: 1, review: escaped });
  if (Buffer.byteLength(text) <= MAX_RENDERING_BYTES) return { text, hash, tooLong: false, review: escaped };
  const cut = cutReview(escaped);
  return { text: reviewText(cut), hash, tooLong: true, review: cut };
}

/** The lines of a review that is escaped already, such as a stored one. Lines of the statement are marked, so that none can pass for one of ours. */
export function reviewText(review: Review): string {
  const { requester, act, estimatedRows, rowsOut } = review;
  const reorders = [review.statement, review.diff ?? '', ...review.parameters].some(mayReorder);
  return [
    ...whoLines(requester, act, review.purpose),
    line('Target', `${review.target} (${review.protocol})`),
    line('Does', `${review.effect}: ${review.verb}`),
    line('Held by', list(review.rules)),
    line('Objects', list(review.objects)),
    line('Reads', list(review.reads)),
    line('Writes', list(review.writes)),
    ...(estimatedRows === null ? [] : [line('Estimated rows', String(estimatedRows))]),
    ...(rowsOut === null ? [] : [line('Rows that left already', String(rowsOut))]),
    'Statement:',
    ...block(review.statement),
    ...review.parameters.flatMap((value, index) => [`Value ${index + 1}:`, ...block(value)]),
    ...(review.diff === null ? [] : ['Would change:', ...block(review.diff)]),
    ...review.notes.map((note) => line('Note', note)),
    ...(reorders
      ? [
          line(
            'Note',
            'There are letters written from right to left: what stands beside them may be displayed in another order.',
          ),
        ]
      : []),
  ].join('\n');
}

/** The same for a request for access ahead of time. @throws nothing */
export function renderAccess(asked: AccessAsked): Rendering {
  const { requester, scope } = asked;
  const shown = (text: string): string => escapeUnseen(text);
  const conditions = Object.entries(scope)
    .sort(byName)
    .flatMap(([name, value]) => {
      if (value === undefined) return [];
      const values = Array.isArray(value)
        ? { [name]: value as readonly string[] }
        : (value as Record<string, readonly string[]>);
      return Object.entries(values)
        .sort(byName)
        .map(([key, patterns]) => line(`Scope, ${shown(key)}`, list(patterns.map(shown))));
    });
  const text = [
    ...whoLines(
      { iss: shown(requester.iss), sub: shown(requester.sub), user: shown(requester.user) },
      requester.act.map(shown),
      requester.purpose === null ? null : shown(requester.purpose),
    ),
    line('Asks for', asked.kind === 'access' ? 'access ahead of time' : 'emergency access'),
    ...conditions,
    line('For', durationText(asked.duration)),
    line('Unmasked', list(asked.unmask.map(shown))),
    ...(asked.incident === null ? [] : [line('Incident', shown(asked.incident))]),
    'Reason:',
    ...block(escapeUnseen(asked.reason, true)),
  ].join('\n');
  const hash = digestOf({ v: 1, access: text, duration: asked.duration });
  const tooLong = Buffer.byteLength(text) > MAX_RENDERING_BYTES;
  return { text: tooLong ? cutText(text, MAX_RENDERING_BYTES) : text, hash, tooLong };
}

/** Exactly what is granted: nobody agrees to a minute and gives half of one. */
function durationText(ms: number): string {
  const [count, unit] = ms % 60_000 === 0 ? [ms / 60_000, 'minute'] : [ms / 1_000, 'second'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function escapeReview(review: Review): Review {
  const one = (text: string): string => escapeUnseen(text);
  const many = (text: string): string => escapeUnseen(text, true);
  return {
    target: one(review.target),
    protocol: one(review.protocol),
    effect: one(review.effect),
    verb: one(review.verb),
    statement: many(review.statement),
    parameters: review.parameters.map(many),
    objects: review.objects.map(one),
    reads: review.reads.map(one),
    writes: review.writes.map(one),
    estimatedRows: review.estimatedRows,
    diff: review.diff === null ? null : many(review.diff),
    notes: review.notes.map(one),
    requester: { user: one(review.requester.user), sub: one(review.requester.sub), iss: one(review.requester.iss) },
    act: review.act.map(one),
    purpose: review.purpose === null ? null : one(review.purpose),
    rules: review.rules.map(one),
    rowsOut: review.rowsOut,
  };
}

const CUT_NOTE = 'This is cut: it is too long to be shown whole, and so it cannot be approved.';

function cutReview(review: Review): Review {
  const few = (texts: readonly string[]): readonly string[] => texts.slice(0, 50).map((text) => cutText(text, 200));
  return {
    ...review,
    verb: cutText(review.verb, 200),
    statement: cutText(review.statement, 16_384),
    parameters: few(review.parameters),
    objects: few(review.objects),
    reads: few(review.reads),
    writes: few(review.writes),
    diff: review.diff === null ? null : cutText(review.diff, 16_384),
    notes: [CUT_NOTE, ...few(review.notes)],
    purpose: review.purpose === null ? null : cutText(review.purpose, 1_000),
  };
}

/** At most so many UTF-16 units, never half a character. */
function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…`;
}

function whoLines(
  requester: Pick<Requester, 'iss' | 'sub' | 'user'>,
  act: readonly string[],
  purpose: string | null,
): readonly string[] {
  return [
    line('Requester', `${requester.user} (subject ${requester.sub} of ${requester.iss})`),
    line('Through', act.length === 0 ? 'no agent' : act.join(' → ')),
    line('Purpose', purpose ?? 'none given'),
  ];
}

const line = (name: string, value: string): string => `${name}: ${value}`;
const list = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.join(', '));
const block = (text: string): readonly string[] => text.split('\n').map((each) => `  | ${each}`);
const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;
