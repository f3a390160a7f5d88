import { connect, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import {
  BackendParser,
  readBackendKeyData,
  readErrorFields,
  readNegotiateProtocolVersion,
  readParameterStatus,
  readReadyStatus,
  type OnFrame,
  upstream as messages,
  type WireLimits,
} from '@app/pg-wire';
import type { CredentialVault, PostgresTarget } from '@app/targets';
import { Question, questionBytes } from './question.js';
import { addressesOf, avoid, trust, type UpstreamAddress } from './upstream-addresses.js';
import { loginError, unexpected, UpstreamLogin } from './upstream-login.js';
import { connected, secure } from './upstream-socket.js';
import { anotherMayDo, noneWillDo, UpstreamError } from './upstream.error.js';

export { UpstreamError } from './upstream.error.js';

const KIND =
  "SELECT pg_catalog.pg_is_in_recovery()::pg_catalog.text, pg_catalog.current_setting('default_transaction_read_only')";

/** How a connection to a target is made. */
export interface UpstreamOptions {
  readonly target: PostgresTarget;
  readonly vault: CredentialVault;
  /** startup parameters besides user and database */
  readonly settings: ReadonlyMap<string, string>;
  readonly limits: WireLimits;
  /** ms for reaching and logging in */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** this server and no other; left out: the first that will do */
  readonly at?: UpstreamAddress;
}

const CANCEL_MS = 5_000;
/** The longest cancel key of protocol 3.2. */
const KEY_BYTES = 256;
const CODE = { R: 82, S: 83, K: 75, Z: 90, E: 69, N: 78, v: 118 };

/** So long one turn of the event loop reads from targets, ms: a socket that always has more would be read up to 2 MiB at once. */
const TURN_MS = 15;

/** When the turn began, for all connections of the process; 0: nothing was read in it yet. */
let turnBegan = 0;

function beginTurn(): void {
  if (turnBegan !== 0) return;
  turnBegan = performance.now();
  setImmediate(() => (turnBegan = 0));
}

/** A session at the target: reached, checked, logged in, ready for the first statement. */
export class UpstreamConnection {
  readonly socket: Socket;
  readonly parser: BackendParser;
  readonly parameters = new Map<string, string>();
  pid = 0;
  key: Buffer = Buffer.alloc(0);
  /** the server it leads to; a cancel request has to reach this very one */
  readonly address: UpstreamAddress;
  readonly #target: PostgresTarget;
  readonly #vault: CredentialVault;
  #onFrame: OnFrame;
  #onClose: (error: Error | null) => void = () => undefined;
  #onChunk: () => void = () => undefined;
  #closed = false;
  #onRested: (() => void) | null = null;
  #resting = false;
  /** learnt only where the target asks for a kind of server */
  #kind = { standby: false, readOnly: false };

  private constructor(socket: Socket, { target, vault, limits }: UpstreamOptions, address: UpstreamAddress) {
    this.socket = socket;
    this.parser = new BackendParser(limits);
    this.address = address;
    this.#target = target;
    this.#vault = vault;
    this.#onFrame = () => undefined;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
  }

  /**
   * Dials, secures, logs in: at the first server of the target that will do, each within its share of the time that is left.
   * @throws UpstreamError
   */
  static async open(options: UpstreamOptions): Promise<UpstreamConnection> {
    const { target, timeoutMs } = options;
    const until = performance.now() + timeoutMs;
    const wanted = options.at ? 'any' : (target.postgres.targetSession ?? 'any');
    const addresses = options.at ? [options.at] : await within(options, timeoutMs, addressesOf(target));
    const failures: UpstreamError[] = [];
    // a primary that is taken if no standby answers
    let second: UpstreamConnection | null = null;
    for (const [i, address] of addresses.entries()) {
      const share = (until - performance.now()) / (addresses.length - i);
      if (share <= 0 || options.signal?.aborted) break;
      try {
        const connection = await UpstreamConnection.#at(address, options, share);
        const unfit = connection.#misfit(wanted === 'prefer-standby' ? 'standby' : wanted);
        if (unfit === null) {
          second?.end();
          return connection;
        }
        avoid(address);
        if (wanted === 'prefer-standby' && second === null) second = connection;
        else connection.end();
        failures.push(new UpstreamError('unfit', `${address.host}:${address.port} (${address.ip}) ${unfit}`));
      } catch (error) {
        if (!anotherMayDo(error) || options.signal?.aborted) {
          second?.end();
          throw error;
        }
        avoid(address);
        failures.push(error);
      }
    }
    if (second !== null) return second;
    if (failures.length === 0) throw tooLate(target, timeoutMs);
    throw noneWillDo(target, failures);
  }

  static async #at(address: UpstreamAddress, options: UpstreamOptions, timeoutMs: number): Promise<UpstreamConnection> {
    const { target, vault } = options;
    let socket: Socket | null = null;
    let late = false;
    // a signal given to the socket itself would end it later too, in the middle of its life
    const giveUp = (): void => {
      late = true;
      socket?.destroy(new Error('given up'));
    };
    const timer = setTimeout(giveUp, timeoutMs);
    options.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      socket = connect({ host: address.ip, port: address.port });
      await connected(socket, address);
      if (target.postgres.tls !== 'disable') socket = await secure(socket, target, vault, address);
      const connection = new UpstreamConnection(socket, options, address);
      await connection.#login(options);
      if (target.postgres.targetSession !== undefined && target.postgres.targetSession !== 'any')
        await connection.#learnKind();
      if (late) throw new UpstreamError('timeout', `target ${target.name} answered too late`);
      trust(address);
      return connection;
    } catch (error) {
      socket?.destroy();
      if (late) throw tooLate(target, timeoutMs, error);
      throw error;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Hands the stream over. @param onFrame every frame @param onChunk after the last frame of each chunk
   * @param onClose once, when the target is gone; with an error where there was one
   * @param onRested the target may be read again, having been left alone while others had their turn; left out: it never is
   */
  relay(
    onFrame: OnFrame,
    onChunk: () => void,
    onClose: (error: Error | null) => void,
    onRested: (() => void) | null = null,
  ): void {
    this.#onRested = onRested;
    this.#onFrame = onFrame;
    this.#onChunk = onChunk;
    this.#onClose = onClose;
    if (this.#closed) queueMicrotask(() => onClose(null));
    else this.socket.resume();
  }

  /** Others have their turn: the target is not read meanwhile. */
  get resting(): boolean {
    return this.#resting;
  }

  /** One write for all chunks. */
  write(chunks: readonly Uint8Array[]): void {
    if (this.socket.destroyed) return;
    if (chunks.length === 1) {
      this.socket.write(chunks[0]!);
      return;
    }
    this.socket.cork();
    for (const chunk of chunks) this.socket.write(chunk);
    this.socket.uncork();
  }

  /**
   * Asks the target to cancel what runs, on a connection of its own, which is as secure as the session's: the key must not cross
   * the network in the clear. @returns when the target has taken it, or cannot; never fails
   */
  cancel(): Promise<void> {
    const socket = connect({ host: this.address.ip, port: this.address.port });
    socket.unref();
    setTimeout(() => socket.destroy(), CANCEL_MS).unref();
    const taken = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    this.#cancelOn(socket).catch(() => socket.destroy());
    return taken;
  }

  /** Says goodbye and closes. */
  end(): void {
    if (this.socket.destroyed) return;
    this.socket.end(messages.terminate());
    setTimeout(() => this.socket.destroy(), 1_000).unref();
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #cancelOn(socket: Socket): Promise<void> {
    await connected(socket, this.address);
    const ready =
      this.#target.postgres.tls === 'disable' ? socket : await secure(socket, this.#target, this.#vault, this.address);
    ready.end(messages.cancel(this.pid, this.key));
  }

  async #login(options: UpstreamOptions): Promise<void> {
    const { target, vault } = options;
    const tls = this.socket instanceof TLSSocket ? this.socket : null;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => reject(error instanceof Error ? error : new Error(String(error)));
      const conversation = new UpstreamLogin(target, vault, tls, (bytes) => this.socket.write(bytes));
      const protocol = target.postgres.protocol ?? '3.0';
      let negotiated = false;
      this.#onClose = (error) =>
        fail(
          new UpstreamError(
            'unreachable',
            `target ${target.name} closed the connection during the login${error ? `: ${error.message}` : ''}`,
            { cause: error },
          ),
        );
      this.#onFrame = (type, buffer, start, end) => {
        switch (type) {
          case CODE.R:
            // SCRAM is asynchronous; the target waits for our answer, so no frame overtakes it
            conversation.answer(buffer, start, end)?.catch(fail);
            return;
          case CODE.S: {
            const { name, value } = readParameterStatus(buffer, start, end);
            this.parameters.set(name, value);
            return;
          }
          case CODE.K: {
            const { pid, key } = readBackendKeyData(buffer, start, end);
            if (key.length > KEY_BYTES) return fail(unexpected(target));
            this.pid = pid;
            this.key = Buffer.from(key);
            return;
          }
          case CODE.v: {
            // nothing but the version was asked for, and once: a server can only answer with a lower one
            const answer = readNegotiateProtocolVersion(buffer, start, end);
            const sound = !negotiated && !conversation.begun && answer.unrecognised.length === 0;
            if (!sound || protocol === '3.0' || answer.version < 0x3_0000 || answer.version > 0x3_0002)
              return fail(unexpected(target));
            negotiated = true;
            return;
          }
          case CODE.E:
            return fail(loginError(target, readErrorFields(buffer, start, end)));
          case CODE.N:
            return;
          case CODE.Z:
            if (!conversation.done)
              return fail(new UpstreamError('protocol', `target ${target.name} skipped the login`));
            readReadyStatus(buffer, start, end);
            this.socket.pause();
            return resolve();
          default:
            return fail(unexpected(target));
        }
      };
      this.#listen(fail);
      const parameters: Record<string, string> = { user: target.credential.user, database: target.postgres.database };
      for (const [name, value] of options.settings) parameters[name] = value;
      parameters['client_encoding'] = 'UTF8';
      parameters['standard_conforming_strings'] = 'on';
      this.socket.write(messages.startup(parameters, protocol));
    });
  }

  /** Older servers, and poolers before them, do not report by themselves whether they are standbys. */
  async #learnKind(): Promise<void> {
    const standby = this.parameters.get('in_hot_standby');
    const readOnly = this.parameters.get('default_transaction_read_only');
    if (standby !== undefined && readOnly !== undefined) {
      this.#kind = { standby: standby === 'on', readOnly: readOnly === 'on' };
      return;
    }
    const question = new Question();
    this.#onClose = () => question.abandon();
    this.#onFrame = (type, buffer, start, end) => void question.take(type, buffer, start, end);
    this.socket.resume();
    this.write(questionBytes([KIND]));
    const [row] = await question.answer;
    this.socket.pause();
    this.#kind = { standby: row?.[0] === 'true', readOnly: row?.[1] === 'on' };
  }

  /** Why this server is not of the kind that is wanted; null: it is. */
  #misfit(wanted: 'any' | 'read-write' | 'standby'): string | null {
    const { standby, readOnly } = this.#kind;
    if (wanted === 'standby' && !standby) return 'is no standby';
    if (wanted === 'read-write' && standby) return 'is a standby, which accepts no writes';
    if (wanted === 'read-write' && readOnly) return 'accepts no writes (default_transaction_read_only)';
    return null;
  }

  #listen(fail: (error: unknown) => void): void {
    this.socket.on('data', (chunk: Buffer) => {
      beginTurn();
      try {
        this.parser.push(chunk, this.#onFrame);
        this.#onChunk();
        if (this.#onRested !== null && performance.now() - turnBegan > TURN_MS) this.#rest(this.#onRested);
      } catch (error) {
        fail(error);
        this.#close(error instanceof Error ? error : new Error(String(error)));
        this.socket.destroy();
      }
    });
    this.socket.on('error', (error) => this.#close(error));
    this.socket.on('close', () => this.#close(null));
    this.socket.on('end', () => this.socket.end());
  }

  /** What came is read no further in this turn of the event loop: all other sessions of the process wait for it. */
  #rest(onRested: () => void): void {
    if (this.#resting) return;
    this.#resting = true;
    this.socket.pause();
    setImmediate(() => {
      this.#resting = false;
      onRested();
    });
  }

  #close(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(error);
  }
}

function tooLate(target: PostgresTarget, ms: number, cause?: unknown): UpstreamError {
  const seconds = Math.round(ms / 100) / 10;
  return new UpstreamError('timeout', `target ${target.name} did not answer within ${seconds} s`, { cause });
}

/** The answer, or an error when it takes too long. */
async function within<T>({ target, signal }: UpstreamOptions, ms: number, answer: Promise<T>): Promise<T> {
  let late: () => void = () => undefined;
  const giveUp = new Promise<never>((_, reject) => (late = () => reject(tooLate(target, ms))));
  const timer = setTimeout(late, ms);
  signal?.addEventListener('abort', late, { once: true });
  try {
    return await Promise.race([answer, giveUp]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', late);
  }
}
