/** Bounds on frames, in bytes. A length field counts itself but not the type byte, and so do these. */
export interface WireLimits {
  /** Q, P, B, d, F from the client */
  readonly messageBytes: number;
  /** any message from the target: a row must be whole to be masked */
  readonly backendMessageBytes: number;
}

const MIB = 1024 * 1024;

/** 64 MiB from clients, 256 MiB from targets. */
export const defaultWireLimits: WireLimits = { messageBytes: 64 * MIB, backendMessageBytes: 256 * MIB };

/** The server closes above these; we answer FATAL 08P01. */
const SMALL_MESSAGE_BYTES = 10_000;
const AUTHENTICATION_BYTES = 65_535;

/** Body of a startup packet without its length field (the server's MAX_STARTUP_PACKET_LENGTH). */
export const STARTUP_BYTES = 10_000;

/** What the length field itself can say to a PostgreSQL peer: 1 GiB - 1. */
const PROTOCOL_MAXIMUM = 1024 * MIB - 1;

/** Greatest legal length per type byte; 0 marks a type that does not exist in this direction or phase. */
export type LengthTable = Int32Array;

const table = (limits: Record<string, number>): LengthTable => {
  const lengths = new Int32Array(256);
  for (const [types, limit] of Object.entries(limits)) {
    for (const type of types) lengths[type.charCodeAt(0)] = Math.min(limit, PROTOCOL_MAXIMUM);
  }
  return lengths;
};

/** Before authentication only password-like messages (and Terminate) exist: nobody unknown makes us buffer megabytes. */
export const authenticationLengths = (): LengthTable => table({ p: AUTHENTICATION_BYTES, X: SMALL_MESSAGE_BYTES });

export const frontendLengths = (limits: WireLimits): LengthTable =>
  table({ QPBdF: limits.messageBytes, DECSHXcf: SMALL_MESSAGE_BYTES, p: AUTHENTICATION_BYTES });

export const backendLengths = (limits: WireLimits): LengthTable =>
  table({ RKSZ123TDCENAntsIGHWdcVv: limits.backendMessageBytes });
