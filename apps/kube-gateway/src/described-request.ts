import type { DescribedOperation, DescribedRefusal } from '@app/gate';
import type { KubernetesTarget } from '@app/targets';
import { type BodyFacts, maskedBodyText, readBody } from './body/index.js';
import type { Protection } from './protection.js';
import { redactObject } from './redaction/index.js';
import { protectedClasses } from './redaction/protected-classes.js';
import {
  checkHead,
  describeInfo,
  type Labels,
  maskedParameters,
  parseTarget,
  requestInfo,
  type RequestInfo,
  type RequestTarget,
  statementOf,
} from './request/index.js';

/** A request read once: what is described is what is forwarded. */
export interface ReadRequest {
  readonly info: RequestInfo;
  readonly target: RequestTarget;
}

/** A request as the gate takes it. */
export interface DescribedRequest extends ReadRequest {
  readonly described: DescribedOperation;
  /** rendered values for the record: the masked body, where there is one */
  readonly parameters: readonly string[];
  readonly told: ToldAs | null;
}

/** What a refusal of the request's own form is told as. */
export interface ToldAs {
  readonly code: number;
  readonly reason: string;
}

/** @throws BadRequest for what may not be forwarded as it stands */
export function readRequest(
  method: string,
  rest: string,
  rawHeaders: readonly string[],
  upgrade: boolean,
): ReadRequest {
  checkHead(method, rawHeaders, upgrade);
  const target = parseTarget(rest);
  return { info: requestInfo(method, target), target };
}

/**
 * Describes a request for the gate.
 * @param labels of the object it names, as it stands
 * @param hmac of an exact text
 */
export function describeRequest(
  { info, target: canonical }: ReadRequest,
  target: KubernetesTarget,
  protection: Protection,
  body: Uint8Array,
  contentType: string | undefined,
  labels: Labels,
  hmac: (text: string) => string,
): DescribedRequest {
  const facts = readBody(body, contentType, { ...info, protects: protection.plan.shape(info).carries });
  const { operation, harmless, statement, stripped } = describeInfo(info, target.name, facts, labels);
  const refused = refusalOf(facts, maskedParameters(canonical), contentType);
  // the same for every transport and time limit of one request
  const exact = `${statement}\n${Buffer.from(body).toString('latin1')}`;
  const described: DescribedOperation = {
    operation: { ...operation, reads: classesRead(info, protection) },
    harmless,
    finishes: false,
    doubt: null,
    stripped: shown(stripped, protection),
    statement: shownStatement(info, statement, protection),
    hmac: hmac(exact),
    refusal: refused?.refusal ?? null,
  };
  const parameters = body.length === 0 ? [] : [recordedBody(body, facts, info, protection)];
  return { info, target: canonical, described, parameters, told: refused?.told ?? null };
}

/** The operation of a request that cannot be read: it could be anything, and is refused. */
export function unreadable(
  method: string,
  target: string,
  reason: string,
  hmac: (text: string) => string,
  rest: string,
): DescribedOperation {
  const statement = `${/^[A-Z]{1,16}$/u.test(method) ? method : '?'} (a request that cannot be read: ${reason})`;
  return {
    operation: {
      target,
      protocol: 'kubernetes',
      effect: 'unknown',
      verb: 'unknown',
      kinds: ['unknown'],
      objects: [`${target}.*`],
      reads: [],
      writes: [],
      attributes: {},
      capabilities: [],
    },
    harmless: false,
    finishes: false,
    doubt: null,
    stripped: statement,
    statement,
    hmac: hmac(`${method} ${rest}`),
    refusal: { code: 'unreadable', message: reason, hint: null, retry: 'never' },
  };
}

function refusalOf(
  facts: BodyFacts,
  parameters: readonly string[],
  contentType: string | undefined,
): { readonly refusal: DescribedRefusal; readonly told: ToldAs | null } | null {
  if (facts.marks.length > 0 || parameters.length > 0) {
    const places = [...facts.marks, ...parameters.map((name) => `parameter ${name}`)].join(', ');
    return {
      refusal: {
        code: 'masking',
        message: `The request contains values masked by the gateway (${places}): stored, they would replace the real ones.`,
        hint: 'Leave these keys out, or change single fields with kubectl edit or kubectl patch.',
        retry: 'after-change',
      },
      told: null,
    };
  }
  if (facts.kind === 'other' && !facts.readable)
    return {
      refusal: {
        code: 'unreadable',
        message: `Bodies of the type ${JSON.stringify((contentType ?? 'none').slice(0, 80))} are not served.`,
        hint: 'Send JSON, YAML or Kubernetes protobuf.',
        retry: 'after-change',
      },
      told: { code: 415, reason: 'UnsupportedMediaType' },
    };
  if (!facts.readable)
    return {
      refusal: {
        code: 'unreadable',
        message: 'The body of the request cannot be read, so nobody can say what it does.',
        hint: 'Keys given twice, malformed JSON or YAML, and encodings other than UTF-8 are refused.',
        retry: 'after-change',
      },
      told: null,
    };
  return null;
}

/** A text for the record, behind the patterns. */
function shown(text: string, { patterns }: Protection): string {
  return patterns === null ? text : patterns(text).text;
}

/** The statement for the record: what the patterns find in arguments and parameters is masked before they are quoted. */
function shownStatement(info: RequestInfo, statement: string, protection: Protection): string {
  if (protection.patterns === null) return statement;
  const each = (texts: readonly string[]): readonly string[] => texts.map((text) => shown(text, protection));
  const query = new Map([...info.query].map(([name, values]) => [shown(name, protection), each(values)]));
  return shown(statementOf({ ...info, command: each(info.command), query }), protection);
}

/** The protected classes an operation's answer may show, were it not masked. */
function classesRead(info: RequestInfo, { plan }: Protection): readonly string[] {
  return info.isResource ? protectedClasses(plan, info) : [];
}

/** Longest text of a body for a reviewer: more than can be approved. */
const REVIEWED_LENGTH = 128 * 1024;

/**
 * The body as a reviewer sees it, masked.
 * @returns `whole`: everything that is to be approved is in `shown`, or it is too long to be approved; `shown` null: there is none
 */
export function reviewedBody(
  body: Uint8Array,
  contentType: string | undefined,
  info: RequestInfo,
  protection: Protection,
): { readonly shown: string | null; readonly whole: boolean } {
  if (body.length === 0) return { shown: null, whole: true };
  const { plan, key, patterns } = protection;
  const facts = readBody(body, contentType, { ...info, protects: plan.shape(info).carries });
  if (facts.kind === 'other') {
    // what is proxied can be anything
    const text = Buffer.from(body).toString('utf8');
    const readable = Buffer.from(text, 'utf8').equals(body);
    return { shown: readable ? shown(text, protection).slice(0, REVIEWED_LENGTH) : null, whole: readable };
  }
  const text = maskedBodyText(body, facts, (json) => redactObject(plan, info, key, json, patterns));
  return { shown: text.slice(0, REVIEWED_LENGTH), whole: facts.kind !== 'protobuf' };
}

function recordedBody(body: Uint8Array, facts: BodyFacts, info: RequestInfo, protection: Protection): string {
  const { plan, key, patterns } = protection;
  const text = maskedBodyText(body, facts, (json) => redactObject(plan, info, key, json, patterns));
  return Buffer.byteLength(text) > 256 * 1024 ? `{"bytes":${body.length}}` : text;
}
