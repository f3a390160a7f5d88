export { answerRedactor, redactObject, redactText, type AnswerFacts, type BodyRedactor } from './answer-redactor.js';
export type { MaskKey, TextPatterns } from './mask-key.js';
export type { ResourceFacts } from './resource-facts.js';
export { compileRedaction, mayMask, type ProtectEntry, RedactionPlan } from './redaction-plan.js';
export { RedactionError } from './redaction.error.js';
