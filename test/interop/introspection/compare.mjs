/**
 * Holds what a tool found through the gateway against what it found directly: names and structure are equal, texts of definitions have
 * lost their literals, and what may be a value is missing.
 * @param mask the gateway's own mask of definitions
 * @returns how many values are equal, masked and hidden, and the places of all others
 */
export function compare(direct, through, mask) {
  const found = { equal: 0, masked: 0, hidden: 0, different: [] };
  const visit = (a, b, place) => {
    if (a !== null && b !== null && typeof a === 'object' && typeof b === 'object') {
      const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
      for (const key of keys) visit(a[key] ?? null, b[key] ?? null, `${place}.${key}`);
    } else if (a === b) found.equal += 1;
    else if (typeof a === 'string' && typeof b === 'string' && mask(a) === mask(b)) found.masked += 1;
    else if (b === null || b === '') found.hidden += 1;
    else found.different.push(`${place}: ${JSON.stringify(a)} / ${JSON.stringify(b)}`);
  };
  visit(direct, through, '');
  return found;
}

/** Which of these words are somewhere in it. */
export function leaked(value, words) {
  const text = JSON.stringify(value);
  return words.filter((word) => text.includes(word));
}
