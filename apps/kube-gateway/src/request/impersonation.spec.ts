import { Forbidden } from './bad-request.js';
import { impersonationOf } from './impersonation.js';

const alice = { user: 'alice@example.com', groups: ['analysts'], act: [], purpose: null };

describe('impersonationOf', () => {
  it.each([
    ['a user of the system', { user: 'system:admin' }],
    ['a service account', { user: 'system:serviceaccount:kube-system:default' }],
    ['a group of the system', { groups: ['analysts', 'system:masters'] }],
    ['a group of the system in capitals', { groups: ['System:masters'] }],
    ['a group that becomes one when trimmed', { groups: [' system:masters'] }],
    ['a group that becomes one when trimmed of a tab', { groups: ['\tsystem:masters'] }],
    ['a group with a trailing space', { groups: ['analysts '] }],
    ['an empty user', { user: '' }],
    ['an empty group', { groups: [''] }],
    ['a user with a line break', { user: 'a\r\nImpersonate-Group: system:masters' }],
    ['a user with a NUL', { user: 'a\0' }],
    ['a group with a lone surrogate', { groups: ['a\ud800'] }],
    ['an agent with a line break', { act: ['a\nb'] }],
    ['an empty agent', { act: [''] }],
    ['a purpose with an escape character', { purpose: '\u001b[31m' }],
  ])('refuses %s', (_name, change) => {
    expect(() => impersonationOf({ ...alice, ...change }, 's1')).toThrow(Forbidden);
  });

  it('carries user, groups, and in extras session, chain of agents and purpose', () => {
    const principal = { ...alice, groups: ['a, b', 'größe'], act: ['outer', 'system:inner'], purpose: 'support' };
    expect(impersonationOf(principal, 's1')).toEqual({
      user: 'alice@example.com',
      groups: ['a, b', 'größe'],
      uid: null,
      extra: {
        'sallyport-session': ['s1'],
        'sallyport-agent': ['outer', 'system:inner'],
        'sallyport-purpose': ['support'],
      },
    });
  });

  it('says nothing of agents and purpose where there are none', () => {
    expect(impersonationOf(alice, 's1').extra).toEqual({ 'sallyport-session': ['s1'] });
  });
});
