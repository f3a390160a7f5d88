import type { Knowledge } from './catalog.js';
import { traceView } from './lineage/view-definitions.js';
import { buildKnowledgeIndex as build, type KnowledgeIndex } from './resolve.js';

export type { KnowledgeIndex } from './resolve.js';

/**
 * Builds what statements are described against: linear in the size of the knowledge, never throws. Views are traced when a statement
 * first names them, for which the parser of this thread must be loaded.
 */
export function buildKnowledgeIndex(knowledge: Knowledge): KnowledgeIndex {
  return build(knowledge, traceView);
}
