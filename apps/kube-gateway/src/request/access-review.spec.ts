import { accessReviewOf, answerAccessReview, answerRulesReview } from './access-review.js';
import { describeInfo } from './describe-info.js';

const asJson = (spec: object): Uint8Array => Buffer.from(JSON.stringify({ kind: 'SelfSubjectAccessReview', spec }));

/** A length-delimited protobuf field, built independently of the reader. */
function field(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

function asProtobuf(spec: Buffer): Buffer {
  const typeMeta = Buffer.concat([field(1, 'authorization.k8s.io/v1'), field(2, 'SelfSubjectAccessReview')]);
  const review = Buffer.concat([field(1, field(1, '')), field(2, spec), field(3, Buffer.from([8, 0]))]);
  return Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, review), field(3, ''), field(4, '')]);
}

const protobuf = 'application/vnd.kubernetes.protobuf';

describe('accessReviewOf', () => {
  it.each([
    ['no JSON', Buffer.from('{'), 'application/json'],
    ['no question', asJson({}), 'application/json'],
    ['two questions', asJson({ resourceAttributes: {}, nonResourceAttributes: {} }), 'application/json'],
    ['an array', Buffer.from('[]'), 'application/json'],
    ['protobuf without its mark', Buffer.from('{}'), protobuf],
    ['protobuf cut short', asProtobuf(field(1, field(2, 'get'))).subarray(0, -12), protobuf],
    ['protobuf of another wire type', Buffer.from('k8s\0\x0d1234', 'latin1'), protobuf],
    ['a length that never ends', Buffer.from('k8s\0\x12\xff\xff\xff\xff\xff\xff', 'latin1'), protobuf],
    ['an empty protobuf', asProtobuf(Buffer.alloc(0)), protobuf],
  ])('finds no question in %s', (_name, body, type) => {
    expect(accessReviewOf(body, type)).toBeNull();
  });

  it('reads the same question in JSON and in protobuf', () => {
    const asked = { namespace: 'x', verb: 'create', group: 'apps', version: 'v1', resource: 'deployments', name: 'd' };
    const fields = [...Object.values(asked).slice(0, 5), 'scale', 'd'].map((one, index) => field(index + 1, one));
    const inProtobuf = accessReviewOf(asProtobuf(field(1, Buffer.concat(fields))), protobuf);
    const inJson = accessReviewOf(
      asJson({ resourceAttributes: { ...asked, subresource: 'scale' } }),
      'application/json',
    );
    expect(inJson).toEqual(inProtobuf);
    expect(inJson).toMatchObject({ ...asked, subresource: 'scale', isResource: true, synthetic: 'create' });
    const path = { path: '/healthz', verb: 'get' };
    expect(
      accessReviewOf(asProtobuf(field(2, Buffer.concat([field(1, '/healthz'), field(2, 'get')]))), protobuf),
    ).toEqual(accessReviewOf(asJson({ nonResourceAttributes: path }), undefined));
  });

  it.each([
    [{ verb: 'get', resource: 'pods' }, 'read', [], 'prod.*/pods/*'],
    [{ verb: 'get', resource: 'nodes', name: 'n' }, 'read', [], 'prod.nodes/n'],
    [
      { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'x' },
      'connect',
      ['exec'],
      'prod.x/pods/*/exec',
    ],
    [{ verb: 'get', resource: 'pods', subresource: 'exec', namespace: 'x' }, 'connect', ['exec'], 'prod.x/pods/*/exec'],
    [{ verb: 'get', resource: 'nodes', subresource: 'proxy' }, 'connect', ['node-proxy'], 'prod.nodes/*/proxy'],
    [{ verb: 'delete', resource: 'pods', namespace: 'x', name: 'p' }, 'write', [], 'prod.x/pods/p'],
    [{ verb: 'impersonate', resource: 'users', name: 'root' }, 'admin', ['impersonate'], 'prod.*/users/root'],
    [{ verb: '*', resource: 'pods' }, 'unknown', [], 'prod.*/pods/*'],
    [{ verb: 'get', resource: '*' }, 'unknown', [], 'prod.*/*/*'],
    [{ verb: 'get', group: '*', resource: 'pods' }, 'unknown', [], 'prod.*/pods.*/*'],
    [{ verb: 'use', resource: 'pods' }, 'unknown', [], 'prod.*/pods/*'],
    [{ verb: '', resource: 'pods' }, 'unknown', [], 'prod.*/pods/*'],
  ])('asks about %j', (resourceAttributes, effect, capabilities, object) => {
    const info = accessReviewOf(asJson({ resourceAttributes }), 'application/json; charset=utf-8');
    const { operation } = describeInfo(info ?? expect.fail('no question'), 'prod', null, null);
    expect(operation).toMatchObject({ effect, capabilities, objects: [object] });
  });

  it('asks about a path, and about all paths as something unknown', () => {
    const effectOf = (path: string, verb: string): string => {
      const info = accessReviewOf(asJson({ nonResourceAttributes: { path, verb } }), 'application/json');
      return describeInfo(info ?? expect.fail('no question'), 'prod', null, null).operation.effect;
    };
    expect(effectOf('/version', 'get')).toBe('session');
    expect(effectOf('/*', 'get')).toBe('unknown');
    expect(effectOf('/version', '*')).toBe('unknown');
    expect(effectOf('/configz', 'get')).toBe('admin');
  });
});

describe('answerAccessReview', () => {
  const review = (status: object, kind = 'SelfSubjectAccessReview'): string =>
    JSON.stringify({ kind, spec: { a: 1 }, status });

  it('leaves what is no answered review to the caller', () => {
    for (const text of ['', '[]', review({}), review({ allowed: 'true' }), review({ allowed: true }, 'Status')]) {
      expect(answerAccessReview(text, false, 'no')).toBeNull();
    }
  });

  it('never turns a no into a yes', () => {
    const text = review({ allowed: false, reason: 'RBAC' });
    expect(answerAccessReview(text, true, '')).toBe(text);
    expect(answerAccessReview(text, false, 'no rule')).toBe(text);
  });

  it('turns a yes into a no with the reason, and keeps the rest', () => {
    expect(
      JSON.parse(answerAccessReview(review({ allowed: true, reason: 'RBAC' }), false, 'no rule allows it') ?? ''),
    ).toEqual({
      kind: 'SelfSubjectAccessReview',
      spec: { a: 1 },
      status: { allowed: false, reason: 'no rule allows it' },
    });
  });

  it('keeps a yes, with what it depends on', () => {
    const text = review({ allowed: true });
    expect(answerAccessReview(text, true, '')).toBe(text);
    expect(answerAccessReview(text, true, 'after an approval')).toContain(
      '"allowed":true,"reason":"after an approval"',
    );
  });

  it('marks a list of rules as incomplete', () => {
    const text = review({ resourceRules: [], evaluationError: 'webhook' }, 'SelfSubjectRulesReview');
    expect(JSON.parse(answerRulesReview(text, 'a policy applies') ?? '')).toMatchObject({
      status: { resourceRules: [], incomplete: true, evaluationError: 'webhook; a policy applies' },
    });
    expect(answerRulesReview(review({}), 'a policy applies')).toBeNull();
  });
});
