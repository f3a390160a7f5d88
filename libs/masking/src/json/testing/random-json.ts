/** Numbers in [0, 1) that are the same for the same seed. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
};

const STRINGS = ['', 'keep', 'value', 'é€😀', 'a"b\\c', '\n\u0001', '\\u0041', '{"secret":"x"}', 'x'.repeat(300)];
const SCALARS = ['0', '-0', '1', '12.50', '1e3', '-2E-7', 'true', 'false', 'null'];

/** A JSON text with members called as `keys` say, random white space and needless escapes. Keys of an object differ. */
export const randomJson = (random: () => number, keys: readonly string[]): string => {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const space = (): string => (random() < 0.7 ? '' : pick([' ', '\n', '\t', '\r\n  ']));
  const text = (value: string): string =>
    `"${Array.from(value, (character) => {
      const plain = JSON.stringify(character).slice(1, -1);
      if (plain.length > 1 || random() < 0.9) return plain;
      return Array.from({ length: character.length }, (_, at) => {
        const code = character.charCodeAt(at).toString(16).padStart(4, '0');
        return `\\u${random() < 0.5 ? code : code.toUpperCase()}`;
      }).join('');
    }).join('')}"`;
  const value = (depth: number): string => {
    const kind = random();
    if (depth === 0 || kind < 0.25) return kind < 0.15 ? text(pick(STRINGS)) : pick(SCALARS);
    const items = Array.from({ length: Math.floor(random() * 4) }, (_, at) => {
      const item = space() + value(depth - 1) + space();
      return kind < 0.5 ? item : `${space()}${text(keys[(at + depth) % keys.length] as string)}${space()}:${item}`;
    });
    const inside = items.length === 0 ? space() : items.join(',');
    return kind < 0.5 ? `[${inside}]` : `{${inside}}`;
  };
  return space() + value(5) + space();
};
