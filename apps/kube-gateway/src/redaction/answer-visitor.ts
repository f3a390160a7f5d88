import {
  decodeString,
  encodeString,
  JsonError,
  JsonRewriter,
  KEYS,
  type JsonPlace,
  type JsonVisitor,
} from '@app/masking';
import { maskFieldKey } from './managed-fields.js';
import type { Masks } from './masks.js';
import { RedactionError } from './redaction.error.js';
import {
  ANNOTATION,
  BASE64,
  CELL,
  FIELDS,
  JSON_TEXT,
  MASKED,
  MESSAGE,
  NAME,
  NAMESPACE,
  NO_SCALAR,
  OBJECT,
  TEXT,
  type ResourceShape,
} from './resource-shape.js';

/** JSON in a string in JSON in a string…: deeper, the string is masked as a whole. */
const MOST_LAYERS = 4;
/** What the columns of every table hold: ages, counts, conditions. */
const HARMLESS_CELL = /^(?:(?:\d+[smhdy])+|\d{1,4}|\d{1,4}\/\d{1,4}|True|False|true|false|Unknown|<none>|<unknown>)$/;
/** How gzip begins in base64. */
const GZIP = 'H4sI';

/** Told where documents, objects and items begin and end, in bytes given out. */
export interface SpanListener {
  open(uses: number, array: boolean, offset: number, depth: number): void;
  close(uses: number, array: boolean, offset: number, depth: number): void;
}

/**
 * Masks what a `ResourceShape` marks. States below zero are places in `fieldsV1`, whose keys are the fields of the object: -1 less the
 * state of the object's own place.
 */
export class AnswerVisitor implements JsonVisitor {
  constructor(
    private readonly shape: ResourceShape,
    private readonly masks: Masks,
    readonly root: number,
    private readonly spans: SpanListener | null,
    private readonly layer = 0,
  ) {}

  flags(state: number): number {
    return state < 0 ? KEYS : this.shape.flagsOf(state);
  }

  key(state: number, bytes: Buffer, start: number, end: number, escaped: boolean): number {
    if (state < 0) return this.fieldKey(state, bytes, start, end, escaped);
    const next = this.shape.automaton.key(state, bytes, start, end, escaped);
    return next !== 0 && (this.shape.usesOf(next) & FIELDS) !== 0 ? -1 - this.shape.object : next;
  }

  element(state: number, index: number): number {
    return state < 0 ? state : this.shape.automaton.element(state, index);
  }

  rename(state: number, bytes: Buffer, start: number, end: number, escaped: boolean, place: JsonPlace): Buffer | null {
    const second = bytes[start + 1];
    if (!escaped && (end - start < 3 || second !== 0x3a || bytes[start] === 0x66)) return null;
    const key = decodeString(bytes, start, end, escaped);
    const masked = maskFieldKey(key, -1 - state, this.shape, this.masks, () => pathOf(this, place));
    return masked === key ? null : encodeString(masked);
  }

  leaf(state: number, bytes: Buffer, start: number, end: number, escaped: boolean, place: JsonPlace): Buffer | null {
    if (start === end) return null;
    const uses = this.shape.usesOf(state);
    if ((uses & (NAME | NAMESPACE)) !== 0 && this.layer === 0) {
      const text = decodeString(bytes, start, end, escaped);
      if ((uses & NAME) !== 0) this.masks.named(text);
      else this.masks.placed(text);
    }
    if ((uses & MASKED) !== 0) return this.mask(state, uses, bytes, start, end, escaped, place);
    if ((uses & (JSON_TEXT | ANNOTATION | MESSAGE | CELL | TEXT)) === 0) return null;
    const text = decodeString(bytes, start, end, escaped);
    const masked = this.text(uses, text, place);
    return masked === text ? null : encodeString(masked);
  }

  scalar(state: number, place: JsonPlace): void {
    if ((this.shape.usesOf(state) & NO_SCALAR) === 0) return;
    const rule = this.shape.ruleOf(state);
    throw new RedactionError(
      `${pathOf(this, place)} is protected (${rule?.name ?? 'by rule'}) but holds a number or a boolean; only strings can be masked`,
    );
  }

  open(state: number, array: boolean, offset: number, place: JsonPlace): void {
    const uses = state < 0 ? 0 : this.shape.usesOf(state);
    if (this.layer === 0 && !array && (uses & OBJECT) !== 0) this.masks.begin();
    this.spans?.open(uses, array, offset, place.depth);
  }

  close(state: number, array: boolean, offset: number, place: JsonPlace): void {
    this.spans?.close(state < 0 ? 0 : this.shape.usesOf(state), array, offset, place.depth);
  }

  /** Whether the container in a state is an object of the resource. */
  isObject(state: number): boolean {
    return state > 0 && (this.shape.usesOf(state) & OBJECT) !== 0;
  }

  private mask(
    state: number,
    uses: number,
    bytes: Buffer,
    start: number,
    end: number,
    escaped: boolean,
    place: JsonPlace,
  ): Buffer {
    const as = this.shape.ruleOf(state)?.name ?? 'masked';
    const path = pathOf(this, place);
    if ((uses & BASE64) === 0) {
      const value = escaped ? Buffer.from(decodeString(bytes, start, end, true), 'utf8') : bytes.subarray(start, end);
      return Buffer.from(`"${this.masks.mark(as, path, value)}"`, 'latin1');
    }
    const value = Buffer.from(decodeString(bytes, start, end, escaped), 'base64');
    return Buffer.from(`"${Buffer.from(this.masks.mark(as, path, value), 'latin1').toString('base64')}"`, 'latin1');
  }

  private text(uses: number, text: string, place: JsonPlace): string {
    if ((uses & JSON_TEXT) !== 0)
      return this.nested(text, this.shape.applied) ?? this.masks.markText('last-applied', pathOf(this, place), text);
    if ((uses & ANNOTATION) !== 0) return this.annotation(text, place);
    if ((uses & CELL) !== 0 && !HARMLESS_CELL.test(text))
      return this.masks.markText('cells', pathOf(this, place), text);
    const patterned = (uses & TEXT) !== 0 ? this.masks.patterned(text) : text;
    return (uses & MESSAGE) !== 0 ? this.masks.message(patterned) : patterned;
  }

  /** Annotations hold copies of their object, as JSON or compressed: not only the one that kubectl makes. */
  private annotation(text: string, place: JsonPlace): string {
    if (this.shape.carries && text.startsWith(GZIP))
      return this.masks.markText('annotations', pathOf(this, place), text);
    if (!/^\s*[[{]/.test(text)) return this.masks.patterned(text);
    const json = this.nested(text, this.shape.annotated);
    if (json !== null) return json;
    return this.shape.carries
      ? this.masks.markText('annotations', pathOf(this, place), text)
      : this.masks.patterned(text);
  }

  /** @returns null when the text is no JSON, or cannot be masked as such */
  private nested(text: string, root: number): string | null {
    if (this.layer === MOST_LAYERS) return null;
    const bytes = Buffer.from(text, 'utf8');
    const rewriter = new JsonRewriter(new AnswerVisitor(this.shape, this.masks, root, null, this.layer + 1));
    try {
      const pieces = rewriter.push(bytes);
      rewriter.finish();
      if (pieces.length === 1 && pieces[0] === bytes) return text;
      return Buffer.concat(pieces).toString('utf8');
    } catch (error) {
      if (error instanceof JsonError || error instanceof RedactionError) return null;
      throw error;
    }
  }

  private fieldKey(state: number, bytes: Buffer, start: number, end: number, escaped: boolean): number {
    const base = -1 - state;
    if (base === 0) return this.shape.patterned ? state : 0;
    const key = decodeString(bytes, start, end, escaped);
    const next = key.startsWith('f:') ? this.shape.automaton.named(base, key.slice(2)) : base;
    return next === 0 && !this.shape.patterned ? 0 : -1 - next;
  }
}

/** The way to the current value from the object that it is in. */
function pathOf(visitor: AnswerVisitor, place: JsonPlace): string {
  for (let level = place.depth - 1; level > 0; level--)
    if (!place.isArray(level) && visitor.isObject(place.stateAt(level))) return place.path(level);
  return place.path(0);
}
