/** `secrets "name" not found`, `Secret "name" is invalid`: how the API server begins. */
const FIRST = /^[A-Za-z][\w.-]* $/;
const BEHIND_FIRST = /^(?: (?:not found|already exists|is forbidden|is invalid)\b|$)/;
/** `User "alice" cannot get resource "secrets" in API group ""`: what may stand before a name further on. */
const BEFORE_NAME =
  /(?:\b(?:[Uu]ser|resource|API group|group|namespace|namespaces|kind|version|webhook|conflicts? with|serviceaccounts?)|cannot be fulfilled on [a-z0-9.-]+) $/;
const NAME = /^[A-Za-z0-9](?:[\w.:@/-]{0,251}[A-Za-z0-9])?$/;
/** Values behind these are the client's or the object's own, quoted or not. */
const BEFORE_VALUE = /(?:Invalid|Unsupported|Duplicate) value: $/;
/** What would have been right, not what was wrong. */
const BEFORE_CHOICE = /supported values: (?:"[\w./:-]*", )*$/;
/** Which characters are allowed, said by the API server's own validation. */
const BEFORE_GRAMMAR = /(?:regex used for validation is |e\.g\. |, or +| or )$/;
/** A quoted string, whole or cut off, or a value that is not quoted. */
const QUOTED =
  /"(?:[^"\\]|\\.)*(?:"|\\?$)|`[^`]*(?:`|$)|(?<!\w)'[^']*(?:'|$)|(?:Invalid|Unsupported|Duplicate) value: (?!["`'])/g;
/** Paths of conflicting fields, one a line, as in the answer to a server-side apply. */
const FIELD_LINE = /^- \.[\w./[\]-]*$/;
const CONFLICT_LINE = /^conflicts? with "/;
const MOST_BEFORE = 300;
const MOST_BEHIND = 20;
/** Decoders show the text around an error like this. */
const EXCERPT = /\.\.\.\||\|\.\.\./;

/**
 * The message of an error about an object of which fields are masked: whatever it quotes is masked, but for names and what is known to be
 * the API server's own wording. What follows an excerpt of the body, a value that is not quoted, or a line break, is masked as a whole.
 * @param mask what stands for a value, given as the message has it
 */
export function maskMessage(message: string, mask: (value: string) => string): string {
  const [first = '', ...rest] = message.split('\n');
  const lines = [maskLine(first, mask)];
  for (let at = 0; at < rest.length; at++) {
    const line = rest[at] ?? '';
    if (FIELD_LINE.test(line) || line === '') lines.push(line);
    else if (CONFLICT_LINE.test(line)) lines.push(maskLine(line, mask));
    else {
      lines.push(mask(rest.slice(at).join('\n')));
      break;
    }
  }
  return lines.join('\n');
}

function maskLine(line: string, mask: (value: string) => string): string {
  const excerpt = line.search(EXCERPT);
  if (excerpt >= 0) return maskLine(line.slice(0, excerpt), mask) + mask(line.slice(excerpt));
  let masked = '';
  let from = 0;
  for (const found of line.matchAll(QUOTED)) {
    const quote = found[0].charAt(0);
    if (!'"`\''.includes(quote)) {
      const value = found.index + found[0].length;
      return value === line.length
        ? masked + line.slice(from)
        : masked + line.slice(from, value) + mask(line.slice(value));
    }
    // as much as matters; the sign in front keeps it from looking like the beginning
    const before =
      found.index > MOST_BEFORE
        ? `\0${line.slice(found.index - MOST_BEFORE, found.index)}`
        : line.slice(0, found.index);
    const closed = found[0].length > 1 && found[0].endsWith(quote);
    const behind = line.slice(found.index + found[0].length, found.index + found[0].length + MOST_BEHIND);
    const value = found[0].slice(1, closed ? -1 : undefined);
    masked += line.slice(from, found.index);
    masked +=
      harmless(before, value, quote, behind) && closed ? found[0] : `${quote}${mask(value)}${closed ? quote : ''}`;
    from = found.index + found[0].length;
  }
  return masked + line.slice(from);
}

function harmless(before: string, value: string, quote: string, behind: string): boolean {
  if (value === '') return true;
  if (BEFORE_VALUE.test(before)) return false;
  if (quote === "'") return BEFORE_GRAMMAR.test(before);
  if (quote !== '"' || !NAME.test(value)) return false;
  return BEFORE_NAME.test(before) || BEFORE_CHOICE.test(before) || (FIRST.test(before) && BEHIND_FIRST.test(behind));
}
