import type { Principal } from '@app/identity';
import { decide, denyHolds } from './decide.js';
import type { Decision } from './decision.js';
import type { Operation } from './operation.js';
import type { Policy } from './policy.js';
import { placeOf } from './place.js';
import { RecentMap } from './recent-map.js';
import type { Situation } from './situation.js';

type Decisions = RecentMap<Operation, Decision>;

const maxPlaces = 16;

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
  /** by where the client is, as far as some rule asks */
  readonly #byPlace = new Map<string, RecentMap<Principal, Decisions>>();
  readonly #places = new RecentMap<string, { readonly place: string }>(2_000);
  readonly #alike = new RecentMap<string, Decision>(2_000);
  #policy: Policy | null = null;

  constructor(size: Partial<DecisionCacheSize> = {}) {
    this.#size = {
      principals: size.principals ?? 500,
      operations: size.operations ?? 1_000,
      approvals: size.approvals ?? false,
    };
  }

  /** decisions kept at present */
  get size(): number {
    let sum = 0;
    for (const byPrincipal of this.#byPlace.values()) sum += byPrincipal.total((decisions) => decisions.size);
    return sum;
  }

  /**
   * @param now ms since the epoch
   * @returns the same object while nothing changed, so that what was rendered from it can be kept with it
   */
  get(
    principal: Principal,
    operation: Operation,
    policy: Policy,
    now: number,
    situation: Situation | null = null,
  ): Decision {
    if (policy !== this.#policy) this.#adopt(policy);
    const decisions = this.#decisionsOf(principal, this.#placeOf(policy, situation));
    const known = decisions.get(operation);
    if (known !== undefined && now < known.validUntil && now < principal.expiresAt) return known;
    if (known !== undefined) decisions.delete(operation);
    const decided = decide(principal, operation, policy, now, situation);
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
      this.#byPlace.clear();
      this.#places.clear();
      this.#alike.clear();
    }
    this.#policy = policy;
  }

  /** Two addresses are one place where the same networks of the policy hold both. */
  #placeOf(policy: Policy, situation: Situation | null): string {
    if (policy.networks.length === 0) return '';
    const address = situation?.address ?? '';
    let known = this.#places.get(address);
    if (!known) this.#places.set(address, (known = { place: placeOf(policy.networks, address) }));
    return known.place;
  }

  #decisionsOf(principal: Principal, place: string): Decisions {
    let byPrincipal = this.#byPlace.get(place);
    if (!byPrincipal) {
      // people are in few places: more of them than this is somebody trying
      if (this.#byPlace.size >= maxPlaces) this.#byPlace.clear();
      this.#byPlace.set(place, (byPrincipal = new RecentMap(this.#size.principals)));
    }
    const known = byPrincipal.get(principal);
    if (known) return known;
    const decisions: Decisions = new RecentMap(this.#size.operations);
    byPrincipal.set(principal, decisions);
    return decisions;
  }
}
