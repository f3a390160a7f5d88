/**
 * From a request to an operation, pure: what a target, a head and their words mean to kube-apiserver, and what of them
 * goes there. Source: Kubernetes 1.32-1.37, `pkg/endpoints/request/requestinfo.go`.
 * @packageDocumentation
 */
export { BadRequest, Forbidden, MethodNotAllowed, type RefusalReason } from './bad-request.js';
export { parseTarget, type RequestTarget } from './request-target.js';
export { requestInfo, type RequestInfo } from './request-info.js';
export { checkHead } from './request-head.js';
export { bearerToken, servedSubprotocols, upgradeKind, type UpgradeKind } from './upgrade.js';
export { upstreamHeaders, type OwnHeaders } from './upstream-headers.js';
export { impersonationOf, type ImpersonatedPrincipal, type Impersonation } from './impersonation.js';
export { acceptFor } from './negotiation.js';
export { quoteCommand } from './command-line.js';
export { describeInfo, type DescribedInfo } from './describe-info.js';
export { statementOf } from './statement.js';
export type { BodySaid } from './body-said.js';
export type { Labels } from './operation-labels.js';
export { accessReviewOf, answerAccessReview, answerRulesReview } from './access-review.js';
export { maskedParameters } from './masked-parameters.js';
