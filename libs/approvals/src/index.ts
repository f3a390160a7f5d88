export type { Actor, Requester } from './actor.js';
export { type ApprovalEvent, type ApprovalState, next, STATES, TRANSITIONS } from './approval-state.js';
export type { OperationBinding, ProtocolBinding } from './binding.js';
export { type AccessAsked, accessDigest, type GrantBounds, grantDigest, operationDigest } from './digest.js';
export { grantedUnmask, met, type ReviewerDecision } from './quorum.js';
export {
  MAX_RENDERING_BYTES,
  renderAccess,
  type Rendering,
  renderReview,
  type ReviewRendering,
  reviewText,
} from './rendering.js';
export type { Review, ReviewedOperation } from './review.js';
export { type MayDecide, mayDecide, type Reviewable, type Reviewer, samePerson } from './reviewer.js';
export { type AccessScope, checkScope, coversScope } from './scope.js';
export type { ApprovalDemand, Requirement } from '@app/policy';
