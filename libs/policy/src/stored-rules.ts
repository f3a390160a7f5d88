import { PolicyError } from './policy.error.js';
import { compilePolicy, policyHash } from './policy.js';
import type { Rule } from './rule.js';

/**
 * Takes rules back that were kept as JSON: they must be the very ones that have the hash, and fit to be put in force.
 * @param value parsed JSON
 * @param hash of the policy they were kept under
 * @throws PolicyError when they are not
 */
export function parseRules(value: unknown, hash: string): readonly Rule[] {
  if (!isRules(value)) throw new PolicyError('', 'rules', 'are not a list of rules');
  const found = policyHash(value);
  if (found !== hash)
    throw new PolicyError('', 'rules', `have the hash ${found}, not ${hash}: they were changed where they are kept`);
  compilePolicy(value);
  return value;
}

function isRules(value: unknown): value is readonly Rule[] {
  return Array.isArray(value) && value.every(isRule);
}

function isRule(value: unknown): value is Rule {
  if (typeof value !== 'object' || value === null) return false;
  const { name, effect, on } = value as Partial<Record<keyof Rule, unknown>>;
  return (
    typeof name === 'string' && typeof effect === 'string' && typeof on === 'object' && on !== null && 'target' in on
  );
}
