import type { Decision } from '@app/policy';
import type { DescribedOperation } from './described.js';

const minting = Symbol('only the gate holds');

/** An operation that a rule holds: nothing of it may reach its target before {@link SessionLane.hold} admitted it. Made by the gate. */
export class Held {
  /** id of the operation in the record (ULID) */
  readonly id: string;
  readonly described: DescribedOperation;
  readonly parameters: readonly string[];
  readonly decision: Decision;
  /** ms since the epoch */
  readonly since: number;
  /** somebody waits for it already: it is waited for once */
  taken = false;

  constructor(
    key: typeof minting,
    id: string,
    described: DescribedOperation,
    parameters: readonly string[],
    decision: Decision,
    since: number,
  ) {
    if (key !== minting) throw new TypeError('only the gate holds');
    this.id = id;
    this.described = described;
    this.parameters = parameters;
    this.decision = decision;
    this.since = since;
  }
}

/** Makes a held operation; not exported by the room. */
export function mintHeld(
  id: string,
  described: DescribedOperation,
  parameters: readonly string[],
  decision: Decision,
  since: number,
): Held {
  return new Held(minting, id, described, parameters, decision, since);
}
