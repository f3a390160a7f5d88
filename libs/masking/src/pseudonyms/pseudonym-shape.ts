/** Texts that stand for values begin so. */
export const PREFIX = 'pseudo_';
/** What follows it: 80 bits of a keyed hash in base 32, fewer where the column has no room. */
export const CODE_CHARACTERS = 16;
/** Fewer would make two people one too easily: such a column takes the constant. */
export const CODE_MINIMUM = 8;
/** Nobody can own an address below it (RFC 6761). */
export const MAIL_DOMAIN = '@pseudonym.invalid';
/** The first four bytes of every pseudonymous UUID. */
export const UUID_MARK = 0x5a11_7907;

const SHAPE = new RegExp(
  `^(?:${PREFIX}[a-z2-7]{${CODE_MINIMUM},${CODE_CHARACTERS}}(?:${MAIL_DOMAIN.replace('.', '\\.')})?` +
    `|${UUID_MARK.toString(16)}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})$`,
  'iu',
);

/**
 * Whether a text has the shape of a pseudonym made here: `pseudo_` with its code, the same as an address, or a marked UUID, blanks
 * around it left aside. Numbers that are pseudonyms look like any other; nothing tells them.
 */
export const isPseudonymShaped = (text: string): boolean => SHAPE.test(text.trim());

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';

/** Five bits a letter, from the first byte on. @param digest a byte per character (latin1) */
export const base32 = (digest: string, letters: number): string => {
  let written = '';
  let bits = 0;
  let left = 0;
  for (let at = 0; written.length < letters;) {
    if (left < 5) {
      bits = ((bits << 8) | digest.charCodeAt(at++)) & 0xffff;
      left += 8;
    }
    left -= 5;
    written += LETTERS[(bits >>> left) & 31];
  }
  return written;
};
