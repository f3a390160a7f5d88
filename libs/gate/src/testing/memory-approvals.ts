import { createHash } from 'node:crypto';
import { type ApprovalEvent, type ApprovalState, TRANSITIONS } from '@app/approvals';
import type { ApprovalAsk, Approvals, ConsumedGrant, CoveringGrant, Standing, WaitEnd } from '../approvals.port.js';

interface Row {
  readonly id: string;
  readonly digest: string;
  readonly ask: ApprovalAsk;
  state: ApprovalState;
  usesLeft: number;
  expires: number;
  by: string | null;
  reason: string | null;
  readonly waiting: Set<string>;
}

/** Approvals by the rules of the real store, in memory; what happens between two steps is the test's to say. */
export class MemoryApprovals implements Approvals {
  readonly tenant = 'default';
  readonly rows: Row[] = [];
  readonly asks: ApprovalAsk[] = [];
  readonly uses: { readonly approval: string; readonly digest: string; readonly operation: string }[] = [];
  readonly left: { readonly approval: string; readonly operation: string; readonly why: WaitEnd }[] = [];
  readonly grants: (CoveringGrant & { readonly effects: readonly string[] })[] = [];
  /** the database does not answer */
  down = false;
  readonly #listeners = new Set<() => void>();
  readonly #now: () => number;
  /** awaited before each answer: lets a test put something in between */
  pause: () => Promise<void> = () => Promise.resolve();

  constructor(now: () => number) {
    this.#now = now;
  }

  async request(ask: ApprovalAsk): Promise<Standing> {
    await this.#answers();
    this.asks.push(ask);
    const live = (row: Row): boolean =>
      row.digest === ask.digest && (row.state === 'pending' || row.state === 'approved') && this.#now() < row.expires;
    const known = this.rows.find((row) => live(row) && row.state === 'approved') ?? this.rows.find(live);
    if (known !== undefined) {
      if (known.state === 'pending') known.waiting.add(ask.operation);
      return this.#standing(known, true);
    }
    const row: Row = {
      id: ask.id,
      digest: ask.digest,
      ask,
      state: 'pending',
      usesLeft: 1,
      expires: this.#now() + ask.demand.expires,
      by: null,
      reason: null,
      waiting: new Set([ask.operation]),
    };
    this.rows.push(row);
    return this.#standing(row, false);
  }

  async settled(id: string, signal: AbortSignal): Promise<Standing> {
    await this.pause();
    const row = this.row(id);
    while (row.state === 'pending' && !signal.aborted)
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#listeners.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#listeners.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    return this.#standing(row, true);
  }

  async consume(id: string, digest: string, operation: string): Promise<ConsumedGrant | null> {
    await this.#answers();
    const row = this.row(id);
    if (row.digest !== digest || row.state !== 'approved' || row.usesLeft < 1 || this.#now() >= row.expires)
      return null;
    row.usesLeft -= 1;
    this.happens(id, row.usesLeft === 0 ? 'use-up' : 'use');
    this.uses.push({ approval: id, digest, operation });
    return { approval: id, unmask: [] };
  }

  async leave(id: string, operation: string, why: WaitEnd): Promise<void> {
    await this.#answers();
    this.left.push({ approval: id, operation, why });
    const row = this.row(id);
    row.waiting.delete(operation);
    const withdraws = (why === 'cancelled' || why === 'disconnected') && row.waiting.size === 0;
    if (withdraws && row.state === 'pending') this.happens(id, 'withdraw');
  }

  covering(_principal: unknown, operation: { readonly effect: string }, now: number): CoveringGrant | null {
    return this.grants.find(({ effects, until }) => effects.includes(operation.effect) && now < until) ?? null;
  }

  hash(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('hex');
  }

  /** Something happens to an approval. @returns whether it did */
  happens(id: string, event: ApprovalEvent, by: string | null = null, reason: string | null = null): boolean {
    const row = this.row(id);
    const next = TRANSITIONS[row.state][event];
    if (next === null) return false;
    row.state = next;
    row.by = by ?? row.by;
    row.reason = reason ?? row.reason;
    if (event === 'complete') row.expires = this.#now() + row.ask.demand.expires;
    for (const wake of Array.from(this.#listeners)) wake();
    return true;
  }

  row(id: string): Row {
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) throw new Error(`there is no approval ${id}`);
    return row;
  }

  async #answers(): Promise<void> {
    await this.pause();
    if (this.down) throw new Error('the audit database cannot be reached');
  }

  #standing({ id, state, by, reason, expires }: Row, shared: boolean): Standing {
    return { id, state, by, reason, expires, shared };
  }
}
