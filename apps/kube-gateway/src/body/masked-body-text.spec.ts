import { maskedBodyText } from './masked-body-text.js';
import { field, flag, kubernetes } from './testing/protobuf-builder.js';
import { APPLY, JSON_PATCH, MERGE_PATCH, PROTOBUF, said } from './testing/requests.js';

const SECRET = 'correct horse';

/** Masks `password` keys, whole variables' values and `data`, as a plan for places would; byte for byte otherwise. */
function redact(json: Uint8Array): Uint8Array {
  const text = Buffer.from(json).toString();
  const places = /("(?:password|value)"\s*:\s*)"(?:[^"\\]|\\.)*"/g;
  return Buffer.from(text.replace(places, '$1"MASK"'));
}

function recorded(words: string, body: unknown, contentType?: string): string {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return maskedBodyText(bytes, said(words, bytes, contentType), redact);
}

describe('the body in the record', () => {
  it('is nothing where there is none', () => {
    expect(recorded('delete pods', '')).toBe('');
  });

  it('is the masked JSON, its numbers as they were sent', () => {
    const body = `{ "spec": {"password": "${SECRET}", "n": 9007199254740993, "m": 1.0} }`;
    expect(recorded('create things.example.com', body)).toBe(body.replace(SECRET, 'MASK'));
  });

  it('is JSON also for YAML', () => {
    const body = `kind: Thing\nspec: &s\n  password: ${SECRET}\n  size: 3\n  on: yes\nmore: *s\n`;
    const text = recorded('patch things.example.com', body, APPLY);
    const spec = { password: 'MASK', size: 3, true: true };
    expect(JSON.parse(text)).toEqual({ kind: 'Thing', spec, more: spec });
  });

  it('shows the options of a delete', () => {
    expect(recorded('delete pods', '{"gracePeriodSeconds":0}')).toBe('{"gracePeriodSeconds":0}');
  });

  it('masks the values of a JSON Patch as if they stood in the object', () => {
    const patch = [
      { op: 'test', path: '/metadata/name', value: 'web' },
      { op: 'add', path: '/spec/template/spec/containers/0/env/-', value: { name: 'A', value: SECRET } },
      { op: 'replace', path: '/spec/template/spec/containers/0/env/0/value', value: SECRET },
      { op: 'replace', path: '', value: { password: SECRET } },
      { op: 'add', path: '/spec/replicas', value: 2 },
      { op: 'remove', path: '/spec/paused' },
    ];
    expect(JSON.parse(recorded('patch deployments.apps', patch, JSON_PATCH))).toEqual([
      patch[0],
      { ...patch[1], value: { name: 'A', value: 'MASK' } },
      { ...patch[2], value: 'MASK' },
      { ...patch[3], value: { password: 'MASK' } },
      patch[4],
      patch[5],
    ]);
  });

  it('masks a deep value at the end of a long pointer', () => {
    const value = JSON.parse(`${'['.repeat(250)}"x"${']'.repeat(250)}`) as unknown;
    const patch = [{ op: 'add', path: '/a'.repeat(64), value }];
    expect(JSON.parse(recorded('patch things.example.com', patch, JSON_PATCH))).toEqual(patch);
    expect(said('patch services', [{ ...patch[0], path: '/a'.repeat(65) }], JSON_PATCH).readable).toBe(false);
  });

  it('shows no text of a patch of a Secret, but the keys it is about', () => {
    const operations = [
      { op: 'replace', path: '/data/token', value: SECRET },
      { op: 'add', path: '/stringData', value: { a: { b: [SECRET] } } },
    ];
    const text = recorded('patch secrets', operations, JSON_PATCH);
    expect(text).not.toContain(SECRET);
    expect(text).toContain('/data/token');
    const body = { metadata: { annotations: { note: SECRET } }, data: { token: SECRET, none: null }, immutable: true };
    expect(JSON.parse(recorded('patch secrets', body, MERGE_PATCH))).toEqual({
      metadata: { annotations: { note: '[masked]' } },
      data: { token: '[masked]', none: null },
      immutable: true,
    });
  });

  it('is a summary of protobuf, without a hash that guesses could be tried on', () => {
    const metadata = field(1, field(1, 'web'), field(3, 'shop'));
    const body = kubernetes('v1', 'Secret', metadata, field(2, field(1, 'a'), field(2, SECRET)));
    expect(JSON.parse(recorded('create secrets', body, PROTOBUF))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'web', namespace: 'shop' },
      bytes: body.length,
    });
    const options = kubernetes('meta.k8s.io/v1', 'DeleteOptions', flag(1, 0), field(5, 'All'));
    expect(JSON.parse(recorded('delete pods', options, PROTOBUF))).toMatchObject({ dryRun: ['All'] });
  });

  it('shows nothing of what could not be read', () => {
    for (const type of ['application/json', APPLY, PROTOBUF, 'text/plain']) {
      expect(recorded('create pods', `{"password":"${SECRET}`, type)).not.toContain(SECRET);
    }
  });
});
