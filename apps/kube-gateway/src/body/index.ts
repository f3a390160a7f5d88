export type { BodyFacts } from './body-facts.js';
export { maskedBodyText } from './masked-body-text.js';
export { readBody } from './read-body.js';
