export type { LineageContext, LineageResult } from './result.js';
export { collectRelations } from './collect-relations.js';
export { traceStatement } from './trace-statement.js';
