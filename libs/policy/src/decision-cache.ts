import type { Principal } from '@app/identity';
import { decide, denyHolds } from './decide.js';
import type { Decision } from './decision.js';
import type { Operation } from './operation.js';
import type { Policy } from './policy.js';

type Decisions = Map<Operation, Decision>;

/** How much a {@link DecisionCache} keeps. */
export interface DecisionCacheSize {
  /** principals (verified tokens), at most */
  readonly principals: number;
  /** decisions of one principal, at most */
  readonly operations: number;
}

/**
 * Decisions by identity of principal and operation: both are immutable and shared by all who use them, so that a hit is two map reads.
 * A decision is kept until its next time-window edge, never past the principal's expiry, never beyond a change of policy. The least
 * recently used are forgotten. Holds are denied here as long as nobody can approve them.
 */
export class DecisionCache {
  readonly #size: DecisionCacheSize;
  readonly #byPrincipal = new Map<Principal, Decisions>();
  #policy: Policy | null = null;
  #lastPrincipal: Principal | null = null;
  #lastDecisions: Decisions = new Map();

  constructor(size: Partial<DecisionCacheSize> = {}) {
    this.#size = { principals: size.principals ?? 1_000, operations: size.operations ?? 2_000 };
  }

  /**
   * @param now ms since the epoch
   * @returns the same object while nothing changed, so that what was rendered from it can be kept with it
   */
  get(principal: Principal, operation: Operation, policy: Policy, now: number): Decision {
    if (policy !== this.#policy) this.#adopt(policy);
    const decisions = this.#decisionsOf(principal);
    const known = decisions.get(operation);
    if (known !== undefined && now < known.validUntil && now < principal.expiresAt) return known;
    if (known !== undefined) decisions.delete(operation);
    const decision = denyHolds(decide(principal, operation, policy, now));
    if (decision.cacheable && now < principal.expiresAt) keep(decisions, operation, decision, this.#size.operations);
    return decision;
  }

  #adopt(policy: Policy): void {
    // the very same rules read again decide the same: nothing is lost on a reload that changed nothing
    if (this.#policy?.hash !== policy.hash) {
      this.#byPrincipal.clear();
      this.#lastPrincipal = null;
    }
    this.#policy = policy;
  }

  #decisionsOf(principal: Principal): Decisions {
    if (principal === this.#lastPrincipal) return this.#lastDecisions;
    const decisions: Decisions = this.#byPrincipal.get(principal) ?? new Map();
    this.#byPrincipal.delete(principal);
    keep(this.#byPrincipal, principal, decisions, this.#size.principals);
    this.#lastPrincipal = principal;
    this.#lastDecisions = decisions;
    return decisions;
  }
}

function keep<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.set(key, value);
  if (map.size <= most) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
