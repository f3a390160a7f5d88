import { PolicyError } from './policy.error.js';
import type { Limits, RecordLevel, Rule, Strength } from './rule.js';

/** What a rule binds those to whom it applies, and what it wants of their login. @throws PolicyError */
export function checkBounds({ name, effect, on, who, limits, record, approval }: Rule): void {
  for (const [key, value] of [
    ['limits', limits],
    ['record', record],
  ] as const) {
    if (value === undefined) continue;
    if (effect === 'deny') throw new PolicyError(name, key, 'binds nothing in a rule of effect deny');
    if (on.reads?.rows)
      throw new PolicyError(
        name,
        key,
        'binds nothing in a rule about the number of rows; write it in the rule that allows',
      );
  }
  checkStrength(name, 'who.strength', who?.strength);
  checkStrength(name, 'approval.stepUp', approval?.stepUp);
  checkLimits(name, limits ?? {});
  checkRecord(name, record);
  const quorum = approval?.quorum;
  if (quorum !== undefined && !(Number.isSafeInteger(quorum) && quorum >= 1))
    throw new PolicyError(name, 'approval.quorum', 'must be a number of people, at least 1');
}

function checkStrength(rule: string, key: string, strength: Strength | undefined): void {
  if (strength === undefined) return;
  const { acr, within } = strength;
  if (acr === undefined && within === undefined) throw new PolicyError(rule, key, 'must name acr or within');
  if (acr !== undefined && [acr].flat().length === 0) throw new PolicyError(rule, `${key}.acr`, 'names nothing');
  if (within !== undefined && !(within > 0)) throw new PolicyError(rule, `${key}.within`, 'must be a time in ms');
}

function checkLimits(rule: string, { rows, bytes, statementTimeout }: Limits): void {
  for (const [key, value, least] of [
    ['rows', rows, 0],
    ['bytes', bytes, 1],
    ['statementTimeout', statementTimeout, 1],
  ] as const)
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
      throw new PolicyError(rule, `limits.${key}`, `must be a whole number, at least ${least}`);
}

function checkRecord(rule: string, record: RecordLevel | undefined): void {
  if (typeof record === 'object' && !(Number.isSafeInteger(record.first) && record.first >= 1))
    throw new PolicyError(rule, 'record.first', 'must be a number of rows, at least 1');
}
