import { JsonError, JsonRewriter } from '@app/masking';
import { AnswerVisitor } from './answer-visitor.js';
import { KeptDocuments } from './kept-documents.js';
import type { MaskKey, TextPatterns } from './mask-key.js';
import { Masks } from './masks.js';
import type { ResourceFacts } from './resource-facts.js';
import type { RedactionPlan } from './redaction-plan.js';
import { RedactionError } from './redaction.error.js';

/** Which answer to which request. */
export interface AnswerFacts extends ResourceFacts {
  /** several documents, one after the other */
  readonly watch: boolean;
  /** of HTTP */
  readonly status: number;
  readonly verb: string;
  /** `Content-Type` of the answer */
  readonly mediaType: string;
  /** of the request; '' or absent where it names none */
  readonly namespace?: string;
  readonly name?: string;
}

/** Masks one answer as it passes. */
export interface BodyRedactor {
  /** What may be released of the answer once `chunk` is known. @throws RedactionError: nothing more of the answer may be released */
  push(chunk: Uint8Array): Uint8Array[];
  /** The answer is over. @throws RedactionError when it was cut off */
  finish(): Uint8Array[];
  /** Since the last call: items that are complete, masks by name of the field or class of the pattern, documents kept for the record. */
  take(): {
    readonly items: number;
    readonly masked: ReadonlyMap<string, number>;
    readonly documents: readonly string[];
  };
}

/**
 * Masks a JSON answer: an object, a list, a table, a `Status`, a watch.
 * @param keep how many items are kept for the record, masked
 * @param patterns looked for in texts; null for none
 * @throws RedactionError when the answer is no JSON: protobuf and CBOR cannot be masked
 */
export function answerRedactor(
  plan: RedactionPlan,
  facts: AnswerFacts,
  key: MaskKey,
  keep: number,
  patterns: TextPatterns | null = null,
): BodyRedactor {
  if (!isJson(facts.mediaType)) throw new RedactionError('the answer is not JSON, so that it cannot be masked');
  return new AnswerRedactor(plan, facts, key, keep, patterns);
}

/**
 * Masks a whole JSON text of one object of a resource, as a request's body holds it, for the record.
 * @throws RedactionError when it is no JSON
 */
export function redactObject(
  plan: RedactionPlan,
  facts: ResourceFacts & { readonly namespace?: string; readonly name?: string },
  key: MaskKey,
  json: Uint8Array,
  patterns: TextPatterns | null = null,
): Uint8Array {
  const answer = { ...facts, watch: false, status: 200, verb: '', mediaType: 'application/json' };
  const redactor = answerRedactor(plan, answer, key, 0, patterns);
  const pieces = redactor.push(json);
  redactor.finish();
  return Buffer.concat(pieces);
}

/** Masks what is said about a request outside of its answer's body: a `Warning`, an error that is plain text. */
export function redactText(
  plan: RedactionPlan,
  facts: ResourceFacts & { readonly namespace?: string; readonly name?: string },
  key: MaskKey,
  text: string,
  patterns: TextPatterns | null = null,
): string {
  const masks = new Masks(facts, key, patterns);
  const patterned = masks.patterned(text);
  return plan.shape(facts).carries ? masks.message(patterned) : patterned;
}

const isJson = (mediaType: string): boolean => /^\s*application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(mediaType);

class AnswerRedactor implements BodyRedactor {
  private readonly masks: Masks;
  private readonly kept: KeptDocuments;
  private readonly rewriter: JsonRewriter;

  constructor(
    plan: RedactionPlan,
    private readonly facts: AnswerFacts,
    key: MaskKey,
    keep: number,
    patterns: TextPatterns | null,
  ) {
    const shape = plan.shape(facts);
    this.masks = new Masks(facts, key, patterns);
    this.kept = new KeptDocuments(keep, facts.watch);
    const visitor = new AnswerVisitor(shape, this.masks, shape.root, this.kept);
    this.rewriter = new JsonRewriter(visitor, { documents: facts.watch });
  }

  push(chunk: Uint8Array): Uint8Array[] {
    return this.guarded(() => {
      const pieces = this.rewriter.push(chunk);
      this.kept.feed(pieces);
      return pieces;
    });
  }

  finish(): Uint8Array[] {
    return this.guarded(() => this.rewriter.finish());
  }

  take(): ReturnType<BodyRedactor['take']> {
    const { items, documents } = this.kept.take();
    // an error is no item
    return { items: this.facts.status < 400 ? items : 0, documents, masked: this.masks.takeCounts() };
  }

  private guarded(work: () => Uint8Array[]): Uint8Array[] {
    try {
      return work();
    } catch (error) {
      if (error instanceof RedactionError) throw error;
      const what = error instanceof JsonError ? error.message : 'it cannot be read';
      throw new RedactionError(`the answer cannot be masked: ${what}`, { cause: error });
    }
  }
}
