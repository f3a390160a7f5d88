import { Injectable } from '@nestjs/common';
import { DenyList, TokenVerifier } from '@app/identity';
import type { Caller } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ProblemError } from '../problem.js';

/** Answers that one person, and all together, may have open at once. */
const OF_ONE = 32;
const OF_ALL = 1_000;

/** Counts those whose answers stay open, and says whether they still may have one. */
@Injectable()
export class WaitingRoom {
  readonly #open = new Map<string, number>();
  #all = 0;

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly denyList: DenyList,
    private readonly clock: Clock,
  ) {}

  /** @returns leave. @throws ProblemError `too-many-requests` */
  enter({ principal }: Caller): () => void {
    const name = JSON.stringify([principal.iss, principal.sub]);
    const own = this.#open.get(name) ?? 0;
    if (own >= OF_ONE || this.#all >= OF_ALL)
      throw new ProblemError(
        'too-many-requests',
        own >= OF_ONE
          ? `you have ${own} answers open already; close some of them`
          : 'too many answers are open already; try again later',
      );
    this.#open.set(name, own + 1);
    this.#all += 1;
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#all -= 1;
      const left = (this.#open.get(name) ?? 1) - 1;
      if (left === 0) this.#open.delete(name);
      else this.#open.set(name, left);
    };
  }

  /** Whether a token that was good when the request came still is. */
  stillGood({ principal }: Caller): boolean {
    const now = this.clock.now();
    return this.verifier.stillGood(principal, now) && this.denyList.isDenied(principal, now) === null;
  }
}
