import assert from 'node:assert/strict';

/** The steps of one check. A failed step is told at once and does not keep the next one from running. */
export class Steps {
  /** set when the run is broken off */
  static silent = false;

  total = 0;
  failures = [];
  /** why nothing was checked; null otherwise */
  skipped = null;

  /** Runs one step: a sentence that `body` proves by not throwing. Resolves with what it returns, or undefined. */
  async step(sentence, body) {
    const from = performance.now();
    try {
      const result = await body();
      const seconds = (performance.now() - from) / 1_000;
      this.total++;
      say(`   ok   ${sentence}${seconds < 5 ? '' : ` (${seconds.toFixed(1)} s)`}\n`);
      return result;
    } catch (error) {
      this.failed(sentence, error);
      return undefined;
    }
  }

  failed(sentence, error) {
    this.total++;
    this.failures.push(sentence);
    const text = error instanceof assert.AssertionError ? error.message : (error?.stack ?? String(error));
    say(`   FAIL ${sentence}\n${text.replace(/^/gmu, '        ')}\n`);
  }

  /** The machine lacks what the check needs and cannot install; the run says so and goes on. */
  skip(why) {
    this.skipped = why;
    this.note(`skipped: ${why}`);
  }

  /** Says something that is no step. */
  note(text) {
    say(`        ${text}\n`);
  }
}

function say(text) {
  if (!Steps.silent) process.stdout.write(text);
}

/**
 * Asserts that an error is a refusal of the gateway as every client must see it: SQLSTATE, the message, and a DETAIL
 * that a program can read. `error` has `code`, `message`, `detail`, as node-postgres names them.
 */
export function assertRefused(error, { code = '42501', message, rule = null, reason, retry }) {
  assert.equal(error.code, code);
  assert.match(error.message, message);
  const detail = JSON.parse(error.detail);
  assert.match(detail.operation, /^[0-9A-Z]{26}$/u);
  assert.deepEqual({ ...detail, operation: undefined }, { rule, reason, retry, operation: undefined });
}

/** What the rule of the sample says about DROP. */
export const dropRefusal = {
  message: /Destructive statements go through the migration pipeline/u,
  rule: 'no destructive statements',
  reason: 'rule',
  retry: 'never',
};

/** What is said about a computation that fails for some values of a protected column. */
export const maskingRefusal = {
  message: /(?:operator -|function ascii).*public\.customers\.email/u,
  reason: 'masking',
  retry: 'after-change',
};
