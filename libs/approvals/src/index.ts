export type { Actor } from './actor.js';
export { type ApprovalEvent, type ApprovalState, TRANSITIONS } from './approval-state.js';
export type { OperationBinding, ProtocolBinding } from './binding.js';
export type { Requirement } from './requirement.js';
export type { Review, ReviewedOperation } from './review.js';
