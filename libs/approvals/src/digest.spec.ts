import { accessDigest, type AccessAsked, grantDigest, operationDigest } from './digest.js';
import { sampleBinding, sampleRequirement } from './testing/samples.js';

describe('the digest of an operation', () => {
  const digest = operationDigest(sampleBinding());

  it('is another one as soon as anything that is bound changes', () => {
    const changes: Parameters<typeof sampleBinding>[0][] = [
      { tenant: 'other' },
      { target: 'erp' },
      { protocol: 'kubernetes' },
      { database: 'crm2' },
      { role: 'postgres' },
      { statement: 'ac'.repeat(32) },
      { parameters: '' },
      { settings: { search_path: 'evil, public', TimeZone: 'UTC' } },
      { settings: { search_path: '"$user", public' } },
      { objects: ['16384:r'] },
      { objects: ['16384:r', '16390:v:ff'] },
      { iss: 'https://other.example.com' },
      { sub: 'bob-1' },
      { act: [] },
      { act: ['autogen', 'other'] },
      { azp: null },
      { session: '01HZZZZZZZZZZZZZZZZZZZZZZZ' },
      { purpose: null },
      { policy: `sha256:${'02'.repeat(32)}` },
      { requirements: [sampleRequirement({ quorum: 2 })] },
      { requirements: [sampleRequirement(), sampleRequirement({ rule: 'at night' })] },
      { masks: '' },
      { rows: 100 },
    ];
    const digests = changes.map((change) => operationDigest(sampleBinding(change)));
    expect(new Set([digest, ...digests]).size).toBe(changes.length + 1);
    const changed = new Set(changes.flatMap((change) => Object.keys(change ?? {})));
    expect([...changed].sort()).toEqual(Object.keys(sampleBinding()).sort());
  });

  it('counts the order of the chain of agents', () => {
    const [one, other] = [
      ['a', 'b'],
      ['b', 'a'],
    ].map((act) => operationDigest(sampleBinding({ act })));
    expect(one).not.toBe(other);
  });

  it('is the same however settings and objects are ordered', () => {
    const same = sampleBinding({
      settings: { TimeZone: 'UTC', search_path: '"$user", public' },
      objects: ['16390:v:ef', '16384:r'],
    });
    expect(operationDigest(same)).toBe(digest);
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('refuses what canonical JSON cannot hold', () => {
    expect(() => operationDigest(sampleBinding({ purpose: '\ud800' }))).toThrow(TypeError);
  });
});

describe('the digest of a request for access', () => {
  const asked: AccessAsked = {
    id: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
    kind: 'access',
    requester: { iss: 'i', sub: 's', user: 'u', groups: ['a'], act: [], azp: null, purpose: null },
    scope: { targets: ['crm'], does: ['read'] },
    duration: 60_000,
    reason: 'why',
    incident: null,
    unmask: ['email', 'name'],
  };

  it('is another one for another request, scope, duration or class', () => {
    const others: Partial<AccessAsked>[] = [
      { id: '01HZZZZZZZZZZZZZZZZZZZZZZY' },
      { kind: 'break-glass' },
      { scope: { targets: ['crm'] } },
      { duration: 60_001 },
      { reason: 'because' },
      { incident: 'INC-1' },
      { unmask: ['email'] },
      { requester: { ...asked.requester, act: ['autogen'] } },
    ];
    const digests = others.map((other) => accessDigest({ ...asked, ...other }));
    expect(new Set([accessDigest(asked), ...digests]).size).toBe(others.length + 1);
  });

  it('does not depend on groups, which may change meanwhile, nor on the order of classes', () => {
    const same = { ...asked, unmask: ['name', 'email'], requester: { ...asked.requester, groups: [] } };
    expect(accessDigest(same)).toBe(accessDigest(asked));
  });
});

it('the digest of a grant binds bounds and what was shown', () => {
  const bounds = { digest: 'sha256:1', unmask: ['a'], lifetime: 1, uses: 1, nonce: 'n', rendering: 'sha256:2' };
  const others = [{ digest: 'x' }, { unmask: [] }, { lifetime: 2 }, { uses: null }, { nonce: 'm' }, { rendering: 'y' }];
  expect(new Set([bounds, ...others].map((other) => grantDigest({ ...bounds, ...other }))).size).toBe(7);
});
