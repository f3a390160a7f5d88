import { createHmac } from 'node:crypto';
import type { KeyStore } from '@app/audit';
import type { ApprovalAsk, Approvals, ConsumedGrant, CoveringGrant, Standing, WaitEnd } from '@app/gate';
import type { Principal } from '@app/identity';
import type { Logger } from '@app/platform';
import type { Operation } from '@app/policy';
import type { ApprovalStore, StoredGrant, StoredStanding } from '@app/store';
import { Awaited } from './awaited.js';
import { Departures } from './departures.js';
import { type GrantInForce, GrantsInForce } from './grants-in-force.js';
import { RunningGrants } from './running-grants.js';
import { within } from './within.js';

/** ms an answer of the database is waited for while a client waits too */
const ANSWER_MS = 10_000;
/** ms between two looks, however often something changes */
const LOOK_GAP_MS = 50;
/** ms that what was not told yet may take when the gateway stops */
const TELL_OUT_MS = 2_000;

/** What the approvals of a gateway are made of. */
export interface StoredApprovalsParts {
  readonly store: ApprovalStore;
  readonly keys: KeyStore;
  readonly tenant: string;
  /** of the own journal: where the intents of used grants stand */
  readonly epoch: string;
  readonly logger: Logger;
}

/**
 * The approvals of the audit database, as the gate needs them. The rows are the truth; this process keeps in memory who waits here for
 * what, and the grants given ahead of time. One look reads all of it: a query for what is waited for and runs, one for the grants.
 * While the database is down waits go on, grants end by their own clock, and whatever asks anew throws.
 */
export class StoredApprovals implements Approvals {
  readonly tenant: string;
  readonly #parts: StoredApprovalsParts;
  readonly #awaited = new Awaited();
  readonly #grants = new GrantsInForce();
  readonly #running = new RunningGrants();
  readonly #departures: Departures;
  /** asked about at the next look, beside what is waited for */
  readonly #told = new Set<string>();
  /** how an approval stood when it was asked for, until somebody waits for it */
  readonly #asked = new Map<string, Standing>();
  #onRevoked: (approval: string) => void = () => undefined;
  #looking: Promise<void> | null = null;
  #again = false;
  #down = false;

  constructor(parts: StoredApprovalsParts) {
    this.#parts = parts;
    this.tenant = parts.tenant;
    this.#departures = new Departures(({ approval, operation, why }) => parts.store.leave(approval, operation, why));
  }

  /** The last look, or the last attempt of one, failed. */
  get down(): boolean {
    return this.#down;
  }

  async request(ask: ApprovalAsk): Promise<Standing> {
    const { principal, demand } = ask;
    const { fresh, ...stored } = await within(
      ANSWER_MS,
      'take the request for an approval',
      this.#parts.store.request({
        id: ask.id,
        kind: ask.rows ? 'rows' : 'operation',
        digest: ask.digest,
        target: ask.target,
        protocol: ask.protocol,
        session: ask.session,
        operation: ask.operation,
        requester: {
          iss: principal.iss,
          sub: principal.sub,
          user: principal.user,
          groups: principal.groups,
          act: principal.act,
          azp: principal.azp,
          purpose: principal.purpose,
        },
        requirements: demand.requirements,
        expires: demand.expires,
        review: ask.review,
        policy: ask.policy,
      }),
    );
    const standing = standingOf(stored, !fresh);
    if (standing.state === 'pending') this.#asked.set(standing.id, standing);
    return standing;
  }

  settled(id: string, signal: AbortSignal): Promise<Standing> {
    const settled = this.#awaited.settled(id, this.#asked.get(id) ?? null, signal);
    this.#asked.delete(id);
    this.look();
    return settled;
  }

  async consume(id: string, digest: string, operation: string, session: string): Promise<ConsumedGrant | null> {
    const { store, epoch } = this.#parts;
    // before it is used: a revocation that comes right behind it must find it here
    this.#running.add(id);
    const used = await within(ANSWER_MS, 'use the approval', store.consume({ id, digest, epoch, operation, session }));
    return used && { approval: id, unmask: used.unmask };
  }

  leave(id: string, operation: string, why: WaitEnd): Promise<void> {
    this.#asked.delete(id);
    this.#departures.add({ approval: id, operation, why });
    return Promise.resolve();
  }

  covering(principal: Principal, operation: Operation, now: number): CoveringGrant | null {
    const grant = this.#grants.covering(principal, operation, now);
    if (grant) this.#running.add(grant.approval);
    return grant;
  }

  hash(bytes: Uint8Array): string {
    return createHmac('sha256', this.#parts.keys.bindingKey()).update(bytes).digest('hex');
  }

  /** @param onRevoked told of each grant that was revoked, once it is known; whether something runs by it or not */
  whenRevoked(onRevoked: (approval: string) => void): void {
    this.#onRevoked = onRevoked;
  }

  /** Something changed about this approval. @param id null: anything may have changed */
  told(id: string | null): void {
    if (id !== null) this.#told.add(id);
    this.look();
  }

  /** Looks soon; many wishes become one look. */
  look(): void {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = this.#looks().finally(() => (this.#looking = null));
  }

  /** Looks once and resolves when that is done or failed. Never throws. */
  async looked(): Promise<void> {
    this.look();
    await this.#looking;
  }

  /** Tells what is left to be told, not for long. */
  async close(): Promise<void> {
    await within(TELL_OUT_MS, 'take who waits no more', this.#departures.flush()).catch(() => undefined);
  }

  async #looks(): Promise<void> {
    do {
      this.#again = false;
      await this.#lookOnce();
      if (this.#again) await new Promise((resolve) => setTimeout(resolve, LOOK_GAP_MS).unref());
    } while (this.#again);
  }

  async #lookOnce(): Promise<void> {
    const { store, logger } = this.#parts;
    const told = [...this.#told];
    try {
      const ids = new Set([...this.#awaited.ids, ...this.#running.ids, ...told]);
      if (ids.size > 0)
        for (const standing of await within(ANSWER_MS, 'tell how approvals stand', store.standings([...ids])))
          this.#learn(standing);
      for (const id of told) this.#told.delete(id);
      const grants = await within(ANSWER_MS, 'tell which grants are in force', store.activeGrants());
      // why one is gone is asked at the next look
      for (const id of this.#grants.replace(grants.map(grantOf))) {
        this.#told.add(id);
        this.#again = true;
      }
      if (this.#down) logger.log('approvals can be read again');
      this.#down = false;
      await this.#departures.flush();
    } catch (error) {
      if (!this.#down)
        logger.warn('approvals cannot be read; whoever waits goes on waiting', error instanceof Error ? error : {});
      this.#down = true;
    }
  }

  #learn(stored: StoredStanding): void {
    this.#awaited.learn(standingOf(stored, true));
    if (stored.state !== 'revoked') return;
    this.#onRevoked(stored.id);
    this.#running.revoked(stored.id);
  }
}

function standingOf({ id, state, by, reason, expires }: StoredStanding, shared: boolean): Standing {
  return { id, state, by, reason, expires, shared };
}

function grantOf({ id, kind, requester, scope, unmask, notBefore, expires }: StoredGrant): GrantInForce {
  return { id, requester, scope, unmask, notBefore, until: expires, loud: kind === 'break-glass' };
}
