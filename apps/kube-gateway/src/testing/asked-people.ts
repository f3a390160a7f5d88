import { createHash } from 'node:crypto';
import { type ApprovalState } from '@app/approvals';
import type { ApprovalAsk, Approvals, ConsumedGrant, CoveringGrant, Standing, WaitEnd } from '@app/gate';

interface Asked {
  readonly ask: ApprovalAsk;
  state: ApprovalState;
  by: string | null;
  unmask: readonly string[];
}

/** People who are asked and answer as a test says; one use for each yes. */
export class AskedPeople implements Approvals {
  readonly tenant = 'default';
  readonly asked: Asked[] = [];
  readonly left: WaitEnd[] = [];
  readonly uses: string[] = [];
  /** what covers operations ahead of time */
  covers: CoveringGrant | null = null;
  #wake: (() => void)[] = [];

  request(ask: ApprovalAsk): Promise<Standing> {
    const open = (state: ApprovalState): boolean => state === 'pending' || state === 'approved';
    const known = this.asked.find(({ ask: { digest }, state }) => digest === ask.digest && open(state));
    if (known !== undefined) return Promise.resolve(standing(known, true));
    const asked: Asked = { ask, state: 'pending', by: null, unmask: [] };
    this.asked.push(asked);
    return Promise.resolve(standing(asked, false));
  }

  async settled(id: string, signal: AbortSignal): Promise<Standing> {
    const found = this.#of(id);
    while (found.state === 'pending' && !signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    return standing(found, true);
  }

  consume(id: string, digest: string): Promise<ConsumedGrant | null> {
    const found = this.#of(id);
    if (found.state !== 'approved' || found.ask.digest !== digest) return Promise.resolve(null);
    found.state = 'used';
    this.uses.push(id);
    return Promise.resolve({ approval: id, unmask: found.unmask });
  }

  leave(_id: string, _operation: string, why: WaitEnd): Promise<void> {
    this.left.push(why);
    return Promise.resolve();
  }

  covering(_principal: unknown, _operation: unknown, now: number): CoveringGrant | null {
    return this.covers !== null && now < this.covers.until ? this.covers : null;
  }

  hash(bytes: Uint8Array): string {
    return createHash('sha256').update(bytes).digest('hex');
  }

  /** Somebody decides about the newest. */
  decides(state: ApprovalState, unmask: readonly string[] = []): void {
    const asked = this.asked.at(-1);
    if (asked === undefined) throw new Error('nobody was asked');
    Object.assign(asked, { state, unmask, by: 'carol@example.com' });
    for (const wake of this.#wake.splice(0)) wake();
  }

  #of(id: string): Asked {
    const found = this.asked.find(({ ask }) => ask.id === id);
    if (found === undefined) throw new Error(`nobody was asked ${id}`);
    return found;
  }
}

function standing({ ask, state, by }: Asked, shared: boolean): Standing {
  return { id: ask.id, state, by, reason: null, expires: Number.MAX_SAFE_INTEGER, shared };
}
