import { Refused, refusals } from './refusals.js';
import type { LineageContext } from './result.js';

/**
 * Proves that an operator name means built-in operators only.
 * @throws Refused when a user-defined operator has that name, whatever its arguments and schema
 */
export function requireOperator(context: LineageContext, name: string): void {
  if (context.index.userOperators.has(name)) throw new Refused(refusals.operator(name));
}
