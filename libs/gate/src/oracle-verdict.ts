import type { CoveringGrant } from './approvals.port.js';
import type { DescribedOperation, OracleDemand } from './described.js';

const NONE: readonly OracleDemand[] = [];

/** What an operation lets its author learn, and may not, or not any number of times; without the classes they may see anyway. */
export function openDemands({ oracles }: DescribedOperation, unmask: readonly string[]): readonly OracleDemand[] {
  if (oracles === undefined || oracles.length === 0) return NONE;
  return oracles.filter((demand) => !unmask.includes(demand.class));
}

/** A grant given ahead of time that lets the classes of an operation's oracles be seen, so that there is nothing to learn of them. */
export function moots({ oracles }: DescribedOperation, covering: CoveringGrant | null): boolean {
  return covering !== null && oracles !== undefined && oracles.some((demand) => covering.unmask.includes(demand.class));
}
