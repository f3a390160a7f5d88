export { type KeyOf, primaryKeys } from './grouped-keys.js';
export { DANGEROUS, judge, type Difference, type ProtectedByOid, type Verdict } from './judge.js';
export type { Dependence } from './reach.js';
export {
  traceServerTree,
  type TreeLineage,
  type TreeRelation,
  type TreeSilence,
  type TreeWrite,
} from './trace-server-tree.js';
