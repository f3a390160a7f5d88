import { questionInfo, type AccessQuestion } from './access-question.js';
import { questionOfProtobuf } from './access-review-protobuf.js';
import { asRecord, textOf } from './json-values.js';
import type { RequestInfo } from './request-info.js';

/**
 * The request that a SelfSubjectAccessReview (`kubectl auth can-i`) asks about, so that the policy can be asked too.
 * @param body of the POST, JSON or protobuf (what kubectl sends)
 * @returns to be described with a body of null; null where it asks nothing that can be read
 */
export function accessReviewOf(body: Uint8Array, contentType: string | undefined): RequestInfo | null {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const asked = type === 'application/vnd.kubernetes.protobuf' ? questionOfProtobuf(body) : questionOfJson(body);
  return asked === null ? null : questionInfo(asked);
}

function questionOfJson(body: Uint8Array): AccessQuestion | null {
  const spec = asRecord(asRecord(parsed(Buffer.from(body).toString('utf8')))?.['spec']);
  const path = asRecord(spec?.['nonResourceAttributes']);
  const resource = asRecord(spec?.['resourceAttributes']);
  if ((path === null) === (resource === null)) return null;
  const of = (name: string): string => textOf((path ?? resource)?.[name]);
  return {
    path: path === null ? null : of('path'),
    namespace: of('namespace'),
    verb: of('verb'),
    group: of('group'),
    version: of('version'),
    resource: of('resource'),
    subresource: of('subresource'),
    name: of('name'),
  };
}

/**
 * Puts the policy's answer into the API server's: allowed is what both allow.
 * @param json the server's SelfSubjectAccessReview
 * @param reason shown by kubectl as `no - <reason>`; with `allowed` (say, after an approval) it stands beside the yes
 * @returns the text to answer; null where `json` is no review that was answered (say, a Status): it stands as it is
 */
export function answerAccessReview(json: string, allowed: boolean, reason: string): string | null {
  const review = asRecord(parsed(json));
  const status = asRecord(review?.['status']);
  if (review?.['kind'] !== 'SelfSubjectAccessReview' || typeof status?.['allowed'] !== 'boolean') return null;
  if (status['allowed'] !== true || (allowed && reason === '')) return json;
  return JSON.stringify({ ...review, status: { ...status, allowed, reason } });
}

/**
 * Marks a SelfSubjectRulesReview (`can-i --list`) as incomplete: the cluster's list does not know the gateway's policy.
 * @returns null where `json` is no such review
 */
export function answerRulesReview(json: string, note: string): string | null {
  const review = asRecord(parsed(json));
  const status = asRecord(review?.['status']);
  if (review?.['kind'] !== 'SelfSubjectRulesReview' || status === null) return null;
  const before = textOf(status['evaluationError']);
  const evaluationError = before === '' ? note : `${before}; ${note}`;
  return JSON.stringify({ ...review, status: { ...status, incomplete: true, evaluationError } });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
