import type { Socket } from 'node:net';
import { networkOf } from './network-of.js';

/**
 * Connections that have not logged in yet, bounded altogether and by address. Room is made by the one that has waited longest, of the same
 * address first: connections held half open shut nobody out.
 */
export class HalfOpen {
  /** in order of their coming */
  readonly #all = new Set<Socket>();
  readonly #byNetwork = new Map<string, Set<Socket>>();
  readonly #networks = new Map<Socket, string>();
  readonly #most: { readonly starting: number; readonly startingPerAddress: number };

  constructor(most: { readonly starting: number; readonly startingPerAddress: number }) {
    this.#most = most;
  }

  add(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? '');
    let near = this.#byNetwork.get(network);
    if (near === undefined) this.#byNetwork.set(network, (near = new Set()));
    const [nearest] = near;
    const [oldest] = this.#all;
    if (near.size >= this.#most.startingPerAddress) this.#end(nearest);
    else if (this.#all.size >= this.#most.starting) this.#end(oldest);
    this.#byNetwork.set(network, near);
    near.add(socket);
    this.#all.add(socket);
    this.#networks.set(socket, network);
  }

  /** It has logged in, or is gone. */
  delete(socket: Socket): void {
    if (!this.#all.delete(socket)) return;
    const network = this.#networks.get(socket)!;
    this.#networks.delete(socket);
    const near = this.#byNetwork.get(network);
    near?.delete(socket);
    if (near?.size === 0) this.#byNetwork.delete(network);
  }

  endAll(): void {
    for (const socket of this.#all) this.#end(socket);
  }

  #end(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.delete(socket);
    socket.destroy();
  }
}
