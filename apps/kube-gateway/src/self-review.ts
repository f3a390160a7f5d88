import type { DescribedOperation } from '@app/gate';
import type { Answered } from './answered.js';
import {
  accessReviewOf,
  answerAccessReview,
  answerRulesReview,
  describeInfo,
  type RequestInfo,
} from './request/index.js';

const REVIEW_BYTES = 1024 * 1024;

/** Whether a request asks the cluster about the one who asks (`kubectl auth can-i`, `auth whoami`). */
export function isReview(info: RequestInfo): boolean {
  return (
    info.verb === 'create' &&
    ((info.group === 'authorization.k8s.io' && /^selfsubject(access|rules)reviews$/u.test(info.resource)) ||
      (info.group === 'authentication.k8s.io' && info.resource === 'selfsubjectreviews'))
  );
}

/**
 * Answers a review with the truth as seen through the gateway: what both the cluster and the policy allow, and who the gateway knows
 * the caller to be.
 */
export function answerReview(of: Answered, headers: readonly string[]): void {
  const { answer, relay } = of;
  const chunks: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > REVIEW_BYTES) answer.destroy();
    else chunks.push(chunk);
  });
  const broken = (): void =>
    relay.fail({ code: 502, reason: 'InternalError', message: 'The answer of the cluster could not be read.' });
  answer.on('error', broken);
  answer.on('close', () => {
    if (!answer.complete) broken();
  });
  answer.on('end', () => {
    let text: string | null;
    try {
      text = rewritten(of, Buffer.concat(chunks).toString('utf8'));
    } catch {
      text = null;
    }
    if (text === null) return broken();
    const kept: string[] = [];
    for (let i = 0; i + 1 < headers.length; i += 2)
      if (!/^(content-length|etag)$/iu.test(headers[i]!)) kept.push(headers[i]!, headers[i + 1]!);
    relay.answer(answer.statusCode ?? 200, kept, Buffer.from(text));
  });
}

function rewritten(of: Answered, json: string): string | null {
  const { info } = of;
  switch (info.resource) {
    case 'selfsubjectaccessreviews': {
      const { allowed, reason } = policyAnswer(of);
      return answerAccessReview(json, allowed, reason);
    }
    case 'selfsubjectrulesreviews':
      return answerRulesReview(json, 'the policy of the gateway in front of this cluster narrows this list');
    default:
      return whoAmI(of, json);
  }
}

function policyAnswer({ body, contentType, entered, parts }: Answered): { allowed: boolean; reason: string } {
  const asked = accessReviewOf(body, contentType);
  if (asked === null) return { allowed: false, reason: 'the gateway cannot read what is asked' };
  const { operation, harmless, statement, stripped } = describeInfo(asked, entered.target.name, null, null);
  // a question about exec names no command: rules about single commands have no answer to it
  const { command: _command, program: _program, ...attributes } = operation.attributes;
  const described: DescribedOperation = {
    operation: { ...operation, attributes },
    harmless,
    finishes: false,
    doubt: null,
    statement,
    stripped,
    hmac: '',
    refusal: null,
  };
  return parts.wouldAllow(entered.principal, described, entered.session.gate.facts.address);
}

/** Behind one service account the cluster knows nobody else: the caller is who the gateway says. */
function whoAmI({ entered }: Answered, json: string): string | null {
  if (entered.identity === 'impersonate') return json;
  try {
    const review = JSON.parse(json) as { status?: unknown };
    if (typeof review !== 'object' || review === null) return null;
    const { principal } = entered;
    return JSON.stringify({
      ...review,
      status: { userInfo: { username: principal.user, groups: [...principal.groups] } },
    });
  } catch {
    return null;
  }
}
