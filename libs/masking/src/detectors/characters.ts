const DIGIT = 1;
const UPPER = 2;
const LOWER = 4;
const DASH = 8; // - and _
const BASE64 = 16; // + / =
const BEYOND_ASCII = 32;
const MAILBOX = 64; // what else may stand before the @ of an address

const CLASS = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const character = String.fromCharCode(byte);
  if (character >= '0' && character <= '9') CLASS[byte] = DIGIT;
  else if (character >= 'A' && character <= 'Z') CLASS[byte] = UPPER;
  else if (character >= 'a' && character <= 'z') CLASS[byte] = LOWER;
  else if (byte >= 0x80) CLASS[byte] = BEYOND_ASCII;
}
for (const byte of Buffer.from('-_')) CLASS[byte] = DASH;
for (const byte of Buffer.from('+/=')) CLASS[byte] = BASE64;
for (const byte of Buffer.from('-_.+!#$%&~')) CLASS[byte] = (CLASS[byte] as number) | MAILBOX;

/** Sets of bytes of a text in UTF-8, as masks for `isOf`. */
export const SETS = {
  digit: DIGIT,
  upper: UPPER,
  letter: UPPER | LOWER,
  alphanumeric: DIGIT | UPPER | LOWER,
  upperOrDigit: DIGIT | UPPER,
  base64: DIGIT | UPPER | LOWER | BASE64,
  base64url: DIGIT | UPPER | LOWER | DASH,
  /** before the @ of an address: what people have of RFC 5322's atoms and dots, and letters of any language */
  mailbox: DIGIT | UPPER | LOWER | DASH | MAILBOX | BEYOND_ASCII,
  /** a label of a host's name */
  label: DIGIT | UPPER | LOWER | DASH | BEYOND_ASCII,
  labelLetter: UPPER | LOWER | BEYOND_ASCII,
} as const;

/** Whether a byte is of a set; `undefined`, behind the end of a text, is of none. */
export function isOf(byte: number | undefined, set: number): boolean {
  return byte !== undefined && ((CLASS[byte] as number) & set) !== 0;
}

/** Code of an ASCII character. */
export function code(character: string): number {
  return character.charCodeAt(0);
}

/** Some bytes. */
export class Codes {
  readonly #has = new Uint8Array(256);

  constructor(bytes: Iterable<number>) {
    for (const byte of bytes) this.#has[byte] = 1;
  }

  /** `undefined`, behind the end of a text, is none of them. */
  has(byte: number | undefined): boolean {
    return byte !== undefined && this.#has[byte] === 1;
  }
}

/** Codes of ASCII characters. */
export function codes(characters: string): Codes {
  return new Codes(Buffer.from(characters, 'latin1'));
}
