import { principalFrom } from './claims.js';
import { rolesOf, type RolesSection } from './index.js';
import type { Principal } from './principal.js';

const now = Date.parse('2026-03-10T12:00:00Z');
const seconds = now / 1_000;
const issuer = (also?: readonly string[]) => ({
  settings: {
    url: 'https://issuer.example',
    audience: 'sallyport',
    claims: { user: 'preferred_username', groups: 'groups', purpose: 'purpose', also },
  },
  users: null,
});

function read(claims: Readonly<Record<string, unknown>>, also?: readonly string[]): Principal {
  const all = { aud: 'sallyport', exp: seconds + 60, sub: 'u-1', preferred_username: 'alice', ...claims };
  return principalFrom(all, issuer(also), now, { skew: 60_000, maxAge: null });
}

describe('how somebody signed in', () => {
  it.each<[string, unknown]>([
    ['absent', undefined],
    ['a number', 1],
    ['empty', ''],
    ['a list', ['mfa']],
    ['a text with a control character', 'mfa\u0000'],
    ['too long', 'x'.repeat(256)],
  ])('is not known where acr is %s', (_, acr) => {
    expect(read({ acr }).acr).toBeNull();
  });

  it.each<[string, unknown]>([
    ['absent', undefined],
    ['a text', String(seconds)],
    ['negative', -1],
    ['null', null],
    ['beyond all time', Number.MAX_VALUE],
    ['still to come', seconds + 61],
    ['a list', [seconds]],
  ])('is not known in time where auth_time is %s', (_, auth_time) => {
    expect(read({ auth_time }).authTime).toBeNull();
  });

  it('is taken from acr and auth_time, in ms', () => {
    expect(read({ acr: 'urn:mfa', auth_time: seconds - 10 })).toMatchObject({
      acr: 'urn:mfa',
      authTime: now - 10_000,
    });
    expect(read({ auth_time: seconds + 60 }).authTime).toBe(now + 60_000);
  });
});

describe('groups that the token leaves out', () => {
  const read = (claims: Readonly<Record<string, unknown>>, groups = 'groups', mapped?: readonly string[]) => {
    const { settings, users } = issuer();
    const known = mapped === undefined ? {} : { groups: { alice: mapped } };
    const its = { settings: { ...settings, ...known, claims: { ...settings.claims, groups } }, users };
    const all = { aud: 'sallyport', exp: seconds + 60, sub: 'u-1', preferred_username: 'alice', ...claims };
    return principalFrom(all, its, now, { skew: 60_000, maxAge: null }).groups;
  };

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['they are elsewhere', { _claim_names: { groups: 'src1' }, _claim_sources: { src1: {} } }],
    ['hasgroups is true', { hasgroups: true }],
    ['hasgroups is the text true', { hasgroups: 'true' }],
  ])('are refused with what to do where %s', (_, claims) => {
    expect(() => read(claims)).toThrow(/too many for it .* assigned to the application/);
  });

  it('are those of the configuration where that names them', () => {
    expect(read({ hasgroups: true }, 'groups', ['analysts'])).toEqual(['analysts']);
  });

  it('do not matter where rules go by another claim, or where they are there', () => {
    expect(read({ hasgroups: true, roles: ['analysts'] }, 'roles')).toEqual(['analysts']);
    expect(read({ _claim_names: { groups: 'src1' }, roles: ['analysts'] }, 'roles')).toEqual(['analysts']);
    expect(read({ groups: ['analysts'], _claim_names: { address: 'src1' } })).toEqual(['analysts']);
    expect(read({ hasgroups: false })).toEqual([]);
  });
});

describe('further claims', () => {
  it.each<[string, unknown]>([
    ['an object', { name: 'sales' }],
    ['null', null],
    ['a list with an object', ['sales', {}]],
    ['a list with an empty text', ['']],
    ['a text with a line break', 'sales\n'],
  ])('refuse a token where one is %s', (_, department) => {
    expect(() => read({ department }, ['department'])).toThrow(/the claim department is neither a text/);
    expect(read({ department }).claims).toEqual({});
  });

  it('are only those that are named, as lists of texts without doubles', () => {
    const token = {
      department: ['sales', 'eu', 'sales'],
      clearance: 3,
      contractor: false,
      other: 'x',
      __proto__: null,
    };
    const taken = ['department', 'clearance', 'contractor', 'absent', 'constructor'];
    expect(read(token, taken).claims).toEqual({ department: ['sales', 'eu'], clearance: ['3'], contractor: ['false'] });
  });

  it('cannot be changed once they are read', () => {
    const { claims } = read({ department: 'sales' }, ['department']);
    expect(Object.isFrozen(claims) && Object.isFrozen(claims['department'])).toBe(true);
  });
});

describe('the role of break-glass', () => {
  const roles: RolesSection = { reviewer: { groups: ['privacy'] }, breakGlass: { groups: ['oncall'] } };

  it('is held by those it names alone', () => {
    expect(rolesOf(read({ groups: ['privacy'] }), roles)).toEqual(['requester', 'reviewer']);
    expect(rolesOf(read({ groups: ['oncall'] }), roles)).toEqual(['requester', 'break-glass']);
    expect(rolesOf(read({ groups: ['oncall'] }), {})).toEqual(['requester']);
  });
});
