/** Every mask of this gateway begins so. */
const MARK = 'sallyport:v1';

/** The mark in base64 at each of the three places where it can begin; what neighbours could change is cut off. */
const ENCODED: readonly string[] = [0, 1, 2].map((shift) => {
  const text = Buffer.from('\0'.repeat(shift) + MARK, 'latin1').toString('base64');
  return text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + MARK.length) * 8) / 6));
});

/** How often one encoding inside another is undone: base64 of base64 of a mask, JSON in JSON in JSON. */
const MAXIMUM_LAYERS = 4;
const BASE64 = /^[A-Za-z0-9+/_-]{16,}={0,2}$/;

/**
 * Whether a text holds a mask of this gateway: plainly, in base64 at any place (wrapped or not, more than once), behind
 * the escapes of JSON and YAML or percent-encoded.
 * @param layers how many encodings, one inside the other, are undone
 */
export function holdsMark(text: string, layers = MAXIMUM_LAYERS): boolean {
  if (text.length < MARK.length) return false;
  if (isMarked(text)) return true;
  if (layers === 0) return false;
  // base64 is decoded with line breaks in it
  const dense = /\s/.test(text) ? text.replace(/\s+/g, '') : text;
  if (dense !== text && isMarked(dense)) return true;
  return otherReadings(text, dense).some((reading) => reading !== text && holdsMark(reading, layers - 1));
}

function isMarked(text: string): boolean {
  return text.includes(MARK) || ENCODED.some((encoded) => text.includes(encoded));
}

/** What a text says once one encoding is undone. */
function otherReadings(text: string, dense: string): string[] {
  const readings: string[] = [];
  if (BASE64.test(dense)) readings.push(Buffer.from(dense, 'base64').toString('latin1'));
  if (text.includes('\\')) readings.push(unescaped(text));
  if (/%[2-7][0-9a-fA-F]/.test(text)) {
    readings.push(text.replace(/%([2-7][0-9a-fA-F])/g, (_, digits: string) => character(digits)));
  }
  return readings;
}

/** Undoes the escapes of JSON and YAML strings, wherever they stand. */
function unescaped(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|U([0-9a-fA-F]{8})|\r?\n[ \t]*|([nrt])|(.))/g,
    (_, short?: string, byte?: string, long?: string, space?: string, plain?: string) => {
      const digits = short ?? byte ?? long;
      if (digits !== undefined) return character(digits);
      return space !== undefined ? '\n' : (plain ?? '');
    },
  );
}

function character(digits: string): string {
  const code = Number.parseInt(digits, 16);
  return code <= 0x10ffff ? String.fromCodePoint(code) : '';
}
