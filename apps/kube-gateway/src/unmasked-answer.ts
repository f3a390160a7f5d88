import type { AnswerRedactor } from './answer-relay.js';

/**
 * An answer of which a grant shows more than the record keeps: both read the same bytes, the client gets what `shown` makes of them, the
 * record what `recorded` does. What cannot be masked for the record does not reach the client either.
 */
export function unmaskedAnswer(shown: AnswerRedactor, recorded: AnswerRedactor): AnswerRedactor {
  return {
    push(chunk) {
      recorded.push(chunk);
      return shown.push(chunk);
    },
    finish() {
      recorded.finish();
      return shown.finish();
    },
    take() {
      const { documents } = recorded.take();
      const { items, masked } = shown.take();
      return { items, masked, documents };
    },
  };
}
