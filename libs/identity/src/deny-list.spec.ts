import { checkRoles, DenyList, rolesOf, type DenyEntry, type Principal } from './index.js';

const now = 1_000_000;
const iss = 'https://issuer.example';

function principal(changes: Partial<Principal> = {}): Principal {
  return {
    iss,
    sub: 'u-1',
    user: 'alice@example.com',
    groups: ['analysts'],
    act: [],
    azp: null,
    purpose: null,
    method: 'oidc',
    acr: null,
    authTime: null,
    claims: {},
    jti: 'j-1',
    sid: 's-1',
    expiresAt: Number.POSITIVE_INFINITY,
    ...changes,
  };
}

function listOf(...entries: (Partial<DenyEntry> & Pick<DenyEntry, 'kind' | 'value'>)[]): DenyList {
  const list = new DenyList();
  list.replace(
    entries.map((entry) => ({ iss, expires: null, ...entry })),
    now,
  );
  return list;
}

describe('DenyList', () => {
  it('is not loaded until a list was put in force, be it empty', () => {
    const list = new DenyList();
    expect([list.loaded, list.loadedAt]).toEqual([false, null]);
    list.replace([], now);
    expect([list.loaded, list.loadedAt]).toEqual([true, now]);
  });

  it.each([
    ['sub', 'u-1'],
    ['sid', 's-1'],
    ['jti', 'j-1'],
  ] as const)('denies by %s', (kind, value) => {
    expect(listOf({ kind, value }).isDenied(principal(), now)).toEqual({ iss, kind, value, expires: null });
  });

  it.each<[string, Partial<DenyEntry> & Pick<DenyEntry, 'kind' | 'value'>]>([
    ['the same sub of another issuer', { kind: 'sub', value: 'u-1', iss: 'https://other.example' }],
    ['the sub written as a jti', { kind: 'jti', value: 'u-1' }],
    ['a sub that begins alike', { kind: 'sub', value: 'u-' }],
    ['a sid of the text null', { kind: 'sid', value: 'null' }],
    ['the user name', { kind: 'sub', value: 'alice@example.com' }],
  ])('does not take %s for the principal', (_, entry) => {
    expect(listOf(entry).isDenied(principal({ sid: null }), now)).toBeNull();
  });

  it('denies until the entry expires, and without a time for good', () => {
    const list = listOf({ kind: 'sub', value: 'u-1', expires: now + 5 });
    expect(list.isDenied(principal(), now + 4)).not.toBeNull();
    expect(list.isDenied(principal(), now + 5)).toBeNull();
    expect(list.isDenied(principal())).not.toBeNull();
  });

  it('finds the entry in force behind one that expired', () => {
    const list = listOf({ kind: 'sub', value: 'u-1', expires: now }, { kind: 'jti', value: 'j-1' });
    expect(list.isDenied(principal(), now)).toMatchObject({ kind: 'jti' });
  });

  it.each([
    [null, now + 1],
    [now + 1, null],
    [now + 9, now + 1],
    [now + 1, now + 9],
  ])('keeps the longer of two entries (%s, %s)', (one, other) => {
    const list = listOf({ kind: 'sub', value: 'u-1', expires: one }, { kind: 'sub', value: 'u-1', expires: other });
    expect(list.isDenied(principal(), now + 5)).not.toBeNull();
  });

  it('forgets what the next list does not hold', () => {
    const list = listOf({ kind: 'sub', value: 'u-1' });
    list.replace([], now + 1);
    expect(list.isDenied(principal(), now)).toBeNull();
  });
});

describe('rolesOf', () => {
  const roles = {
    reviewer: { groups: ['privacy'] },
    auditor: { users: ['dave@example.com', '*@audit.example.com'] },
    administrator: {},
  };

  it('makes everyone a requester and nobody anything else by default', () => {
    expect(rolesOf(principal(), roles)).toEqual(['requester']);
    expect(rolesOf(principal({ groups: ['privacy*', 'Privacy', ''] }), roles)).toEqual(['requester']);
    expect(rolesOf(principal(), {})).toEqual(['requester']);
  });

  it('gives roles by group or by user', () => {
    expect(rolesOf(principal({ groups: ['x', 'privacy'] }), roles)).toEqual(['requester', 'reviewer']);
    expect(rolesOf(principal({ user: 'eve@audit.example.com' }), roles)).toEqual(['requester', 'auditor']);
    expect(rolesOf(principal({ user: 'dave@example.com', groups: ['privacy'] }), roles)).toEqual([
      'requester',
      'reviewer',
      'auditor',
    ]);
  });

  it('is checked at start', () => {
    expect(() => checkRoles({ auditor: { users: ['{a'] } })).toThrow(/does not close/);
    expect(() => checkRoles(roles)).not.toThrow();
  });
});
