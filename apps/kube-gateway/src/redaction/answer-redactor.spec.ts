import { answerRedactor } from './answer-redactor.js';
import { redactObject, redactText } from './index.js';
import { RedactionError } from './redaction.error.js';
import { byteByByte, CANARY, CANARY_64, factsOf, redacted, testKey } from './testing/answers.js';
import { LAST_APPLIED, meta, secret, applied, plan, withPatterns } from './testing/objects.js';
import { randomAnswers } from './testing/random-answers.js';

const WRAPPERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  document: { object: 'document', items: 'element', rows: 'row' },
  element: { items: 'nested' },
  nested: { items: 'nested' },
  row: { object: 'element' },
};

/** What should come out for a Secret, written as plainly as possible; null where a number or a boolean stands for a secret. */
const expectedSecret = (value: unknown, at: string): { value: unknown } | null => {
  if (typeof value !== 'object' || value === null) {
    if (at !== 'secret' || value === null || value === '') return { value };
    return typeof value === 'string' ? { value: 'MASK' } : null;
  }
  const parts = Object.entries(value).map(([key, item]): [string, { value: unknown } | null] => {
    if (Array.isArray(value) || at === 'secret') return [key, expectedSecret(item, at)];
    if (at !== 'row' && at !== 'clean' && /^(data|stringData)$/.test(key)) return [key, expectedSecret(item, 'secret')];
    return [key, expectedSecret(item, WRAPPERS[at]?.[key] ?? 'clean')];
  });
  if (parts.some(([, part]) => part === null)) return null;
  const built = parts.map(([key, part]): [string, unknown] => [key, part?.value]);
  return { value: Array.isArray(value) ? built.map(([, item]) => item) : Object.fromEntries(built) };
};

describe('answerRedactor', () => {
  it('masks random documents as parsing and masking would', () => {
    const answers = randomAnswers(7, ['data', 'items', 'object', 'rows', 'stringData', 'x']);
    let masks = 0;
    for (let round = 0; round < 1000; round++) {
      const text = JSON.stringify(answers());
      const expected = expectedSecret(JSON.parse(text), 'document');
      const facts = factsOf('secrets');
      if (expected === null) expect(() => redacted(plan, facts, text), text).toThrow(RedactionError);
      else {
        const result = redacted(plan, facts, text, (bytes) => [
          bytes.subarray(0, round % 40),
          bytes.subarray(round % 40),
        ]);
        const plain = result.text.replace(/"(?:sallyport:v1:[^"]*|c2FsbHlwb3J0OnYx[^"]*)"/g, '"MASK"');
        expect(JSON.parse(plain), text).toEqual(expected.value);
        masks += Object.values(result.masked).reduce((sum, count) => sum + count, 0);
      }
    }
    expect(masks).toBeGreaterThan(500);
  });

  it('leaves every other byte as it was', () => {
    const item = `{ "kind":"Deployment","x":9007199254740993,"y":[1.0,1e400,-0.0],"e":"\\u00e9\\u003c","metadata":{"name":"\\u0061"},"spec":{"paused":false,"template":{"spec":{"containers":[{"env":[{"name":"A","value":""}]}]}}}}\n`;
    expect(redacted(plan, factsOf('deployments.apps'), item).text).toBe(item);
    const list = `{"items": [${item},${item}]}`;
    expect(redacted(plan, factsOf('services'), list, byteByByte).text).toBe(list);
    const secrets = `{"kind":"Secret","metadata":{"name":"a","annotations":{"${LAST_APPLIED}":"{ \\"kind\\" : 1.0 }\\n"}},"type":"x"}`;
    expect(redacted(withPatterns, factsOf('secrets'), secrets).text).toBe(secrets);
  });

  it('gives one field of one object one mark, and others another', () => {
    const value = (answer: unknown, more = {}): string[] =>
      redacted(plan, factsOf('secrets', more), answer).text.match(/c2FsbHlwb3J0OnYx[A-Za-z0-9+/]+/g) ?? [];
    const [data, copy] = value(applied);
    expect(copy).toBe(data);
    expect(value({ items: [applied] })[0]).toBe(data);
    expect(value({ data: { password: CANARY_64 } }, { namespace: 'team', name: 'app' })[0]).toBe(data);
    expect(value({ type: 'ADDED', object: applied }, { watch: true })[0]).toBe(data);
    const others = value({
      items: [
        { ...applied, metadata: meta({ name: 'b' }) },
        { ...secret, data: { a: CANARY_64, b: CANARY_64 } },
      ],
    });
    expect(new Set([...others, data]).size).toBe(4);
  });

  it('counts items and masks, and keeps the first documents as they were released', () => {
    const list = { kind: 'SecretList', items: [applied, secret, secret] };
    const kept = redacted(plan, factsOf('secrets'), list, byteByByte, 2);
    expect(kept).toMatchObject({ items: 3, masked: { 'secrets.data': 4, 'secrets.stringData': 1 } });
    const { items } = JSON.parse(kept.text) as { items: unknown[] };
    expect(kept.documents.map((text) => JSON.parse(text) as unknown)).toEqual(items.slice(0, 2));
    expect(redacted(plan, factsOf('secrets'), secret)).toMatchObject({
      items: 1,
      documents: [expect.stringContaining('Opaque')],
    });
    expect(redacted(plan, factsOf('secrets'), { items: [] })).toMatchObject({ items: 0, documents: [] });
    const table = { kind: 'Table', rows: [{ cells: ['a'], object: secret }, { cells: ['b'] }] };
    expect(redacted(plan, factsOf('secrets'), table, byteByByte)).toMatchObject({
      items: 2,
      documents: [expect.anything(), '{"cells":["b"]}'],
    });
    const watch = [secret, { items: [secret] }].map((object) => JSON.stringify({ type: 'ADDED', object })).join('\n');
    expect(redacted(plan, factsOf('secrets', { watch: true }), watch)).toMatchObject({
      items: 2,
      documents: { length: 2 },
    });
    expect(redacted(plan, factsOf('secrets', { status: 404 }), { kind: 'Status' })).toMatchObject({ items: 0 });
  });

  it('mentions a document that is too long to keep', () => {
    const long = redacted(plan, factsOf('configmaps'), { data: { x: 'y'.repeat(300_000) } });
    expect(long.documents).toEqual(['{"omitted":"a document of 300017 bytes"}']);
  });

  it.each([
    ['protobuf', 'application/vnd.kubernetes.protobuf'],
    ['CBOR', 'application/cbor'],
    ['text', 'text/plain'],
    ['nothing', ''],
  ])('refuses %s', (_, mediaType) => {
    expect(() => answerRedactor(plan, factsOf('secrets', { mediaType }), testKey, 0)).toThrow(RedactionError);
  });

  it.each([
    ['is cut off', '{"data":{"a":"'],
    ['is malformed', '{"data":{"a":"b",}}'],
    ['goes on behind its end', '{"data":{}}{"data":{}}'],
    ['is too deep', `${'['.repeat(600)}`],
    ['has a number for a secret', '{"data":{"pin":1234}}'],
    ['has a boolean for a secret', '{"stringData":{"a":[true]}}'],
  ])('refuses an answer that %s', (_, text) => {
    expect(() => redacted(plan, factsOf('secrets'), text)).toThrow(RedactionError);
  });

  it('never quotes a value in its errors', () => {
    expect(() => redacted(plan, factsOf('widgets.example.com'), { spec: { auth: { token: 1234 } } })).toThrow(
      'spec.auth.token is protected (widgets.example.com/spec.auth.token) but holds a number or a boolean; only strings can be masked',
    );
  });

  it('masks bodies and texts by the same rules', () => {
    const body = redactObject(plan, factsOf('secrets'), testKey, Buffer.from(JSON.stringify(secret)));
    expect(Buffer.from(body).toString()).not.toContain(CANARY_64);
    expect(redactText(plan, factsOf('secrets'), testKey, `unknown field "${CANARY}"`)).toMatch(
      /^unknown field "sallyport/,
    );
    expect(redactText(plan, factsOf('nodes'), testKey, `unknown field "x y"`)).toBe('unknown field "x y"');
  });
});
