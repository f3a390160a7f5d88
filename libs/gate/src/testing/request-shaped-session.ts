import type { Gate } from '../gate.js';
import type { GateSession } from '../gate-session.js';
import type { OrderOracle } from './order-oracle.js';
import type { OrderWorld } from './order-world.js';
import { RequestShapedExchange } from './request-shaped-exchange.js';
import { sampleOpening, samplePrincipal } from './samples.js';
import type { SimulatedSession } from './simulated-session.js';

const MOST_EXCHANGES = 4;

/**
 * One client whose requests run side by side in one session, each an exchange with a lane of its own: one waits for its intent while
 * another streams and a third has ended.
 */
export class RequestShapedSession implements SimulatedSession {
  readonly id: string;
  readonly #world: OrderWorld;
  readonly #oracle: OrderOracle;
  readonly #principal;
  readonly #session: GateSession;
  readonly #live: RequestShapedExchange[] = [];
  readonly #gone: RequestShapedExchange[] = [];
  #over = false;

  /** @throws JournalError when the record takes no new session */
  constructor(id: string, world: OrderWorld, oracle: OrderOracle, gate: Gate) {
    this.id = id;
    this.#world = world;
    this.#oracle = oracle;
    const { random } = world;
    const release = random.chance(0.7) ? 'durable' : 'written';
    const expiresAt = random.chance(0.9) ? Number.MAX_SAFE_INTEGER : world.now() + random.below(300);
    this.#principal = samplePrincipal({ sub: id, expiresAt });
    const opening = { session: id, principal: this.#principal, release, aheadBytes: 50 + random.below(600) } as const;
    this.#session = gate.openSession(sampleOpening(opening));
  }

  get stuck(): boolean {
    return this.#live.some(({ paused }) => paused);
  }

  get failures(): number {
    return this.#count(({ failed }) => (failed ? 1 : 0));
  }

  get pauses(): number {
    return this.#count(({ pauses }) => pauses);
  }

  say(): void {
    if (this.#over) return;
    const { random } = this.#world;
    if (this.#live.length < MOST_EXCHANGES && random.chance(0.5)) return this.#begin();
    if (this.#live.length === 0) return;
    const exchange = random.pick(this.#live);
    if (random.chance(0.1)) exchange.clientLeaves();
    else exchange.clientGoesOn();
    this.#sort();
  }

  answer(): void {
    // several targets' worth of work: more than one exchange is usually under way
    for (let i = 0; i < 3 && this.#live.length > 0; i++) this.#world.random.pick(this.#live).targetGoesOn();
    this.#sort();
  }

  revoke(): void {
    this.#world.revoked.add(this.#principal);
  }

  goOnTooLate(): void {
    if (this.#gone.length > 0) this.#world.random.pick(this.#gone).goOnTooLate();
  }

  finish(orderly: boolean): void {
    if (this.#over) return;
    this.#over = true;
    for (const exchange of this.#live) if (orderly) exchange.targetGoesOn();
    for (const exchange of this.#live) exchange.abandon();
    this.#session.close('client');
    this.#sort();
  }

  #begin(): void {
    const name = `${this.id}/${this.#live.length + this.#gone.length + 1}`;
    const exchange = new RequestShapedExchange(name, this.#session, this.#world, this.#oracle);
    this.#live.push(exchange);
    this.#sort();
    // whose access is over gets an answer, and then nothing more
    if (exchange.turnedAway) this.finish(false);
  }

  #sort(): void {
    for (const exchange of this.#live.splice(0)) (exchange.over ? this.#gone : this.#live).push(exchange);
  }

  #count(of: (exchange: RequestShapedExchange) => number): number {
    return [...this.#live, ...this.#gone].reduce((sum, exchange) => sum + of(exchange), 0);
  }
}
