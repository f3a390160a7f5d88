import type { Answered } from './answered.js';
import type { AnswerRedactor } from './answer-relay.js';
import { keptItems } from './enter.js';
import { passingAnswer } from './passing-answer.js';
import { unmaskedAnswer } from './unmasked-answer.js';
import { answerRedactor, mayMask, redactText, type RedactionError } from './redaction/index.js';
import { answerReview, isReview } from './self-review.js';

const never = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'set-cookie',
  'audit-id',
  'warning',
]);

/** Chooses how an answer passes, and lets it begin. What cannot be masked where it has to be does not pass at all. */
export function answerOf(of: Answered): void {
  const { answer, relay, entered, info, admission } = of;
  const code = answer.statusCode ?? 502;
  const mediaType = answer.headers['content-type'] ?? '';
  const encoding = answer.headers['content-encoding'];
  if (code < 200) {
    answer.destroy();
    return relay.fail({ code: 502, reason: 'InternalError', message: 'The cluster did not answer in HTTP.' });
  }
  const plain = encoding === undefined || encoding.toLowerCase() === 'identity';
  const chosen = code === 304 || code === 204 ? passing(false, '', true) : redactorFor(of, code, mediaType, plain);
  if (chosen === null) {
    answer.destroy();
    const what = plain ? JSON.stringify(mediaType.slice(0, 60)) : 'compressed';
    return relay.fail({
      code: 502,
      reason: 'InternalError',
      message: `The cluster answered in a form that cannot be masked (${what}), so its answer is withheld.`,
    });
  }
  const passed = [...heads(of, chosen.rewrites), 'Audit-Id', admission.id];
  if (code < 300 && isReview(info)) return answerReview(of, passed);
  // what is proxied has credentials of its own
  if (code === 401 && info.subresource !== 'proxy') {
    // the gateway's own credential was refused: nothing the client could renew
    answer.resume();
    return relay.fail({
      code: 502,
      reason: 'ServiceUnavailable',
      message: `The cluster ${entered.target.name} does not accept the credential of the gateway.`,
    });
  }
  if (code >= 300 && code < 400 && code !== 304 && !staysHere(info.subresource, answer.headers.location)) {
    // clients follow with the person's token, wherever it leads (as in CVE-2022-3172)
    answer.destroy();
    return relay.fail({
      code: 502,
      reason: 'InternalError',
      message: `The cluster ${entered.target.name} answered with a redirection, which is not passed on.`,
    });
  }
  relay.begin(answer, { code, headers: passed }, chosen.redactor);
}

/** What is proxied redirects within itself; the API server never redirects what is asked of it. */
function staysHere(subresource: string, location: string | undefined): boolean {
  return subresource === 'proxy' && (location === undefined || /^\/(?![/\\])/u.test(location));
}

interface Chosen {
  readonly redactor: AnswerRedactor;
  /** the answer may become longer or shorter */
  readonly rewrites: boolean;
}

function redactorFor(of: Answered, code: number, mediaType: string, plain: boolean): Chosen | null {
  const { info, entered, parts, admission } = of;
  const { plan, key, patterns, text } = parts.protection;
  const keep = keptItems(entered.target.record, admission);
  const isText = info.subresource === 'log' || info.subresource === 'proxy';
  if (code < 400 && isText) {
    if (parts.protection.patterns === null) return passing(keep > 0 && info.subresource === 'log', mediaType, plain);
    return plain ? { redactor: text(info.subresource === 'log' ? keep : 0), rewrites: true } : null;
  }
  // an error speaks of the object whatever the path: a Status, or a text that cannot be told apart from one
  const masked = mayMask(plan, { ...info, verb: info.verb }) || (code >= 400 && patterns !== null);
  if (!masked) return passing(keep > 0, mediaType, plain);
  if (!plain) return null;
  const facts = { ...info, watch: info.watch && code < 400, status: code, mediaType };
  try {
    const recorded = answerRedactor(plan, facts, key, keep, patterns);
    if (code >= 400 || admission.unmask.length === 0) return { redactor: recorded, rewrites: true };
    // what a grant shows its holder stays masked in the record
    const clear = parts.protection.without(admission.unmask);
    const shown = answerRedactor(clear.plan, facts, key, 0, clear.patterns);
    return { redactor: unmaskedAnswer(shown, recorded), rewrites: true };
  } catch (error) {
    if ((error as RedactionError).name !== 'RedactionError') throw error;
    // an error that is plain text (`404 page not found`): masked as one message
    return code >= 400 && mediaType.startsWith('text/') ? { redactor: message(of), rewrites: true } : null;
  }
}

function passing(keep: boolean, mediaType: string, plain: boolean): Chosen {
  return { redactor: passingAnswer(keep, plain && /\bjson\b/iu.test(mediaType)), rewrites: false };
}

const MESSAGE_BYTES = 64 * 1024;

/** A short text, masked whole. */
function message({ info, parts }: Answered): AnswerRedactor {
  const { plan, key, patterns } = parts.protection;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (bytes > MESSAGE_BYTES) throw new Error('the message is too long to be masked');
      chunks.push(Buffer.from(chunk));
      return [];
    },
    finish: () => [Buffer.from(redactText(plan, info, key, Buffer.concat(chunks).toString('utf8'), patterns))],
    take: () => ({ items: 0, masked: new Map(), documents: [] }),
  };
}

/** Headers of the answer that may pass, names and values in turn. */
function heads({ answer, info, parts }: Answered, rewrites: boolean): string[] {
  const { plan, key, patterns } = parts.protection;
  const raw = answer.rawHeaders;
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!;
    const lower = name.toLowerCase();
    if (lower === 'warning') {
      // a warning quotes what it warns of
      kept.push(name, redactText(plan, info, key, raw[i + 1]!, patterns).replaceAll(/[^\x20-\x7e]/gu, '?'));
      continue;
    }
    if (never.has(lower)) continue;
    if (rewrites && (lower === 'content-length' || lower === 'etag' || lower === 'content-encoding')) continue;
    kept.push(name, raw[i + 1]!);
  }
  return kept;
}
