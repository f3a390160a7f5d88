const HEADER = 12;
const MAX_DIMENSIONS = 6;

/**
 * The elements of an array as a client writes it, NULLs left out; null: it is none that can be read here, and the server would refuse it.
 * @param delimiter of its text form
 * @see PostgreSQL source, utils/adt/arrayfuncs.c
 */
export function arrayElements(value: Buffer, format: 0 | 1, delimiter: string): Buffer[] | null {
  return format === 1 ? binaryElements(value) : textElements(value.toString(), delimiter);
}

function binaryElements(value: Buffer): Buffer[] | null {
  if (value.length < HEADER) return null;
  const dimensions = value.readInt32BE(0);
  let at = HEADER + dimensions * 8;
  if (dimensions < 0 || dimensions > MAX_DIMENSIONS || at > value.length) return null;
  const elements: Buffer[] = [];
  while (at < value.length) {
    if (value.length - at < 4) return null;
    const length = value.readInt32BE(at);
    at += 4;
    if (length < -1 || at + length > value.length) return null;
    if (length < 0) continue;
    elements.push(value.subarray(at, at + length));
    at += length;
  }
  return elements;
}

/** Bounds, braces and delimiters are read past, however deep: only what stands between them matters. */
function textElements(text: string, delimiter: string): Buffer[] | null {
  const open = text.indexOf('{');
  if (open < 0) return null;
  const elements: Buffer[] = [];
  let element = '';
  let quoted = false;
  let inside = false;
  const end = (): void => {
    const plain = quoted ? element : element.trim();
    if (quoted || (plain !== '' && plain.toLowerCase() !== 'null')) elements.push(Buffer.from(plain));
    element = '';
    quoted = false;
  };
  for (let i = open; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\\') {
      i += 1;
      element += text[i] ?? '';
    } else if (character === '"') {
      inside = !inside;
      // blanks before and after the quotes are none of the element
      if (inside) element = '';
      quoted = true;
    } else if (inside) element += character;
    else if (character === '{' || character === '}' || character === delimiter) end();
    else if (!quoted || !/\s/.test(character)) element += character;
  }
  return inside ? null : elements;
}
