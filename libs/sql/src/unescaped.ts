const named: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
const inEscapeString = /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([^]))/g;
/** the character that escapes is named behind the string: any that may be is taken for it */
const inUnicodeString = /[^\s0-9a-z+'"](?:\+([0-9a-f]{6})|([0-9a-f]{4}))/gi;

/** Whether a text may have strings whose characters are written by their numbers. */
export function mayEscape(text: string): boolean {
  return text.includes('\\') || /u&'/i.test(text);
}

/**
 * A string literal with the characters that E'…' and U&'…' write by their numbers, so that words in it can be found; never to take its
 * value from.
 */
export function unescaped(piece: string): string {
  if (/^e'/i.test(piece))
    return piece.replace(inEscapeString, (_, hex?: string, short?: string, long?: string, octal?: string, one = '') => {
      const digits = hex ?? short ?? long;
      if (digits !== undefined) return character(parseInt(digits, 16));
      return octal === undefined ? (named[String(one)] ?? String(one)) : character(parseInt(octal, 8) & 0xff);
    });
  if (/^u&'/i.test(piece))
    return piece.replace(inUnicodeString, (_, long?: string, short?: string) =>
      character(parseInt(long ?? short ?? '', 16)),
    );
  return piece;
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
