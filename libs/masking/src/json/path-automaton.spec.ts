import { PathAutomaton, type PathStep } from './path-automaton.js';
import { seededRandom } from './testing/random-json.js';

const steps = (automaton: PathAutomaton, from: number, path: readonly PathStep[], tag: number): void => {
  let at = from;
  path.forEach((step, index) => {
    const to = automaton.place(index === path.length - 1 ? tag : 0);
    automaton.step(at, step, to);
    at = to;
  });
};
const key = (automaton: PathAutomaton, state: number, name: string): number => {
  const bytes = Buffer.from(`"${name}"`);
  return automaton.key(state, bytes, 1, bytes.length - 1, false);
};
const follow = (automaton: PathAutomaton, from: number, names: readonly string[]): number =>
  names.reduce((state, name) => key(automaton, state, name), automaton.state([from]));

describe('PathAutomaton', () => {
  it('has one state for nowhere, and stays there', () => {
    const automaton = new PathAutomaton();
    const root = automaton.place(0);
    steps(automaton, root, [{ key: 'a' }], 1);
    expect(follow(automaton, root, ['b'])).toBe(0);
    expect(follow(automaton, root, ['b', 'a'])).toBe(0);
    expect(automaton.state([])).toBe(0);
  });

  it('follows keys, keys like a pattern, and any key at once', () => {
    const automaton = new PathAutomaton();
    const root = automaton.place(0);
    steps(automaton, root, [{ key: 'a' }, { key: 'b' }], 1);
    steps(automaton, root, [{ like: 'a*' }, 'any'], 2);
    steps(automaton, root, ['any', { like: '*b*' }], 3);
    const tags = (...names: string[]): number[] => automaton.tags(follow(automaton, root, names));
    expect(tags('a', 'b')).toEqual([1, 2, 3]);
    expect(tags('axe', 'c')).toEqual([2]);
    expect(tags('x', 'abba')).toEqual([3]);
    expect(tags('x', 'c')).toEqual([]);
    expect(tags('é€', 'b'.repeat(300))).toEqual([3]);
  });

  it('finds a key however it is escaped', () => {
    const automaton = new PathAutomaton();
    const root = automaton.place(0);
    steps(automaton, root, [{ key: 'dätä' }], 1);
    const bytes = Buffer.from('d\\u00e4t\\u00E4');
    expect(automaton.tags(automaton.key(automaton.state([root]), bytes, 0, bytes.length, true))).toEqual([1]);
    expect(automaton.tags(key(automaton, automaton.state([root]), 'dätä'))).toEqual([1]);
  });

  it('goes on at a place that leads to itself', () => {
    const automaton = new PathAutomaton();
    const root = automaton.place(0);
    const deep = automaton.place(0);
    for (const from of [root, deep]) automaton.step(from, 'any', deep);
    for (const from of [root, deep]) steps(automaton, from, [{ key: 'x' }], 7);
    expect(automaton.tags(follow(automaton, root, ['x']))).toContain(7);
    expect(automaton.tags(follow(automaton, root, ['a', 'x', 'b', 'x']))).toContain(7);
    expect(automaton.tags(follow(automaton, root, ['a', 'x', 'b']))).not.toContain(7);
  });

  it('tells the first element of an array from the others where asked', () => {
    const automaton = new PathAutomaton();
    const root = automaton.place(1);
    const others = automaton.place(2);
    automaton.rest(root, others);
    const state = automaton.state([root]);
    expect(automaton.element(state, 0)).toBe(state);
    expect(automaton.tags(automaton.element(state, 1))).toEqual([1, 2]);
    expect(automaton.element(automaton.state([others]), 5)).toBe(automaton.state([others]));
  });

  it('matches patterns as a plain matcher does, in linear time', () => {
    const random = seededRandom(4);
    const word = (letters: string): string =>
      Array.from({ length: Math.floor(random() * 6) }, () => letters[Math.floor(random() * letters.length)]).join('');
    for (let round = 0; round < 3000; round++) {
      const like = `${word('ab*')}*`;
      const name = word('abc');
      const automaton = new PathAutomaton();
      const root = automaton.place(0);
      steps(automaton, root, [{ like }], 1);
      const expected = new RegExp(`^${like.replaceAll('*', '.*')}$`).test(name);
      expect(automaton.tags(follow(automaton, root, [name])).length === 1, `${like} ${name}`).toBe(expected);
    }
    const automaton = new PathAutomaton();
    const root = automaton.place(0);
    steps(automaton, root, [{ like: '*a*a*a*a*a*a*b' }], 1);
    expect(follow(automaton, root, ['a'.repeat(200_000)])).toBe(0);
  }, 10_000);
});
