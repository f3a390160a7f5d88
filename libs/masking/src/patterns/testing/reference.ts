/** Where random choices come from; advanced by each of them. */
export interface Words {
  seed: number;
}

const below = (words: Words, limit: number): number => {
  // Park and Miller, enough for choices of a test
  words.seed = (words.seed * 48_271) % 0x7fffffff;
  return words.seed % limit;
};

const pick = (words: Words, choices: readonly string[]): string => choices[below(words, choices.length)] as string;

export const randomText = (words: Words, letters: string, most: number): string =>
  Array.from({ length: 1 + below(words, most) }, () => pick(words, Array.from(letters))).join('');

const atoms = ['a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\W', '\\s', '\\S', '_', '-', '\\b', 'ab'];

const randomPart = (words: Words, depth: number): string => {
  const size = 1 + below(words, 3);
  const parts = Array.from({ length: size }, () => {
    if (depth > 0 && below(words, 4) === 0) {
      return `(${randomPart(words, depth - 1)}|${randomPart(words, depth - 1)})${pick(words, ['', '', '?', '+', '{1,2}'])}`;
    }
    const atom = pick(words, atoms);
    return atom === '\\b' ? atom : `(${atom})${pick(words, ['', '', '', '?', '*', '+', '{2}', '{1,3}', '{2,}'])}`;
  });
  return parts.join('');
};

/** A pattern that consumes something, sometimes with a value at its end. */
export const randomPattern = (words: Words): string => {
  const flags = pick(words, ['', '', '(?i)']);
  const [before, part] = [randomPart(words, 1), randomPart(words, 1)];
  return below(words, 3) === 0 ? `${flags}${before}c?(?<value>${part}[abc_])` : `${flags}${part}[abc_ -]`;
};

/**
 * The text (one byte a character) with `*` for every byte that lies in the value of some match between any two places, found by
 * JavaScript's own matcher. Values at the end of a pattern only: in how many ways one may be read elsewhere it does not tell.
 */
export const everyMaskedByte = (patterns: readonly string[], text: string): string => {
  const masked = new Set<number>();
  for (const pattern of patterns) {
    const flags = pattern.startsWith('(?i)') ? 'di' : 'd';
    const source = pattern.replace('(?i)', '');
    for (let from = 0; from < text.length; from++) {
      for (let to = from + 1; to <= text.length; to++) {
        const rest = `(?=[^]{${text.length - to}}$)`;
        const behind = `(?<=^[^]{${from}})`;
        // each place where the value may begin is asked for apart: one match shows one of them only
        for (let value = from; value < to; value++) {
          const asked = source.includes('(?<value>')
            ? source.replace('(?<value>', `(?<=^[^]{${value}})(?<value>`)
            : source;
          if (new RegExp(`${behind}(?:${asked})${rest}`, flags).test(text)) {
            for (let at = source === asked ? from : value; at < to; at++) masked.add(at);
          }
          if (source === asked) break;
        }
      }
    }
  }
  return Array.from(text, (character, at) => (masked.has(at) ? '*' : character)).join('');
};
