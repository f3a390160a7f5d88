import type { Principal } from '@app/identity';
import type { Operation } from '../operation.js';
import type { Rule } from '../rule.js';

/** alice, an analyst, with no agent and no purpose. */
export function principal(changes: Partial<Principal> = {}): Principal {
  return {
    iss: 'https://issuer.example',
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
    jti: null,
    sid: null,
    expiresAt: Number.POSITIVE_INFINITY,
    ...changes,
  };
}

/** A plain read of the customers. */
export function operation(changes: Partial<Operation> = {}): Operation {
  return {
    target: 'crm',
    protocol: 'wire',
    effect: 'read',
    verb: 'SELECT',
    kinds: ['select'],
    objects: ['crm.public.customers'],
    reads: [],
    writes: [],
    attributes: {},
    capabilities: [],
    ...changes,
  };
}

/** A rule that matches everything on `crm`. */
export function rule(
  name: string,
  effect: Rule['effect'],
  changes: Partial<Omit<Rule, 'on'>> & { on?: Partial<Rule['on']> } = {},
): Rule {
  const { on, ...rest } = changes;
  return { name, effect, ...rest, on: { target: 'crm', ...on } };
}
