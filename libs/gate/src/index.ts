export type { Admission, ForwardMode, RunsBy } from './admission.js';
export type {
  DescribedOperation,
  DescribedRefusal,
  FoundHere,
  NotifiedChunk,
  OracleDemand,
  RecordedColumn,
  ResultChunk,
  ResultEnd,
} from './described.js';
export { UseCounts } from './use-counts.js';
export { Gate, type LoginFailure } from './gate.js';
export { GateSession } from './gate-session.js';
export type { Refusal, RefusalCode } from './refusal.js';
export {
  type LoginFailureCode,
  type LoginOutcome,
  type LoginServices,
  type LoginTransport,
  type Proof,
  runLogin,
} from './run-login.js';
export type { SessionOpening } from './session-record.js';
export type { LaneFacts } from './lane-facts.js';
export type { Held } from './held.js';
export {
  type Admitted,
  type GateServices,
  type LaneSinks,
  type Receipt,
  type Refused,
  SessionLane,
  type Verdict,
} from './session-lane.js';
export type { ApprovalAsk, Approvals, ConsumedGrant, CoveringGrant, Standing, WaitEnd } from './approvals.port.js';
export { type HeldDescription, type HoldAbort, type HoldNotice, type HoldTerms, NOTICE_MS } from './hold.js';
