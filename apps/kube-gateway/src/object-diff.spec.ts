import { type DocumentMap } from './body/document.js';
import { parseJson } from './body/parse-json.js';
import { diffObjects } from './object-diff.js';

const object = (of: unknown): DocumentMap => parseJson(JSON.stringify(of)) as DocumentMap;
const lines = (before: unknown, after: unknown): readonly string[] =>
  diffObjects(before === null ? null : object(before), after === null ? null : object(after)).lines;

describe('the difference of two states of an object', () => {
  it('is nothing where they are the same, whatever the order of keys', () => {
    expect(lines({ a: 1, b: { c: [1, { d: null }] } }, { b: { c: [1, { d: null }] }, a: 1 })).toEqual([]);
  });

  it('leaves out the status and the book-keeping of the server, of the object only', () => {
    const before = { metadata: { uid: 'a', generation: 1, labels: { uid: 'x' } }, status: { phase: 'a' } };
    const after = { metadata: { uid: 'b', generation: 2, labels: { uid: 'y' } }, status: { phase: 'b' } };
    expect(lines(before, after)).toEqual(['- metadata.labels.uid: "x"', '+ metadata.labels.uid: "y"']);
  });

  it('shows each field that is changed, gone or new', () => {
    expect(lines({ spec: { replicas: 3, a: 'x' } }, { spec: { replicas: 0, b: true } })).toEqual([
      '- spec.replicas: 3',
      '+ spec.replicas: 0',
      '- spec.a: "x"',
      '+ spec.b: true',
    ]);
  });

  it('matches elements by their names, and says when only their order changes', () => {
    const web = { name: 'web', image: 'web:1' };
    const side = { name: 'side', image: 'side:1' };
    expect(lines({ c: [web, side] }, { c: [side, { ...web, image: 'web:2' }] })).toEqual([
      '- c[name="web"].image: "web:1"',
      '+ c[name="web"].image: "web:2"',
      '~ c: in another order',
    ]);
    expect(lines({ c: [web] }, { c: [web, side] })).toEqual([
      '+ c[name="side"].name: "side"',
      '+ c[name="side"].image: "side:1"',
    ]);
  });

  it('does not match elements by a name that two of them have', () => {
    const twice = [
      { name: 'a', v: 1 },
      { name: 'a', v: 2 },
    ];
    expect(lines({ c: twice }, { c: [twice[0], { name: 'a', v: 3 }] })).toEqual(['- c[1].v: 2', '+ c[1].v: 3']);
  });

  it.each([
    [{ a: { b: 1 } }, { a: [1] }, ['- a.b: 1', '+ a[0]: 1']],
    [{ a: { b: 1 } }, { a: {} }, ['- a.b: 1', '+ a: {}']],
    [{ a: [] }, { a: ['x'] }, ['- a: []', '+ a[0]: "x"']],
    [{ a: 'x' }, { a: { b: 'x' } }, ['- a: "x"', '+ a.b: "x"']],
    [{ a: null }, {}, ['- a: null']],
    [{}, { a: {} }, ['+ a: {}']],
  ])('shows both where %j becomes %j', (before, after, expected) => {
    expect(lines(before, after)).toEqual(expected);
  });

  it('of an object that is new or goes is all of it', () => {
    expect(lines(null, { kind: 'A', metadata: { name: 'n' } })).toEqual(['+ kind: "A"', '+ metadata.name: "n"']);
    expect(lines({ kind: 'A', spec: { x: [] } }, null)).toEqual(['- kind: "A"', '- spec.x: []']);
  });

  it('tells keys apart that would look like a path', () => {
    expect(lines({}, { 'a.b': 1, a: { b: 2 }, __proto__x: 3 })).toEqual([
      '+ ["a.b"]: 1',
      '+ a.b: 2',
      '+ __proto__x: 3',
    ]);
  });

  it('does not show the copy that kubectl keeps, but that it changes', () => {
    const of = (text: string): unknown => ({
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
    });
    expect(lines(of('{"a":1}'), of('{"a":2}'))).toEqual([
      expect.stringMatching(/^~ metadata\.annotations.*what kubectl applied last/u),
    ]);
    expect(lines(of('{"a":1}'), of('{"a":1}'))).toEqual([]);
  });
});
