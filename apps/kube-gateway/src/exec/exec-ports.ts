import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Admission, LaneSinks, Refusal, ResultEnd, SessionLane } from '@app/gate';
import type { ExecLimits } from './exec-limits.js';

/** Where an admitted upgrade goes, and with what: made by the caller, who holds the credential. */
export interface UpstreamRequest {
  readonly protocol: 'https:' | 'http:';
  readonly host: string;
  readonly port: number;
  /** canonical path and query */
  readonly path: string;
  /** the target's credential, impersonation and our audit id; nothing of the client's but what may pass */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** false: a connection of its own; `ca`, `cert` and `key` count for that only */
  readonly agent: Agent | false;
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** name in the target's certificate, where it is not `host` */
  readonly servername?: string;
  /** false only where the target's configuration says so */
  readonly rejectUnauthorized?: boolean;
}

/** A complete HTTP answer instead of the switch. */
export interface StatusAnswer {
  readonly code: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Masks one channel's stream by patterns: any cut of the input gives the same output. */
export interface ChannelMasker {
  /** @returns what can be released by now */
  push(chunk: Uint8Array): Uint8Array;
  /** Time is up. @returns all but the longest suffix that may still begin a match */
  release(): Uint8Array;
  /** @returns the rest */
  finish(): Uint8Array;
  /** bytes held back */
  readonly held: number;
  /** masks by class since the last call */
  take(): ReadonlyMap<string, number>;
}

/** What the tunnel needs of its gate. */
export type ExecLane = Pick<
  SessionLane,
  | 'admit'
  | 'begin'
  | 'input'
  | 'forwardAfter'
  | 'forwardProtocol'
  | 'result'
  | 'settle'
  | 'receipt'
  | 'release'
  | 'onceReleased'
  | 'congested'
  | 'stalled'
  | 'ended'
>;

/** One admitted exec or attach, ready to be carried out. */
export interface ExecUpgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  /** what the client sent behind its handshake */
  readonly head: Uint8Array;
  readonly lane: Omit<ExecLane, 'admit'>;
  readonly admission: Admission;
  readonly upstream: UpstreamRequest;
  /** the client's subprotocols that are carried, in its order; not empty */
  readonly subprotocols: readonly string[];
  /** decoded argv; empty for attach */
  readonly command: readonly string[];
  readonly tty: boolean;
  /** A masker for one channel; null: no patterns are configured. `i` is for the record's copy of stdin. */
  readonly masker: ((channel: 'o' | 'e' | 'i', tty: boolean) => ChannelMasker) | null;
  /** Masks a metav1.Status of the target. @throws when it cannot be read: nothing of it is shown then */
  readonly maskStatus: (json: Uint8Array) => Uint8Array;
  /** Renders an error of ours as a metav1.Status. @param reason metav1 reason */
  readonly statusOf: (code: number, reason: string, message: string) => StatusAnswer;
  /** Renders the refusal by which a lane ends. */
  readonly refusalOf: (refusal: Refusal) => StatusAnswer;
  /** headers of ours on whatever is answered, for example the audit id */
  readonly answerHeaders: Readonly<Record<string, string>>;
  readonly limits: ExecLimits;
  /** An error that should not be ended this command, and this command only; for the log. */
  readonly report?: (error: unknown) => void;
  /** Told what the target answered instead of the switch, masked: the client may repeat its request by another protocol. */
  readonly refused?: (answer: StatusAnswer) => void;
  /** Called once when both connections are gone and the end is recorded: the lane may be left. */
  readonly over: (end: ResultEnd) => void;
}

/** A running upgrade: the sinks of its lane lead here. */
export interface ExecTunnel extends LaneSinks {
  /** Ends it at once with a message that the client shows (terminated, revoked, shutdown). */
  terminate(message: string): void;
  /** both connections are gone */
  readonly closed: boolean;
}
