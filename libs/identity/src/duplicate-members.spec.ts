import { findMemberProblem } from './duplicate-members.js';

describe('findMemberProblem', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"b":2,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\u0022":2}',
    '{"x":{"a":1,"a":2}}',
    '{"x":[1,{"y":[{"a":1,"a":2}]}]}',
    '[{"a":1},{"a":1,"a":1}]',
    '{"a":{"a":1},"b":2,"a":3}',
    '{"a":[1,2,"b"],"a":3}',
    ' { "a" : 1 ,\n "a" : 2 } ',
    '{"__proto__":1,"__proto__":2}',
    '{"a":"{","a":"}"}',
  ])('finds the duplicate in %s', (json) => {
    expect(() => JSON.parse(json) as unknown).not.toThrow();
    expect(findMemberProblem(json, 32)).toBe('duplicate');
  });

  it.each([
    '{}',
    '[]',
    '"a"',
    '7',
    '{"a":1,"A":2}',
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a","a"]}',
    '{"a":"\\",\\"a\\":","b":"\\\\"}',
    '{"a":"}","b":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":[],"b":{},"c":[{}]}',
    '{"é":1,"e\\u0301":2}',
  ])('finds none in %s', (json) => {
    expect(() => JSON.parse(json) as unknown).not.toThrow();
    expect(findMemberProblem(json, 32)).toBeNull();
  });

  it('counts objects and lists as depth', () => {
    expect(findMemberProblem('[{"a":[1]}]', 3)).toBeNull();
    expect(findMemberProblem('[{"a":[[1]]}]', 3)).toBe('too-deep');
    expect(findMemberProblem('[[],[],[]]', 2)).toBeNull();
  });

  it('agrees with a parser that keeps every member, on random texts', () => {
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const value = (depth: number): { text: string; twice: boolean } => {
      const kind = depth > 3 ? 0 : random(4);
      if (kind < 2) return { text: ['1', '"a"', '"\\"a\\":"', 'null', '"},{"'][random(5)] ?? '1', twice: false };
      const items = Array.from({ length: random(4) }, () => value(depth + 1));
      const names = items.map(() => ['a', 'b', 'c', 'd', '\\"', '\\\\'][random(6)] ?? 'a');
      const inside = items.some(({ twice }) => twice);
      if (kind === 2) return { text: `[${items.map(({ text }) => text).join(',')}]`, twice: inside };
      const text = `{${items.map((item, at) => `"${names[at]}":${item.text}`).join(', ')}}`;
      return { text, twice: inside || new Set(names).size < names.length };
    };
    let duplicates = 0;
    for (let round = 0; round < 5_000; round += 1) {
      const { text, twice } = value(0);
      expect([text, findMemberProblem(text, 32)]).toEqual([text, twice ? 'duplicate' : null]);
      if (twice) duplicates += 1;
    }
    expect(duplicates).toBeGreaterThan(200);
  });
});
