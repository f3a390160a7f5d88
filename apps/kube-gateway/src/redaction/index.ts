export { answerRedactor, redactObject, redactText, type AnswerFacts, type BodyRedactor } from './answer-redactor.js';
export type { MaskKey, TextPatterns } from './mask-key.js';
export {
  compileRedaction,
  mayMask,
  type ProtectEntry,
  type RedactionPlan,
  type ResourceFacts,
} from './redaction-plan.js';
export { RedactionError } from './redaction.error.js';
