const SCALARS = ['', 'text', 'dGV4dA==', 'text', 'text', 'a"b', null];

/** Values whose objects have members called as `keys` say; the same for the same seed. */
export function randomAnswers(seed: number, keys: readonly string[]): () => unknown {
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor(((state >>> 8) / 0x100_0000) * below);
  };
  const value = (depth: number): unknown => {
    const kind = random(10);
    if (kind === 0 && random(8) === 0) return random(2) === 0 ? 12 : true;
    if (depth === 0 || kind < 2) return SCALARS[random(SCALARS.length)];
    if (kind < 5) return Array.from({ length: random(3) }, () => value(depth - 1));
    return Object.fromEntries(keys.filter(() => random(2) === 0).map((key) => [key, value(depth - 1)]));
  };
  return () => value(6);
}
