import type { PostgresSession } from './postgres-session.js';

/** Sessions of this process, with the bounds on how many there may be. */
export class SessionTable {
  readonly #sessions = new Map<string, PostgresSession>();
  readonly #perPerson = new Map<string, number>();
  readonly #most: { readonly total: number; readonly perPerson: number };

  constructor(most: { readonly total: number; readonly perPerson: number }) {
    this.#most = most;
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): PostgresSession[] {
    return [...this.#sessions.values()];
  }

  get(id: string): PostgresSession | undefined {
    return this.#sessions.get(id);
  }

  /** Why one more session of this person is too many; null: it is not. @param person key of (iss, sub) */
  fullFor(person: string): string | null {
    if (this.#sessions.size >= this.#most.total)
      return `the gateway has reached its limit of ${this.#most.total} sessions`;
    if ((this.#perPerson.get(person) ?? 0) >= this.#most.perPerson)
      return `you have reached the limit of ${this.#most.perPerson} sessions per person`;
    return null;
  }

  /** Takes a place before the target is dialled, so that a rush cannot pass the bound. @returns gives it back */
  reserve(person: string): () => void {
    this.#perPerson.set(person, (this.#perPerson.get(person) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.#perPerson.get(person) ?? 1) - 1;
      if (left > 0) this.#perPerson.set(person, left);
      else this.#perPerson.delete(person);
    };
  }

  add(session: PostgresSession): void {
    this.#sessions.set(session.id, session);
  }

  remove(session: { readonly id: string }): void {
    this.#sessions.delete(session.id);
  }
}

/** Key of a principal among all issuers. */
export function personKey(principal: { readonly iss: string; readonly sub: string }): string {
  return JSON.stringify([principal.iss, principal.sub]);
}
