import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import sasl from 'pg/lib/crypto/sasl.js';
import {
  BackendParser,
  readAuthentication,
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

/** Why a target could not be reached; the message names no credential. */
export class UpstreamError extends Error {
  readonly code: 'unreachable' | 'tls' | 'login' | 'protocol' | 'timeout';
  /** SQLSTATE the target gave, if it answered */
  readonly sqlstate: string | null;

  constructor(code: UpstreamError['code'], message: string, options?: ErrorOptions & { sqlstate?: string }) {
    super(message, options);
    this.name = 'UpstreamError';
    this.code = code;
    this.sqlstate = options?.sqlstate ?? null;
  }
}

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
}

const CANCEL_MS = 5_000;
/** The longest cancel key of protocol 3.2. */
const KEY_BYTES = 256;
const CODE = { R: 82, S: 83, K: 75, Z: 90, E: 69, N: 78, v: 118 };

/** A session at the target: reached, checked, logged in, ready for the first statement. */
export class UpstreamConnection {
  readonly socket: Socket;
  readonly parser: BackendParser;
  readonly parameters = new Map<string, string>();
  pid = 0;
  key: Buffer = Buffer.alloc(0);
  readonly #target: PostgresTarget;
  readonly #address: string;
  #onFrame: OnFrame;
  #onClose: (error: Error | null) => void = () => undefined;
  #onChunk: () => void = () => undefined;
  #closed = false;

  private constructor(socket: Socket, target: PostgresTarget, limits: WireLimits) {
    this.socket = socket;
    this.parser = new BackendParser(limits);
    this.#target = target;
    // a name may lead to several servers, and a cancel request has to reach this one
    this.#address = socket.remoteAddress ?? target.postgres.host;
    this.#onFrame = () => undefined;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
  }

  /** Dials, secures, logs in. @throws UpstreamError */
  static async open(options: UpstreamOptions): Promise<UpstreamConnection> {
    const { target, timeoutMs } = options;
    const { host, port } = target.postgres;
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
      socket = connect({ host, port, autoSelectFamily: true });
      await connected(socket, target);
      if (target.postgres.tls !== 'disable') socket = await secure(socket, target);
      const connection = new UpstreamConnection(socket, target, options.limits);
      await connection.#login(options);
      if (late) throw new UpstreamError('timeout', `target ${target.name} answered too late`);
      return connection;
    } catch (error) {
      socket?.destroy();
      if (late)
        throw new UpstreamError('timeout', `target ${target.name} did not answer within ${timeoutMs / 1000} s`, {
          cause: error,
        });
      throw error;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  /**
   * Hands the stream over. @param onFrame every frame @param onChunk after the last frame of each chunk
   * @param onClose once, when the target is gone; with an error where there was one
   */
  relay(onFrame: OnFrame, onChunk: () => void, onClose: (error: Error | null) => void): void {
    this.#onFrame = onFrame;
    this.#onChunk = onChunk;
    this.#onClose = onClose;
    if (this.#closed) queueMicrotask(() => onClose(null));
    else this.socket.resume();
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
    const socket = connect({ host: this.#address, port: this.#target.postgres.port });
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
    await connected(socket, this.#target);
    const ready = this.#target.postgres.tls === 'disable' ? socket : await secure(socket, this.#target);
    ready.end(messages.cancel(this.pid, this.key));
  }

  async #login(options: UpstreamOptions): Promise<void> {
    const { target, vault } = options;
    const tls = this.socket instanceof TLSSocket ? this.socket : null;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => reject(error instanceof Error ? error : new Error(String(error)));
      const conversation = new Login(target, vault, tls, (bytes) => this.socket.write(bytes));
      const protocol = target.postgres.protocol ?? '3.0';
      let negotiated = false;
      this.#onClose = (error) =>
        fail(
          new UpstreamError('unreachable', `target ${target.name} closed the connection during the login`, {
            cause: error,
          }),
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

  #listen(fail: (error: unknown) => void): void {
    this.socket.on('data', (chunk: Buffer) => {
      try {
        this.parser.push(chunk, this.#onFrame);
        this.#onChunk();
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

  #close(error: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose(error);
  }
}

/** Answers the target's authentication requests. */
class Login {
  /** the target has asked for something */
  begun = false;
  done = false;
  #session: ReturnType<typeof sasl.startSession> | null = null;
  #verified = false;

  constructor(
    private readonly target: PostgresTarget,
    private readonly vault: CredentialVault,
    private readonly tls: TLSSocket | null,
    private readonly send: (bytes: Buffer) => void,
  ) {}

  /**
   * Refuses at once where it can, before a frame that follows is looked at. @returns a promise where the answer takes time
   * @throws UpstreamError
   */
  answer(buffer: Buffer, start: number, end: number): Promise<void> | undefined {
    const request = readAuthentication(buffer, start, end);
    this.begun = true;
    switch (request.kind) {
      case 'ok':
        // a target that broke off SCRAM never proved that it knows the password
        if (this.#session && !this.#verified)
          throw this.#refuse('ended SCRAM without proving that it knows the password');
        this.done = true;
        return;
      case 'sasl':
        this.#startSasl(request.mechanisms);
        return;
      case 'sasl-continue':
        return this.#continueSasl(request.data.toString('utf8'));
      case 'sasl-final':
        if (!this.#session) throw this.#refuse('sent a SASL message out of order');
        try {
          sasl.finalizeSession(this.#session, request.data.toString('utf8'));
        } catch (error) {
          throw this.#failed(error);
        }
        this.#verified = true;
        return;
      case 'cleartext':
        // the password itself goes only to a server whose certificate was verified
        if (!this.tls || this.target.postgres.tls === 'require')
          throw this.#refuse('asks for the password in clear text over a connection that is not verified');
        this.send(messages.password(this.#password()));
        return;
      case 'md5':
        throw this.#refuse(
          'asks for an MD5 password, which is refused; use SCRAM (password_encryption = scram-sha-256)',
        );
      case 'other':
        throw this.#refuse(`asks for authentication method ${request.method}, which is not supported; use SCRAM`);
      default:
        return request satisfies never;
    }
  }

  #startSasl(mechanisms: readonly string[]): void {
    try {
      this.#session = sasl.startSession(mechanisms, this.tls);
    } catch (error) {
      throw this.#failed(error);
    }
    this.send(messages.saslInitialResponse(this.#session.mechanism, this.#session.response));
  }

  async #continueSasl(data: string): Promise<void> {
    if (!this.#session) throw this.#refuse('sent a SASL message out of order');
    const password = this.#password();
    try {
      await sasl.continueSession(this.#session, password, data, this.tls);
    } catch (error) {
      throw this.#failed(error);
    }
    this.send(messages.saslResponse(this.#session.response));
  }

  /** The library's errors tell what the target did wrong, never a password. */
  #failed(error: unknown): UpstreamError {
    const why = error instanceof Error ? error.message : String(error);
    return new UpstreamError('login', `the login at target ${this.target.name} failed: ${why}`, { cause: error });
  }

  #password(): string {
    const secret = this.vault.passwordFor(this.target);
    if (secret === null) throw this.#refuse('asks for a password, but no credential.password is configured');
    return secret.reveal();
  }

  #refuse(what: string): UpstreamError {
    return new UpstreamError('login', `target ${this.target.name} ${what}`);
  }
}

function unexpected(target: PostgresTarget): UpstreamError {
  return new UpstreamError('protocol', `target ${target.name} sent an unexpected message during the login`);
}

function loginError(target: PostgresTarget, fields: ReadonlyMap<string, string>): UpstreamError {
  const sqlstate = fields.get('C') ?? '';
  return new UpstreamError('login', `target ${target.name} refused the login (${sqlstate}): ${fields.get('M') ?? ''}`, {
    sqlstate,
  });
}

function connected(socket: Socket, target: PostgresTarget): Promise<void> {
  const { host, port } = target.postgres;
  return new Promise((resolve, reject) => {
    const fail = (error?: Error): void =>
      reject(
        new UpstreamError('unreachable', `cannot reach ${host}:${port}: ${error?.message ?? 'closed'}`, {
          cause: error,
        }),
      );
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.on('error', () => undefined);
      resolve();
    });
    socket.once('error', fail);
    socket.once('close', () => fail());
  });
}

async function secure(socket: Socket, target: PostgresTarget): Promise<TLSSocket> {
  const { host, tls, ca } = target.postgres;
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('close', () =>
      reject(new UpstreamError('tls', `target ${target.name} closed the connection when asked for TLS`)),
    );
    socket.write(messages.sslRequest());
  });
  // one byte exactly: more came before encryption and would be taken for encrypted (CVE-2021-23222 class)
  if (answer.length !== 1 || answer[0] !== 0x53)
    throw new UpstreamError(
      'tls',
      `target ${target.name} does not offer TLS; set tls: disable only where the network is trusted`,
    );
  return new Promise<TLSSocket>((resolve, reject) => {
    const secured = connectTls({
      socket,
      ...(isIP(host) ? {} : { servername: host }),
      host,
      ca: ca === undefined ? undefined : [ca],
      rejectUnauthorized: tls === 'verify-full' || tls === 'verify-ca',
      ...(tls === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['postgresql'],
    });
    const fail = (error?: Error): void =>
      reject(
        new UpstreamError('tls', `TLS with target ${target.name} failed: ${error?.message ?? 'closed'}`, {
          cause: error,
        }),
      );
    secured.once('secureConnect', () => {
      secured.off('error', fail);
      secured.on('error', () => undefined);
      resolve(secured);
    });
    secured.once('error', fail);
    secured.once('close', () => fail());
  });
}
