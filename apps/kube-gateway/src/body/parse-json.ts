import { MAXIMUM_DEPTH, UnreadableBody } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// RFC 8259: these stand in a string only as escapes
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f]/;

/**
 * Reads one JSON document (RFC 8259) strictly. A key that occurs twice in an object is refused: decoders differ in which
 * occurrence they keep, Go even merges both, so that what was checked might not be what is done.
 * @param depth how many objects and lists may stand inside each other
 * @throws UnreadableBody for malformed, too deep or ambiguous text
 */
export function parseJson(text: string, depth = MAXIMUM_DEPTH): DocumentValue {
  return new JsonReader(text, depth).document();
}

class JsonReader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly deepest: number,
  ) {}

  document(): DocumentValue {
    const value = this.value(0);
    this.space();
    if (this.at !== this.text.length) this.fail('more than one document');
    return value;
  }

  private value(depth: number): DocumentValue {
    if (depth > this.deepest) this.fail('nested too deeply');
    this.space();
    switch (this.text.charAt(this.at)) {
      case '{':
        return this.object(depth);
      case '[':
        return this.array(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(depth: number): DocumentMap {
    const object: DocumentMap = new Map();
    this.at++;
    if (this.takes('}')) return object;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail('a key is expected');
      const key = this.string();
      if (object.has(key)) this.fail('a key occurs twice');
      if (!this.takes(':')) this.fail('a colon is expected');
      object.set(key, this.value(depth + 1));
    } while (this.takes(','));
    if (!this.takes('}')) this.fail('an object does not end');
    return object;
  }

  private array(depth: number): DocumentValue[] {
    const array: DocumentValue[] = [];
    this.at++;
    if (this.takes(']')) return array;
    do {
      array.push(this.value(depth + 1));
    } while (this.takes(','));
    if (!this.takes(']')) this.fail('an array does not end');
    return array;
  }

  private string(): string {
    const start = this.at;
    let end = this.text.indexOf('"', start + 1);
    while (end > 0 && this.isEscaped(end)) end = this.text.indexOf('"', end + 1);
    if (end < 0) this.fail('a string does not end');
    this.at = end + 1;
    const plain = this.text.slice(start + 1, end);
    if (CONTROL.test(plain)) this.fail('a control character');
    if (!plain.includes('\\')) return plain;
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      return this.fail('a malformed escape');
    }
  }

  /** Whether an odd number of backslashes stands before. */
  private isEscaped(at: number): boolean {
    let before = at;
    while (this.text[before - 1] === '\\') before--;
    return (at - before) % 2 === 1;
  }

  private number(): number {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.text)?.[0];
    if (found === undefined) return this.fail('a value is expected');
    this.at += found.length;
    return Number(found);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('a value is expected');
    this.at += word.length;
    return value;
  }

  private takes(mark: string): boolean {
    this.space();
    if (this.text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private fail(what: string): never {
    throw new UnreadableBody(`JSON: ${what} at ${this.at}`);
  }
}
