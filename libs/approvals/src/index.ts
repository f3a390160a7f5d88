export type { Actor } from './actor.js';
export { type ApprovalEvent, type ApprovalState, TRANSITIONS } from './approval-state.js';
export type { OperationBinding, ProtocolBinding } from './binding.js';
export type { ApprovalDemand, Requirement } from '@app/policy';
export type { Review, ReviewedOperation } from './review.js';
