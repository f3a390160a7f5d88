const ESC = '\u001b';
const BEL = '\u0007';
const CAN = '\u0018';
const SUB = '\u001a';
const STRING_END = '\u009c';

/** Begin strings that a terminal takes as commands (title, clipboard, keys): DCS, SOS, OSC, PM, APC behind ESC, or as one character. */
const stringOpeners = new Set('PX]^_');
const stringCharacters = new Set('\u0090\u0098\u009d\u009e\u009f');

/** Final characters of sequences that make a terminal answer (status, attributes, window, mode, version), as if somebody typed. */
const asking = new Set('ncxtq');

/** Longest string or sequence that is taken as one; what is longer is shown, so that nobody hides behind an open string. */
const MOST = 4096;

/**
 * Makes recorded output harmless for a terminal that shows it again: control strings and questions to the terminal are taken out,
 * cut over frames or not. What only draws stays.
 */
export class SafeText {
  #state: 'text' | 'escape' | 'sequence' | 'string' | 'string-escape' = 'text';
  #held = '';

  /** @returns what may be shown by now */
  push(text: string): string {
    let out = '';
    for (const char of text) {
      if (this.#state === 'text' && char !== ESC && char !== '\u009b' && !stringCharacters.has(char)) out += char;
      else out += this.#control(char);
    }
    return out;
  }

  /** Nothing follows. @returns what is left of an open sequence, visibly */
  finish(): string {
    return this.#giveUp();
  }

  #control(char: string): string {
    this.#held += char;
    if (char === CAN || char === SUB) return this.#done('');
    if (this.#held.length > MOST) return this.#giveUp();
    switch (this.#state) {
      case 'text':
        this.#state = char === ESC ? 'escape' : char === '\u009b' ? 'sequence' : 'string';
        return '';
      case 'escape':
        if (char === '[') this.#state = 'sequence';
        else if (stringOpeners.has(char)) this.#state = 'string';
        else if (char === ESC) this.#held = ESC;
        // between an escape and its final character there may be some of these
        else if (char >= ' ' && char <= '/') return '';
        else return this.#done(char === 'Z' ? '' : this.#held);
        return '';
      case 'sequence':
        if (char === ESC) {
          this.#held = ESC;
          this.#state = 'escape';
          return '';
        }
        if (char < '@' || char > '~') return '';
        return this.#done(this.#asks(char) ? '' : this.#held);
      case 'string':
        if (char === BEL || char === STRING_END) return this.#done('');
        if (char === ESC) this.#state = 'string-escape';
        return '';
      case 'string-escape':
        if (char === '\\') return this.#done('');
        // an escape ends the string, and begins something of its own
        this.#held = ESC;
        this.#state = 'escape';
        return this.#control(char);
    }
  }

  #asks(final: string): boolean {
    // `CSI … SP q` is the shape of the cursor, `CSI … $ p` asks for a mode
    if (final === 'q') return !this.#held.includes(' ');
    return asking.has(final) || (final === 'p' && this.#held.includes('$'));
  }

  #done(shown: string): string {
    this.#state = 'text';
    this.#held = '';
    return shown;
  }

  #giveUp(): string {
    return this.#done(Array.from(this.#held, (char) => (isControl(char) ? '\ufffd' : char)).join(''));
  }
}

function isControl(char: string): boolean {
  return (char < ' ' && char !== '\n' && char !== '\r' && char !== '\t') || (char >= '\u007f' && char <= '\u009f');
}
