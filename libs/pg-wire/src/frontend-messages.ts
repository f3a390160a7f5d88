import type { ProtocolError } from './protocol.error.js';

/** `raw` is the exact frame, header included: what is forwarded is what was read. */
interface Framed {
  readonly raw: Buffer;
}

/** `Q`: a text of any number of statements. */
export interface QueryMessage extends Framed {
  readonly name: 'query';
  readonly text: string;
  /** the same without the terminator */
  readonly textBytes: Buffer;
}

/** `P`: one statement to prepare. */
export interface ParseMessage extends Framed {
  readonly name: 'parse';
  /** '' is the unnamed statement */
  readonly statement: string;
  readonly text: string;
  readonly textBytes: Buffer;
  /** type OIDs, 0 where the server is to infer */
  readonly parameterTypes: readonly number[];
}

/** `B`: values for a statement, making a portal. Values are views of `raw`. */
export interface BindMessage extends Framed {
  readonly name: 'bind';
  readonly portal: string;
  readonly statement: string;
  /** 0 text, 1 binary; none: all text, one: for all, otherwise one per value */
  readonly parameterFormats: readonly number[];
  readonly values: readonly (Buffer | null)[];
  /** the same convention, per result column */
  readonly resultFormats: readonly number[];
}

/** `D` */
export interface DescribeMessage extends Framed {
  readonly name: 'describe';
  readonly kind: 'S' | 'P';
  /** name of the statement or portal */
  readonly of: string;
}

/** `E` */
export interface ExecuteMessage extends Framed {
  readonly name: 'execute';
  readonly portal: string;
  /** 0 or less: no limit */
  readonly maxRows: number;
}

/** `C` */
export interface CloseMessage extends Framed {
  readonly name: 'close';
  readonly kind: 'S' | 'P';
  readonly of: string;
}

/** `S`, `H`, `X`, `c`: nothing but a type. */
export interface PlainMessage extends Framed {
  readonly name: 'sync' | 'flush' | 'terminate' | 'copyDone';
}

/** Password, SASLInitialResponse or SASLResponse: only the conversation knows which. */
export interface PasswordMessage extends Framed {
  readonly name: 'password';
  /** the whole body: a cleartext password ends in one NUL */
  readonly bytes: Buffer;
}

/** `d`, and `f` with its NUL-terminated reason. */
export interface CopyDataMessage extends Framed {
  readonly name: 'copyData' | 'copyFail';
  readonly bytes: Buffer;
}

/** `F`: read by `readFunctionCall` where one may pass at all. */
export interface FunctionCallMessage extends Framed {
  readonly name: 'functionCall';
}

/** The types whose body can be wrong while the frame is sound. */
export type FallibleMessageName = Exclude<
  FrontendMessage['name'],
  'password' | 'copyData' | 'copyFail' | 'functionCall' | 'invalid'
>;

/**
 * A sound frame with an unsound body (invalid UTF-8, a count past its end, bytes after the terminator, a name above 63 bytes). The
 * session answers `error` as an ordinary ERROR: ReadyForQuery follows for a query, otherwise all is skipped up to Sync.
 */
export interface InvalidMessage extends Framed {
  readonly name: 'invalid';
  readonly of: FallibleMessageName;
  readonly error: ProtocolError;
}

/** Everything a client can send after its startup packet. */
export type FrontendMessage =
  | QueryMessage
  | ParseMessage
  | BindMessage
  | DescribeMessage
  | ExecuteMessage
  | CloseMessage
  | PlainMessage
  | PasswordMessage
  | CopyDataMessage
  | FunctionCallMessage
  | InvalidMessage;
