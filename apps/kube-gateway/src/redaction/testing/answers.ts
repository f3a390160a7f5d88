import { createHmac } from 'node:crypto';
import { compilePatterns, maskText } from '@app/masking';
import { answerRedactor, type AnswerFacts } from '../answer-redactor.js';
import type { MaskKey, TextPatterns } from '../mask-key.js';
import { compileRedaction, type RedactionPlan } from '../redaction-plan.js';

export const CANARY = 'c4n4ry-9f2e';
export const CANARY_64 = Buffer.from(CANARY).toString('base64');

export const testKey: MaskKey = {
  mark(uid, path, value) {
    const hash = createHmac('sha256', 'test').update(`${uid}\0${path}\0`).update(value).digest('hex');
    return `sallyport:v1:${hash.slice(0, 16)}`;
  },
};

const set = compilePatterns([{ class: 'canary', pattern: 'c4n4ry-[0-9a-f]+' }]);
export const testPatterns: TextPatterns = (text) =>
  maskText(set, text, (name, value) => Buffer.from(testKey.mark('', name, value)));

export const planOf = (kubernetes: readonly string[], patterned = false): RedactionPlan =>
  compileRedaction([{ class: 'secret', kubernetes, patterns: patterned ? ['x'] : [] }]);

export const factsOf = (resource: string, more: Partial<AnswerFacts> = {}): AnswerFacts => {
  const [name = '', ...group] = resource.split('.');
  return {
    group: group.join('.'),
    resource: name,
    subresource: '',
    watch: false,
    status: 200,
    verb: 'get',
    mediaType: 'application/json',
    ...more,
  };
};

export interface Redacted {
  readonly text: string;
  readonly items: number;
  readonly masked: Readonly<Record<string, number>>;
  readonly documents: readonly string[];
}

/** What comes out for `answer` (a text, or a value to be written as JSON), cut as `chunks` says. */
export const redacted = (
  plan: RedactionPlan,
  facts: AnswerFacts,
  answer: unknown,
  chunks: (bytes: Buffer) => readonly Buffer[] = (bytes) => [bytes],
  keep = 10,
): Redacted => {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  const redactor = answerRedactor(plan, facts, testKey, keep, plan.patterned ? testPatterns : null);
  const pieces = chunks(Buffer.from(text)).flatMap((chunk) => redactor.push(chunk));
  pieces.push(...redactor.finish());
  const { items, masked, documents } = redactor.take();
  return { text: Buffer.concat(pieces).toString('utf8'), items, masked: Object.fromEntries(masked), documents };
};

export const byteByByte = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
