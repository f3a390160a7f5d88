import { parentPort } from 'node:worker_threads';
import { describeText } from './describe.js';
import { loadParser } from './parse.js';
import { buildKnowledgeIndex, type KnowledgeIndex } from './knowledge-index.js';
import { emptyKnowledge, typicalStatements } from './warm-up.js';
import type { ParserAnswer, ParserRequest } from './worker-messages.js';

// Entry of a worker thread: one parser, whose death ends the thread and nothing else.
const port = parentPort;
if (port) {
  const indexes = new Map<number, KnowledgeIndex>();
  const answer = (message: ParserAnswer): void => port.postMessage(message);

  const describe = (request: Extract<ParserRequest, { type: 'describe' }>): void => {
    const index = indexes.get(request.context.knowledgeId);
    if (!index) return answer({ type: 'unknown-knowledge', request: request.request });
    try {
      const description = describeText(request.text, index, request.context.searchPath);
      answer({ type: 'described', request: request.request, description });
    } catch (error) {
      // Whatever it was, the parser's memory can no longer be trusted.
      answer({ type: 'fatal', request: request.request, message: error instanceof Error ? error.message : 'unknown' });
      port.close();
    }
  };

  const warmUp = (rounds: number): void => {
    if (rounds <= 0) return;
    const index = buildKnowledgeIndex(emptyKnowledge);
    for (const text of typicalStatements) describeText(text, index, ['public']);
    // Requests that came meanwhile go first.
    setImmediate(warmUp, rounds - 1);
  };

  await loadParser();
  port.on('message', (message: ParserRequest) => {
    switch (message.type) {
      case 'knowledge':
        return void indexes.set(message.knowledge.id, buildKnowledgeIndex(message.knowledge));
      case 'forget':
        return void indexes.delete(message.knowledgeId);
      case 'describe':
        return describe(message);
      case 'warm-up':
        return warmUp(message.rounds);
    }
  });
  answer({ type: 'ready' });
}
