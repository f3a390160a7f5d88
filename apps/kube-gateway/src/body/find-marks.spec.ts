import { field, kubernetes } from './testing/protobuf-builder.js';
import { APPLY, JSON_PATCH, MERGE_PATCH, PROTOBUF, said } from './testing/requests.js';

const MASK = 'sallyport:v1:0123456789abcdef';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the write-back guard', () => {
  it.each([
    ['plain text', MASK],
    ['text around it', `postgres://user:${MASK}@db/x`],
    ['base64', base64(MASK)],
    ['base64 behind one byte', base64(`x${MASK}`)],
    ['base64 behind two bytes', base64(`xy${MASK}`)],
    ['base64 behind a line', base64(`user=x\npassword=${MASK}\n`)],
    ['base64 in lines', base64(`some words before it ${MASK}`).replace(/.{8}/g, '$&\r\n')],
    ['base64 of base64', base64(base64(MASK))],
    ['base64 of wrapped base64', base64(base64(MASK).replace(/.{5}/g, '$&\n'))],
    ['base64 for URLs', Buffer.from(`\u00ff\u00fe\u00ff${MASK}`).toString('base64url')],
    ['JSON in a string', JSON.stringify({ data: { password: base64(MASK) } })],
    ['escapes of JSON in a string', '{"password":"\\u0073allyport\\u003av1:0123"}'],
    ['JSON in JSON in a string', JSON.stringify(JSON.stringify({ a: '\\u0073allyport:v1:00' }))],
    ['wrapped base64 of JSON in a string', JSON.stringify({ a: base64(`.....${MASK}`).replace(/.{7}/g, '$&\n') })],
    ['percent-encoding', `a=${encodeURIComponent(MASK)}`],
    ['YAML in a string', `password: ${MASK}\n`],
  ])('finds a mask in %s', (_, value) => {
    expect(said('update secrets', { metadata: { name: 's' }, data: { user: 'x', password: value } }).marks[0]).toMatch(
      /^data\.password/,
    );
    expect(said('patch secrets', { stringData: { 'a.b': value } }, MERGE_PATCH).marks[0]).toMatch(
      /^stringData\["a\.b"\]/,
    );
    const patch = [{ op: 'add', path: '/data/password', value }];
    expect(said('patch secrets', patch, JSON_PATCH).marks[0]).toMatch(/^data\.password/);
    const body = kubernetes('v1', 'Secret', field(1, field(1, 's')), field(2, field(1, 'password'), field(2, value)));
    expect(said('create secrets', body, PROTOBUF).marks[0]).toMatch(/^data\.password/);
  });

  it.each([
    ['folded', `data:\n  password: >-\n    sally\\\n`, false],
    ['quoted', `data: {password: "${MASK}"}\n`, true],
    ['escaped', 'data: {password: "\\x73allyport\\u003av1:00"}\n', true],
    ['broken over lines', 'data:\n  password: "sally\\\n    port:v1:0123"\n', true],
    ['a block', `data:\n  password: |\n    first\n    ${MASK}\n`, true],
    ['binary', `data:\n  password: !!binary ${base64(MASK)}\n`, true],
    ['an alias', `x: &x ${MASK}\ndata: {password: *x}\n`, true],
    [
      'base64 in a block',
      `data:\n  password: |\n    ${base64(MASK).slice(0, 9)}\n    ${base64(MASK).slice(9)}\n`,
      true,
    ],
  ])('reads scalars of YAML: %s', (_, body, found) => {
    const { marks, readable } = said('patch secrets', body, APPLY);
    expect(readable).toBe(true);
    expect(marks.includes('data.password')).toBe(found);
  });

  it('names each place', () => {
    const applied = JSON.stringify({ data: { password: base64(MASK) } });
    const body = {
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied } },
      items: [{ data: { token: MASK } }],
      [MASK]: 1,
    };
    expect(said('update secrets', body).marks).toEqual([
      'metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"].data.password',
      'items[0].data.token',
      `["${MASK}"]`,
    ]);
  });

  it('finds a mask where no field is known, in comments, pointers and bodies that cannot be read', () => {
    const status = kubernetes('v1', 'Secret', field(9, field(3, `x ${MASK}`)));
    expect(said('create secrets', status, PROTOBUF).marks).toEqual([`offset ${status.indexOf(MASK)}`]);
    expect(said('patch secrets', `a: b # ${MASK}\n`, APPLY).marks).toEqual(['offset 7']);
    expect(said('patch secrets', [{ op: 'remove', path: `/data/${MASK}` }], JSON_PATCH).marks).toEqual(['path[1]']);
    expect(said('update secrets', `{"a":"${MASK}"`).marks).toEqual(['offset 6']);
    expect(said('create secrets', MASK, 'application/cbor').marks).toEqual(['offset 0']);
    expect(said('create pods/proxy', `x=${MASK}`, 'text/plain').marks).toEqual(['offset 2']);
  });

  it('names no more than twenty places, and none of them at length', () => {
    const names = Array.from({ length: 100 }, (_, index) => `${index}${'k'.repeat(5_000)}`);
    const data = Object.fromEntries(names.map((name) => [name, MASK]));
    const { marks } = said('update secrets', { data });
    expect(marks.length).toBe(20);
    expect(Math.max(...marks.map((mark) => mark.length))).toBeLessThan(300);
  });

  it('leaves everything else alone', () => {
    const data = {
      a: base64('a real password'),
      b: 'sallyport',
      c: 'sallyport:v2',
      d: 'c2FsbHlwb3J0',
      e: '%zz \\u12',
      f: '{"a":',
    };
    expect(said('update secrets', { data })).toMatchObject({ marks: [], readable: true });
    expect(said('delete secrets', '{"gracePeriodSeconds":0}').marks).toEqual([]);
  });
});
