import { HeldToken } from './held-token.js';
import {
  BACKSLASH,
  CONTROL,
  decodeString,
  numberFrom,
  numberMayEnd,
  numberState,
  PLAIN,
  QUOTE,
  stateBehind,
  stateWithin,
  STRING_CLASS,
  wordFrom,
  WRONG,
} from './json-bytes.js';
import { JsonOutput } from './json-output.js';
import { JsonStack } from './json-stack.js';
import { JsonError } from './json.error.js';
import {
  DEFAULT_DEPTH,
  DEFAULT_STRING_BYTES,
  KEYS,
  LEAF,
  SCALAR,
  SPAN,
  type JsonLimits,
  type JsonVisitor,
} from './json-visitor.js';

/** Expected next. */
const VALUE = 0;
const FIRST_ELEMENT = 1;
const FIRST_KEY = 2;
const KEY = 3;
const COLON = 4;
const BEHIND_VALUE = 5;
const BEHIND_DOCUMENT = 6;
const IN_STRING = 7;
const IN_NUMBER = 8;
const IN_WORD = 9;

/**
 * Copies JSON as it passes and lets a visitor replace strings and keys; every other byte stays as it came: numbers, white space, escapes,
 * the order and repetition of keys. Memory does not grow with the document: held is only a key or string that the visitor decides about,
 * until its end has come. Strict about syntax (RFC 8259, UTF-8 included).
 */
export class JsonRewriter {
  private expected = VALUE;
  /** of the value that comes next */
  private state: number;
  private isKey = false;
  private escaped = false;
  /** within an escape or a UTF-8 sequence of a string, or within a number */
  private within = 0;
  private word: Buffer = Buffer.alloc(0);
  private wordAt = 0;
  /** the visitor decides about the string at hand */
  private wanted = false;
  private failure: unknown = null;
  private readonly stack: JsonStack;
  private readonly held: HeldToken;
  private readonly output = new JsonOutput();
  private readonly several: boolean;
  /** what of the chunk at hand was neither given out nor held */
  private copyFrom = 0;

  constructor(
    private readonly visitor: JsonVisitor,
    limits: JsonLimits = {},
  ) {
    this.stack = new JsonStack(limits.depth ?? DEFAULT_DEPTH);
    this.held = new HeldToken(limits.stringBytes ?? DEFAULT_STRING_BYTES);
    this.several = limits.documents ?? false;
    this.state = visitor.root;
  }

  /**
   * What can be given out once `chunk` is known, in order.
   * @param chunk any cut, possibly empty; it may be given out again as it is or in views, so it must not change afterwards
   * @returns zero or more pieces; they belong to the caller
   * @throws JsonError, and whatever the visitor throws; nothing of the chunk is given out then, and every later call throws the same
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.failure !== null) throw this.failure;
    try {
      const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      this.copyFrom = 0;
      const tokenAt = this.scan(buffer);
      if (tokenAt >= 0) {
        this.output.verbatim(buffer, this.copyFrom, tokenAt);
        this.held.append(buffer, tokenAt, buffer.length);
      } else this.output.verbatim(buffer, this.copyFrom, buffer.length);
      return this.output.take();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  /**
   * The input is over. Nothing at all, and white space alone, is no error.
   * @returns nothing: whatever is complete was given out
   * @throws JsonError when a document is not complete
   */
  finish(): Uint8Array[] {
    if (this.failure !== null) throw this.failure;
    const number = this.expected === IN_NUMBER && numberMayEnd(this.within);
    if (this.stack.depth === 0 && (number || this.expected === BEHIND_DOCUMENT || this.expected === VALUE)) return [];
    this.failure = new JsonError('syntax', 'JSON is cut off');
    throw this.failure;
  }

  /** @returns where in `chunk` the string begins that has to be held, -1 if none */
  private scan(chunk: Buffer): number {
    const end = chunk.length;
    // a held string goes on with the first byte
    let tokenAt = 0;
    let at = 0;
    while (at < end) {
      const expected = this.expected;
      if (expected === IN_STRING) {
        let within = this.within;
        for (;;) {
          if (within === 0) {
            while (at < end && STRING_CLASS[chunk[at] as number] === PLAIN) at++;
            if (at === end) break;
            const byte = chunk[at++] as number;
            const kind = STRING_CLASS[byte];
            if (kind === QUOTE) {
              this.endString(chunk, tokenAt, at);
              break;
            }
            if (kind === CONTROL) throw malformed();
            if (kind === BACKSLASH) this.escaped = true;
            within = stateBehind(byte);
          } else {
            if (at === end) break;
            within = stateWithin(within, chunk[at++] as number);
          }
          if (within === WRONG) throw malformed();
        }
        this.within = within;
        continue;
      }
      const byte = chunk[at] as number;
      if (expected === IN_NUMBER) {
        const next = numberState(this.within, byte);
        if (next !== 0) {
          this.within = next;
          at++;
          continue;
        }
        if (!numberMayEnd(this.within)) throw malformed();
        this.endValue();
        continue;
      }
      at++;
      if (expected === IN_WORD) {
        if (byte !== this.word[this.wordAt++]) throw malformed();
        if (this.wordAt === this.word.length) this.endValue();
        continue;
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      switch (expected) {
        case COLON:
          if (byte !== 0x3a) throw malformed();
          this.expected = VALUE;
          break;
        case FIRST_KEY:
        case KEY:
          if (byte === 0x22) {
            tokenAt = at - 1;
            this.beginString(true);
          } else if (byte === 0x7d && expected === FIRST_KEY) this.endContainer(at);
          else throw malformed();
          break;
        case BEHIND_VALUE:
          if (byte === 0x2c) {
            if (this.stack.isArray(this.stack.depth - 1)) {
              this.stack.nextElement();
              this.elementState();
              this.expected = VALUE;
            } else this.expected = KEY;
          } else if (byte === (this.stack.isArray(this.stack.depth - 1) ? 0x5d : 0x7d)) this.endContainer(at);
          else throw malformed();
          break;
        default:
          if (expected === BEHIND_DOCUMENT) {
            if (!this.several) throw malformed();
            this.state = this.visitor.root;
          }
          if (byte === 0x5d && expected === FIRST_ELEMENT) {
            this.endContainer(at);
            break;
          }
          tokenAt = at - 1;
          this.beginValue(byte, tokenAt);
      }
    }
    return this.expected === IN_STRING && this.wanted ? (this.held.length > 0 ? 0 : tokenAt) : -1;
  }

  private beginValue(byte: number, at: number): void {
    const state = this.state;
    if (byte === 0x22) {
      this.beginString(false);
      return;
    }
    if (byte === 0x7b || byte === 0x5b) {
      const array = byte === 0x5b;
      if (state !== 0 && (this.visitor.flags(state) & SPAN) !== 0)
        this.visitor.open(state, array, this.output.total + at - this.copyFrom, this.stack);
      this.stack.push(state, array);
      if (array) this.elementState();
      this.expected = array ? FIRST_ELEMENT : FIRST_KEY;
      return;
    }
    if (byte !== 0x6e && state !== 0 && (this.visitor.flags(state) & SCALAR) !== 0)
      this.visitor.scalar(state, this.stack);
    const word = wordFrom(byte);
    if (word !== null) {
      this.word = word;
      this.wordAt = 1;
      this.expected = IN_WORD;
      return;
    }
    this.within = numberFrom(byte);
    if (this.within === 0) throw malformed();
    this.expected = IN_NUMBER;
  }

  private beginString(isKey: boolean): void {
    this.isKey = isKey;
    this.escaped = false;
    this.within = 0;
    this.expected = IN_STRING;
    this.wanted = isKey
      ? this.stack.stateAt(this.stack.depth - 1) !== 0
      : this.state !== 0 && (this.visitor.flags(this.state) & LEAF) !== 0;
  }

  /** The string that began at `from` of the chunk, or is held, ends before `to`. */
  private endString(chunk: Buffer, from: number, to: number): void {
    if (!this.wanted) this.state = 0;
    else this.decide(chunk, from, to);
    if (this.isKey) this.expected = COLON;
    else this.endValue();
  }

  private decide(chunk: Buffer, from: number, to: number): void {
    const held = this.held.length > 0;
    if (held) this.held.append(chunk, 0, to);
    const bytes = held ? this.held.bytes : chunk;
    const start = held ? 1 : from + 1;
    const end = (held ? this.held.length : to) - 1;
    const replacement = this.isKey
      ? this.decideKey(bytes, start, end)
      : this.visitor.leaf(this.state, bytes, start, end, this.escaped, this.stack);
    if (replacement !== null) {
      this.output.verbatim(chunk, this.copyFrom, held ? this.copyFrom : from);
      this.output.copied(replacement, 0, replacement.length);
      this.copyFrom = to;
    } else if (held) {
      this.output.copied(bytes, 0, end + 1);
      this.copyFrom = to;
    }
    if (held) this.held.clear();
  }

  private decideKey(bytes: Buffer, start: number, end: number): Buffer | null {
    const state = this.stack.stateAt(this.stack.depth - 1);
    if (this.escaped) {
      const name = Buffer.from(decodeString(bytes, start, end, true), 'utf8');
      this.stack.key(name, 0, name.length);
    } else this.stack.key(bytes, start, end);
    this.state = this.visitor.key(state, bytes, start, end, this.escaped);
    if ((this.visitor.flags(state) & KEYS) === 0) return null;
    return this.visitor.rename(state, bytes, start, end, this.escaped, this.stack);
  }

  private elementState(): void {
    const state = this.stack.stateAt(this.stack.depth - 1);
    this.state = state === 0 ? 0 : this.visitor.element(state, this.stack.index());
  }

  private endValue(): void {
    this.expected = this.stack.depth === 0 ? BEHIND_DOCUMENT : BEHIND_VALUE;
  }

  private endContainer(at: number): void {
    const level = --this.stack.depth;
    const state = this.stack.stateAt(level);
    if (state !== 0 && (this.visitor.flags(state) & SPAN) !== 0)
      this.visitor.close(state, this.stack.isArray(level), this.output.total + at - this.copyFrom, this.stack);
    this.endValue();
  }
}

const malformed = (): JsonError => new JsonError('syntax', 'not JSON');
