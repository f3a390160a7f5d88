import type { Principal } from '@app/identity';
import { decide, denyHolds } from './decide.js';
import type { Decision } from './decision.js';
import type { Operation } from './operation.js';
import type { Policy } from './policy.js';
import { RecentMap } from './recent-map.js';

type Decisions = RecentMap<Operation, Decision>;

/** How much a {@link DecisionCache} keeps. */
export interface DecisionCacheSize {
  /** principals (verified tokens), at most */
  readonly principals: number;
  /** decisions of one principal, at most */
  readonly operations: number;
  /** somebody can approve: holds stay holds instead of being denied */
  readonly approvals: boolean;
}

/**
 * Decisions by identity of principal and operation: both are immutable and shared by all who use them, so that a hit is two map reads.
 * A decision is kept until its next time-window edge, never past the principal's expiry, never beyond a change of policy. The least
 * recently used are forgotten. Holds are denied here where nobody can approve them.
 */
export class DecisionCache {
  readonly #size: DecisionCacheSize;
  readonly #byPrincipal: RecentMap<Principal, Decisions>;
  readonly #alike = new RecentMap<string, Decision>(2_000);
  #policy: Policy | null = null;

  constructor(size: Partial<DecisionCacheSize> = {}) {
    this.#size = {
      principals: size.principals ?? 500,
      operations: size.operations ?? 1_000,
      approvals: size.approvals ?? false,
    };
    this.#byPrincipal = new RecentMap(this.#size.principals);
  }

  /** decisions kept at present */
  get size(): number {
    return this.#byPrincipal.total((decisions) => decisions.size);
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
    const decided = decide(principal, operation, policy, now);
    const decision = this.#shared(this.#size.approvals ? decided : denyHolds(decided));
    if (decision.cacheable && now < principal.expiresAt) decisions.set(operation, decision);
    return decision;
  }

  /** Most decisions are alike (the same rules allow): one object for all of them, and for what others render from it. */
  #shared(decision: Decision): Decision {
    const key = JSON.stringify(decision);
    const alike = this.#alike.get(key);
    if (!alike) this.#alike.set(key, decision);
    return alike ?? decision;
  }

  #adopt(policy: Policy): void {
    // the very same rules read again decide the same: nothing is lost on a reload that changed nothing
    if (this.#policy?.hash !== policy.hash) {
      this.#byPrincipal.clear();
      this.#alike.clear();
    }
    this.#policy = policy;
  }

  #decisionsOf(principal: Principal): Decisions {
    const known = this.#byPrincipal.get(principal);
    if (known) return known;
    const decisions: Decisions = new RecentMap(this.#size.operations);
    this.#byPrincipal.set(principal, decisions);
    return decisions;
  }
}
