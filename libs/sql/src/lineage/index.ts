export type { LineageContext, LineageResult, NamedRelations } from './result.js';
export { collectRelations } from './collect-relations.js';
export { traceStatement } from './trace-statement.js';
