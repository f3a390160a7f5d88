import type { Socket } from 'node:net';
import type { Gate, GateSession } from '@app/gate';
import type { Principal } from '@app/identity';
import type { KubernetesTarget } from '@app/targets';

/** A session nobody uses any more ends after this. */
const IDLE_MS = 10_000;
/** How long exchanges that were told to end may take to say their last word. */
const END_MS = 6_000;

/** Who opens a session, and from where. */
export interface SessionAsk {
  readonly principal: Principal;
  readonly target: KubernetesTarget;
  readonly socket: Socket;
  /** `Kubectl-Session`, a hint of the client: groups the requests of one invocation */
  readonly invocation: string | null;
  readonly application: string | null;
  /** where it leads and as whom, for the record */
  readonly about: Readonly<Record<string, string | number | null>>;
}

/** One session under way. */
export interface KubeSession {
  readonly gate: GateSession;
  readonly principal: Principal;
  readonly target: KubernetesTarget;
  /** exchanges under way: ended with it. @param message what their clients are told @param why as {@link KubeSessions.finish} */
  readonly exchanges: Set<SessionExchange>;
}

/** An exchange of a session, as far as that ends it. */
export interface SessionExchange {
  terminate(message: string, why: string): void;
}

interface Held extends KubeSession {
  readonly key: string;
  idleSince: number;
  socketGone: boolean;
  readonly bySocket: boolean;
  /** why and until when it is being ended; null: it is not */
  ending: { readonly why: string; readonly until: number } | null;
}

/**
 * The sessions of one gateway worker: one per kubectl invocation, one per connection for clients that do not say. A session belongs
 * to one principal, one target and one token; it ends when it is idle, or at once with its token.
 */
export class KubeSessions {
  readonly #gate: Gate;
  readonly #newId: () => string;
  readonly #aheadBytes: number;
  readonly #byKey = new Map<string, Held>();
  readonly #ending = new Set<Held>();
  readonly #principals = new WeakMap<Principal, number>();
  readonly #sockets = new WeakMap<Socket, number>();
  /** people whose exchanges are on their way into a session */
  readonly #entering = new Set<{ readonly principal: Principal }>();
  #count = 0;

  constructor(gate: Gate, newId: () => string, aheadBytes: number) {
    this.#gate = gate;
    this.#newId = newId;
    this.#aheadBytes = aheadBytes;
  }

  /** @returns the session of a request, opened in the record when it is the first. @throws JournalError when the record is not open */
  of(ask: SessionAsk): KubeSession {
    const { principal, target, socket, invocation } = ask;
    const from = invocation === null ? `s${this.#numberOf(this.#sockets, socket)}` : `i${invocation}`;
    const key = `${this.#numberOf(this.#principals, principal)} ${target.name} ${from}`;
    const held = this.#byKey.get(key);
    if (held !== undefined && !held.gate.closed) return held;
    const gate = this.#gate.openSession({
      session: this.#newId(),
      principal,
      target: target.name,
      protocol: 'kubernetes',
      release: target.release,
      aheadBytes: this.#aheadBytes,
      client: {
        address: socket.remoteAddress ?? '',
        port: socket.remotePort ?? 0,
        application: ask.application,
      },
      upstream: { join: null, about: ask.about },
    });
    const opened: Held = {
      gate,
      principal,
      target,
      exchanges: new Set(),
      key,
      idleSince: Date.now(),
      // its client may have gone while others were asked about it
      socketGone: socket.destroyed,
      bySocket: invocation === null,
      ending: null,
    };
    this.#byKey.set(key, opened);
    if (opened.bySocket)
      socket.once('close', () => {
        opened.socketGone = true;
        if (opened.exchanges.size === 0) this.#close(opened, 'client');
      });
    return opened;
  }

  /** sessions under way */
  get size(): number {
    return this.#byKey.size;
  }

  /** sessions of one person under way */
  sessionsOf(principal: Principal): number {
    let count = 0;
    for (const { principal: other } of this.#byKey.values()) if (isSame(other, principal)) count += 1;
    return count;
  }

  /** Counts an exchange that has no session yet. @returns ends that: it has one now, or gets none */
  entering(principal: Principal): () => void {
    const one = { principal };
    this.#entering.add(one);
    return () => void this.#entering.delete(one);
  }

  /** exchanges under way, and those on their way in */
  get exchanges(): number {
    let count = this.#entering.size;
    for (const held of this.#byKey.values()) count += held.exchanges.size;
    return count;
  }

  /** exchanges of one person under way */
  exchangesOf(principal: Principal): number {
    let count = 0;
    for (const { principal: other } of this.#entering) if (isSame(other, principal)) count += 1;
    for (const held of this.#byKey.values()) if (isSame(held.principal, principal)) count += held.exchanges.size;
    return count;
  }

  all(): Iterable<KubeSession> {
    return this.#byKey.values();
  }

  get(id: string): KubeSession | undefined {
    for (const held of this.#byKey.values()) if (held.gate.facts.session === id) return held;
    return undefined;
  }

  /** Ends a session: its exchanges are told why; once they have said their last word, its close is recorded. */
  finish(session: KubeSession, why: string, message: string): void {
    const held = session as Held;
    if (held.ending !== null) return;
    held.ending = { why, until: Date.now() + END_MS };
    if (this.#byKey.get(held.key) === held) this.#byKey.delete(held.key);
    this.#ending.add(held);
    for (const exchange of Array.from(held.exchanges)) exchange.terminate(message, why);
    this.left(held);
  }

  /** An exchange of a session is over. */
  left(session: KubeSession): void {
    const held = session as Held;
    if (held.exchanges.size > 0) return;
    if (held.ending !== null) this.#close(held, held.ending.why);
    else if (held.socketGone) this.#close(held, 'client');
  }

  /** Ends every session; resolves when all are closed. */
  async finishAll(why: string, message: string): Promise<void> {
    for (const held of Array.from(this.#byKey.values())) this.finish(held, why, message);
    const until = Date.now() + END_MS;
    while (this.#ending.size > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    for (const held of Array.from(this.#ending)) this.#close(held, why);
  }

  /** Called once a second: closes what is idle. */
  sweep(now: number): void {
    for (const held of Array.from(this.#ending)) if (now > held.ending!.until) this.#close(held, held.ending!.why);
    for (const held of Array.from(this.#byKey.values())) {
      if (held.exchanges.size > 0) held.idleSince = now;
      else if (held.socketGone) this.#close(held, 'client');
      else if (!held.bySocket && now - held.idleSince > IDLE_MS) this.#close(held, 'client');
    }
  }

  #close(held: Held, why: string): void {
    if (this.#byKey.get(held.key) === held) this.#byKey.delete(held.key);
    this.#ending.delete(held);
    held.gate.close(why);
  }

  #numberOf<T extends object>(numbers: WeakMap<T, number>, of: T): number {
    let number = numbers.get(of);
    if (number === undefined) numbers.set(of, (number = ++this.#count));
    return number;
  }
}

function isSame(one: Principal, other: Principal): boolean {
  return one.iss === other.iss && one.sub === other.sub;
}
