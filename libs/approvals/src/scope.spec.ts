import { GlobError } from '@app/identity';
import type { Operation } from '@app/policy';
import { type AccessScope, checkScope, coversScope } from './scope.js';

function operation(replaced: Partial<Operation> = {}): Operation {
  return {
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
    ...replaced,
  };
}

describe('a scope does not cover', () => {
  it.each<[string, AccessScope, Partial<Operation>]>([
    ['another target', { targets: ['crm'] }, { target: 'erp' }],
    ['another effect', { targets: ['*'], does: ['read'] }, { effect: 'write' }],
    ['what could not be read, unless it says so', { targets: ['crm'], does: ['read', 'write'] }, { effect: 'unknown' }],
    [
      'one object of two',
      { targets: ['crm'], objects: ['crm.public.customers'] },
      { objects: ['crm.public.customers', 'crm.public.salaries'] },
    ],
    [
      'a name that could be more',
      { targets: ['crm'], objects: ['crm.public.customers'] },
      { objects: ['crm.public.*'] },
    ],
    ['no object, where it names some', { targets: ['crm'], objects: ['*'] }, { objects: [] }],
    ['one class of two', { targets: ['crm'], reads: ['email'] }, { reads: ['email', 'health'] }],
    ['a class, where it gives none', { targets: ['crm'], reads: [] }, { reads: ['email'] }],
    ['a class that only chooses rows', { targets: ['crm'], reads: ['email'] }, { filters: ['health'] }],
    ['a class written', { targets: ['crm'], writes: ['email'] }, { writes: ['health'] }],
    ['one statement kind of two', { targets: ['crm'], statements: ['select'] }, { kinds: ['select', 'delete'] }],
    ['no statement kind, where it names some', { targets: ['crm'], statements: ['select'] }, { kinds: [] }],
    ['a power', { targets: ['crm'] }, { capabilities: ['read files'] }],
    ['another power', { targets: ['crm'], capabilities: ['listen'] }, { capabilities: ['listen', 'read files'] }],
    ['an attribute that does not apply', { targets: ['*'], attributes: { namespace: ['a'] } }, {}],
    [
      'one value of two',
      { targets: ['*'], attributes: { namespace: ['a'] } },
      { attributes: { namespace: ['a', 'b'] } },
    ],
    [
      'an attribute that could be anything',
      { targets: ['*'], attributes: { namespace: ['a'] } },
      { attributes: { namespace: ['*'] } },
    ],
    [
      'a name of a family that could be anything',
      { targets: ['*'], attributes: { 'label:app': ['a'] } },
      { attributes: { 'label:*': ['*'] } },
    ],
    ['an attribute of the prototype', { targets: ['*'], attributes: { constructor: ['*'] } }, {}],
  ])('%s', (_, scope, changes) => {
    expect(coversScope(scope, operation(changes))).toBe(false);
  });
});

describe('a scope covers', () => {
  it.each<[string, AccessScope, Partial<Operation>]>([
    ['everything but powers on its targets', { targets: ['c*'] }, { effect: 'unknown', objects: [] }],
    [
      'all that it names',
      { targets: ['crm'], does: ['read'], objects: ['crm.public.*'], reads: ['e*'], statements: ['select'] },
      {},
    ],
    ['what reads nothing protected', { targets: ['crm'], reads: ['email'] }, { reads: [] }],
    [
      'names that could be more, by a star of its own',
      { targets: ['crm'], objects: ['crm.*'] },
      { objects: ['crm.public.*'] },
    ],
    ['the power it gives', { targets: ['crm'], capabilities: ['listen'] }, { capabilities: ['listen'] }],
    [
      'the attribute it names',
      { targets: ['*'], attributes: { namespace: ['team-*'] } },
      { attributes: { namespace: ['team-a'] } },
    ],
    [
      'a family, by a star',
      { targets: ['*'], attributes: { 'label:app': ['*'] } },
      { attributes: { 'label:*': ['*'] } },
    ],
  ])('%s', (_, scope, changes) => {
    expect(coversScope(scope, operation(changes))).toBe(true);
  });
});

it('a scope that means nothing is told so', () => {
  expect(() => checkScope({ targets: [] })).toThrow(RangeError);
  expect(() => checkScope({ targets: ['crm'], does: [] })).toThrow(RangeError);
  expect(() => checkScope({ targets: ['crm'], attributes: { a: [] } })).toThrow(RangeError);
  expect(() => checkScope({ targets: ['{'] })).toThrow(GlobError);
  expect(() => checkScope({ targets: ['crm'], reads: [] })).not.toThrow();
});
