/** Bounds of one exec or attach. */
export interface ExecLimits {
  /** longest message taken, bytes */
  readonly messageBytes: number;
  /** longest message sent, payload with channel byte: clients refuse more than 1 MiB */
  readonly sentMessageBytes: number;
  /** bytes waiting in a socket above which its counterpart is not read any further */
  readonly socketBytes: number;
  /** bytes a client may send before its handshake is answered */
  readonly earlyBytes: number;
  /** longest answer of a target that refuses to switch, bytes */
  readonly refusalBytes: number;
  /** how long the target may take to answer the handshake, ms */
  readonly handshakeMs: number;
  /** how long a closing handshake and the last bytes may take, ms */
  readonly closeMs: number;
  /** how long output may be held back because it may begin a protected value, ms: as a stream, as a terminal */
  readonly holdMs: number;
  readonly holdTtyMs: number;
  /** output within this time becomes one part of the record, ms */
  readonly frameMs: number;
  /** output that is recorded without waiting, bytes */
  readonly frameBytes: number;
  /** bytes of all channels kept in the record; what follows is counted and hashed */
  readonly keepBytes: number;
  /** TCP keep-alive, ms */
  readonly keepAliveMs: number;
}

/** What holds unless the configuration says otherwise. */
export const defaultExecLimits: ExecLimits = {
  messageBytes: 16 * 1024 * 1024,
  sentMessageBytes: 1024 * 1024,
  socketBytes: 1024 * 1024,
  earlyBytes: 64 * 1024,
  refusalBytes: 64 * 1024,
  handshakeMs: 60_000,
  closeMs: 5_000,
  holdMs: 200,
  holdTtyMs: 100,
  frameMs: 20,
  frameBytes: 256 * 1024,
  keepBytes: 16 * 1024 * 1024,
  keepAliveMs: 30_000,
};
