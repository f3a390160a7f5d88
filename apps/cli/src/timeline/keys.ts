/** What a person at the terminal wants of the player. */
export type Key =
  'pause' | 'forward' | 'back' | 'faster' | 'slower' | 'quit' | 'search' | 'next-match' | 'previous-match';

/** Keys of a terminal, as text in raw mode. */
export interface KeySource {
  /** @returns ends it, and gives the terminal back */
  listen(heard: (text: string) => void): () => void;
}

const known: ReadonlyMap<string, Key> = new Map([
  [' ', 'pause'],
  ['\u001b[C', 'forward'],
  ['\u001b[B', 'forward'],
  ['\u001bOC', 'forward'],
  ['\u001bOB', 'forward'],
  ['\u001b[D', 'back'],
  ['\u001b[A', 'back'],
  ['\u001bOD', 'back'],
  ['\u001bOA', 'back'],
  ['+', 'faster'],
  ['-', 'slower'],
  ['q', 'quit'],
  ['\u0003', 'quit'],
  ['\u0004', 'quit'],
  ['/', 'search'],
  ['n', 'next-match'],
  ['N', 'previous-match'],
]);

const ESC = '\u001b';
/** An escape sequence is one key; everything else is one per character. */
const pieces = new RegExp(`${ESC}[[O][0-9;]*[A-Za-z~]|[\\s\\S]`, 'gu');

/** Keys that were pressed and not served yet, and the text that is being typed behind `/`. */
export class Keyboard {
  readonly #waiting: (Key | { readonly search: string })[] = [];
  #typed: string | null = null;
  #arrived: (() => void) | null = null;

  /** @param echo shows what is typed behind `/` */
  constructor(private readonly echo: (text: string) => void) {}

  /** What the terminal sent, some keys at once perhaps. */
  push(text: string): void {
    for (const [piece] of text.matchAll(pieces)) this.#key(piece);
  }

  take(): Key | { readonly search: string } | null {
    return this.#waiting.shift() ?? null;
  }

  /** Resolves when a key waits. */
  async arrival(): Promise<void> {
    if (this.#waiting.length === 0) await new Promise<void>((resolve) => (this.#arrived = resolve));
  }

  #key(piece: string): void {
    if (this.#typed !== null) return this.#type(piece, this.#typed);
    const key = known.get(piece);
    if (key === undefined) return;
    if (key === 'search') {
      this.#typed = '';
      this.echo('/');
    }
    this.#put(key);
  }

  #type(piece: string, typed: string): void {
    if (piece === '\r' || piece === '\n') {
      this.#typed = null;
      this.echo('\n');
      this.#put({ search: typed });
    } else if (piece === '\u0003' || piece === '\u001b') {
      this.#typed = null;
      this.echo('\n');
      this.#put({ search: '' });
    } else if (piece === '\u007f' || piece === '\b') {
      if (typed !== '') this.echo('\b \b');
      this.#typed = Array.from(typed).slice(0, -1).join('');
    } else if (!/\p{C}/u.test(piece)) {
      this.#typed = typed + piece;
      this.echo(piece);
    }
  }

  #put(key: Key | { readonly search: string }): void {
    this.#waiting.push(key);
    this.#arrived?.();
    this.#arrived = null;
  }
}
