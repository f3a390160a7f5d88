import type { BodyFacts, RequestInfoLike } from '../body-facts.js';
import { readBody } from '../read-body.js';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const APPLY = 'application/apply-patch+yaml';
export const JSON_PATCH = 'application/json-patch+json';
export const MERGE_PATCH = 'application/merge-patch+json';

/** `<verb> <resource>[.<group>][/<subresource>]` */
export function request(words: string): RequestInfoLike {
  const [verb = '', what = ''] = words.split(' ');
  const [type = '', subresource = ''] = what.split('/');
  const [resource = '', ...group] = type.split('.');
  return { verb, group: group.join('.'), resource, subresource };
}

/** What is said of a body given as bytes, text or a value to be written as JSON. */
export function said(words: string, body: unknown, contentType = 'application/json'): BodyFacts {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readBody(body instanceof Uint8Array ? body : Buffer.from(text), contentType, request(words));
}
