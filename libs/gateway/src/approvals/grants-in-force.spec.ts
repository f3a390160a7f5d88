import type { Principal } from '@app/identity';
import type { Operation } from '@app/policy';
import { type GrantInForce, GrantsInForce } from './grants-in-force.js';

const principal = (over: Partial<Principal> = {}): Principal => ({
  iss: 'https://issuer',
  sub: 'alice',
  user: 'alice@example.com',
  groups: [],
  act: [],
  azp: null,
  purpose: null,
  method: 'oidc',
  acr: null,
  authTime: null,
  claims: {},
  jti: null,
  sid: null,
  expiresAt: 1_000_000,
  ...over,
});

const operation: Operation = {
  target: 'crm',
  protocol: 'postgres',
  effect: 'read',
  verb: 'SELECT',
  kinds: ['select'],
  objects: ['crm.public.customers'],
  reads: ['email'],
  writes: [],
  attributes: {},
  capabilities: [],
};

const grant = (over: Partial<GrantInForce> = {}): GrantInForce => ({
  id: 'A',
  requester: { iss: 'https://issuer', sub: 'alice', act: [], purpose: null },
  scope: { targets: ['crm'] },
  unmask: [],
  notBefore: 100,
  until: 1_000,
  loud: false,
  ...over,
});

const covered = (by: GrantInForce, who: Principal = principal(), now = 500): boolean => {
  const grants = new GrantsInForce();
  grants.replace([by]);
  return grants.covering(who, operation, now) !== null;
};

describe('a grant given ahead of time', () => {
  it.each([
    ['another person', principal({ sub: 'bob' })],
    ['the same subject of another issuer', principal({ iss: 'https://other' })],
    ['an agent of the person', principal({ act: ['autogen'] })],
  ])('does not cover %s', (_, who) => {
    expect(covered(grant(), who)).toBe(false);
  });

  it('of an agent covers neither the person nor the agent behind another one', () => {
    const ofAgent = grant({ requester: { iss: 'https://issuer', sub: 'alice', act: ['autogen'], purpose: null } });
    expect(covered(ofAgent)).toBe(false);
    expect(covered(ofAgent, principal({ act: ['planner', 'autogen'] }))).toBe(false);
    expect(covered(ofAgent, principal({ act: ['autogen'] }))).toBe(true);
  });

  it('asked for with a purpose covers no other purpose, nor none', () => {
    const forSupport = grant({ requester: { iss: 'https://issuer', sub: 'alice', act: [], purpose: 'support' } });
    expect(covered(forSupport)).toBe(false);
    expect(covered(forSupport, principal({ purpose: 'marketing' }))).toBe(false);
    expect(covered(forSupport, principal({ purpose: 'support' }))).toBe(true);
  });

  it('covers nothing beyond its scope', () => {
    expect(covered(grant({ scope: { targets: ['billing'] } }))).toBe(false);
    expect(covered(grant({ scope: { targets: ['crm'], reads: [] } }))).toBe(false);
  });

  it('covers from its first moment to the one before its last', () => {
    expect([99, 100, 999, 1_000].map((now) => covered(grant(), principal(), now))).toEqual([false, true, true, false]);
  });

  it('is told of when it is gone, and covers no more', () => {
    const grants = new GrantsInForce();
    grants.replace([grant({ id: 'A' }), grant({ id: 'B' })]);
    expect(grants.replace([grant({ id: 'B' })])).toEqual(['A']);
    expect(grants.replace([])).toEqual(['B']);
    expect(grants.covering(principal(), operation, 500)).toBeNull();
  });

  it('of several that cover, a quiet one is used, then the one that unmasks more, then the longest', () => {
    const grants = new GrantsInForce();
    grants.replace([
      grant({ id: 'glass', loud: true, unmask: ['email', 'name'], until: 9_000 }),
      grant({ id: 'short', until: 600 }),
      grant({ id: 'unmasks', unmask: ['email'], until: 600 }),
      grant({ id: 'unmasks longer', unmask: ['email'], until: 700 }),
    ]);
    expect(grants.covering(principal(), operation, 500)).toEqual({
      approval: 'unmasks longer',
      until: 700,
      unmask: ['email'],
      loud: false,
    });
  });
});
