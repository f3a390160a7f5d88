/**
 * The codec of the PostgreSQL protocol 3.0 to 3.2, both directions, pure: bytes in, messages out.
 * @see PostgreSQL 18 manual, chapter "Frontend/Backend Protocol"
 * @packageDocumentation
 */
export { SQLSTATE, type Sqlstate } from './sqlstate.js';
export { ProtocolError, type ProtocolErrorCode, type ProtocolErrorOptions } from './protocol.error.js';
export { defaultWireLimits, STARTUP_BYTES, type WireLimits } from './limits.js';
export { HEADER_LENGTH, type OnFrame } from './frame-splitter.js';
export { FrontendParser } from './frontend-parser.js';
export { readFunctionCall, type CalledFunction } from './function-call.js';
export type {
  BindMessage,
  CloseMessage,
  CopyDataMessage,
  DescribeMessage,
  ExecuteMessage,
  FallibleMessageName,
  FrontendMessage,
  FunctionCallMessage,
  InvalidMessage,
  ParseMessage,
  PasswordMessage,
  PlainMessage,
  QueryMessage,
} from './frontend-messages.js';
export { BackendParser } from './backend-parser.js';
export {
  dataRowFieldCount,
  readAuthentication,
  readBackendKeyData,
  readCommandTag,
  readCopyResponse,
  readErrorFields,
  readNegotiateProtocolVersion,
  readNotification,
  readParameterDescription,
  readParameterStatus,
  readReadyStatus,
  readRowDescription,
  rowCountOfTag,
  walkDataRow,
  type AuthenticationRequest,
  type CopyResponse,
  type ReadyStatus,
  type RowField,
} from './backend-messages.js';
export { serialize, type ErrorFields } from './serialize.js';
export {
  OAUTH_SEPARATOR,
  readOAuthBearer,
  readSaslInitialResponse,
  type SaslInitialResponse,
} from './sasl-messages.js';
export { upstream, type UpstreamProtocol } from './upstream.js';
export { StartupReader, type StartupPacket } from './startup-packet.js';
export { negotiate, parseOptions, type Negotiation } from './startup-options.js';
