/** What is wrong with the structure of a JSON text, if anything. */
export type MemberProblem = 'duplicate' | 'too-deep' | null;

/**
 * Looks for two members of one name in any object of a JSON text, at any depth. Readers disagree about which of the two counts, so a
 * token that has both would say one thing to us and another to somebody else. Names are compared unescaped. Pure.
 * @param json text that `JSON.parse` accepts; of other texts the answer means nothing
 * @param maxDepth objects and arrays inside one another, at most
 * @see RFC 8725, section 2.7 and RFC 7519, section 4
 */
export function findMemberProblem(json: string, maxDepth: number): MemberProblem {
  // one entry for each open object (names so far) or array (null)
  const open: (Set<string> | null)[] = [];
  let nameNext = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (character === '{' || character === '[') {
      if (open.length === maxDepth) return 'too-deep';
      nameNext = character === '{';
      open.push(nameNext ? new Set() : null);
    } else if (character === '}' || character === ']') {
      open.pop();
      nameNext = false;
    } else if (character === ',') {
      nameNext = open.at(-1) instanceof Set;
    } else if (character === '"') {
      const end = endOfString(json, at);
      if (nameNext && !addName(open.at(-1), json.slice(at, end + 1))) return 'duplicate';
      nameNext = false;
      at = end;
    }
  }
  return null;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}

function addName(names: Set<string> | null | undefined, literal: string): boolean {
  const name: unknown = JSON.parse(literal);
  if (!names || typeof name !== 'string') return true;
  if (names.has(name)) return false;
  names.add(name);
  return true;
}
