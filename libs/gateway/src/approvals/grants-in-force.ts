import { type AccessScope, coversScope, type Requester } from '@app/approvals';
import type { CoveringGrant } from '@app/gate';
import type { Principal } from '@app/identity';
import type { Operation } from '@app/policy';

/** A grant given ahead of time, as long as it is in force. */
export interface GrantInForce {
  readonly id: string;
  readonly requester: Pick<Requester, 'iss' | 'sub' | 'act' | 'purpose'>;
  readonly scope: AccessScope;
  readonly unmask: readonly string[];
  /** ms since the epoch */
  readonly notBefore: number;
  /** ms since the epoch */
  readonly until: number;
  /** it was taken in an emergency: everything is recorded */
  readonly loud: boolean;
}

/** Grants given ahead of time, in memory: an operation is held against them without asking anybody. */
export class GrantsInForce {
  #byPerson = new Map<string, readonly GrantInForce[]>();
  #byId = new Map<string, GrantInForce>();

  /** @returns ids that were there before and are not any more: revoked, used up, or over by the database's clock */
  replace(grants: readonly GrantInForce[]): readonly string[] {
    const before = this.#byId;
    this.#byId = new Map();
    const byPerson = new Map<string, GrantInForce[]>();
    for (const grant of grants) {
      // the very same grant read again stays the same object: its scope was made ready for matching
      const kept = before.get(grant.id);
      const same = kept !== undefined && sameGrant(kept, grant) ? kept : grant;
      this.#byId.set(same.id, same);
      const person = personOf(same.requester);
      byPerson.set(person, [...(byPerson.get(person) ?? []), same]);
    }
    this.#byPerson = byPerson;
    return [...before.keys()].filter((id) => !this.#byId.has(id));
  }

  /**
   * The grant that covers the operation at this moment. The person must be the same, and so must the chain of agents: what a person was
   * granted is not for the agents that act for them, nor the other way round. A grant asked for with a purpose is for that purpose.
   * Of several, a quiet one before a loud one, one that unmasks more before one that unmasks less, then the one that lasts longest.
   */
  covering(principal: Principal, operation: Operation, now: number): CoveringGrant | null {
    const candidates = this.#byPerson.get(personOf(principal));
    if (candidates === undefined) return null;
    let best: GrantInForce | null = null;
    for (const grant of candidates) {
      if (now < grant.notBefore || now >= grant.until) continue;
      if (!sameTexts(grant.requester.act, principal.act)) continue;
      if (grant.requester.purpose !== null && grant.requester.purpose !== principal.purpose) continue;
      if (!coversScope(grant.scope, operation)) continue;
      if (best === null || better(grant, best)) best = grant;
    }
    return best && { approval: best.id, until: best.until, unmask: best.unmask, loud: best.loud };
  }
}

function better(a: GrantInForce, b: GrantInForce): boolean {
  if (a.loud !== b.loud) return !a.loud;
  if (a.unmask.length !== b.unmask.length) return a.unmask.length > b.unmask.length;
  return a.until > b.until;
}

function sameGrant(a: GrantInForce, b: GrantInForce): boolean {
  return a.until === b.until && a.notBefore === b.notBefore && JSON.stringify(a) === JSON.stringify(b);
}

const personOf = ({ iss, sub }: { readonly iss: string; readonly sub: string }): string => JSON.stringify([iss, sub]);

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, i) => text === b[i]);
