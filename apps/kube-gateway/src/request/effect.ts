import type { EffectClass } from '@app/policy';
import { isKnownSubresource } from './api-catalog.js';
import type { BodySaid } from './body-said.js';
import type { RequestInfo } from './request-info.js';

const reads = new Set(['get', 'list', 'watch']);
const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** verbs of RBAC that no HTTP request has; they stand in questions (`can-i`) only */
const powers = new Set(['impersonate', 'bind', 'escalate', 'approve', 'sign']);
const ownSchema = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io', 'admissionregistration.k8s.io']);

/** POST that asks: nothing is stored. By group, then resource. */
const reviews: Readonly<Record<string, EffectClass>> = {
  'authentication.k8s.io/selfsubjectreviews': 'session',
  'authorization.k8s.io/selfsubjectaccessreviews': 'session',
  'authorization.k8s.io/selfsubjectrulesreviews': 'session',
  'authorization.k8s.io/subjectaccessreviews': 'read',
  'authorization.k8s.io/localsubjectaccessreviews': 'read',
  // its answer tells whose a token is, and its question is one
  'authentication.k8s.io/tokenreviews': 'admin',
};

/** What a request does. What is not understood is `unknown`, never `read`. */
export function effectOf(info: RequestInfo, body: BodySaid | null): EffectClass {
  if (!info.isResource) return pathEffect(info);
  const { group, resource, subresource, verb } = info;
  if ([group, resource, subresource, verb].includes('*')) return 'unknown';
  if (info.synthetic === 'connect') return 'connect';
  if (powers.has(verb)) return 'admin';
  if (!reads.has(verb) && !writes.has(verb)) return 'unknown';
  if (info.parts.length > 3 || !isKnownSubresource(group, subresource, writes.has(verb))) return 'unknown';
  if (reads.has(verb)) return 'read';
  // a body that cannot be read may ask for anything; streams and proxies have none of ours to read
  if (body !== null && (!body.readable || body.kind === 'other')) return 'unknown';
  return isDryRun(info, body) ? 'read' : writeEffect(info, body);
}

function writeEffect(info: RequestInfo, body: BodySaid | null): EffectClass {
  const { group, resource, subresource } = info;
  if (ownSchema.has(group)) return 'schema';
  if (group === 'rbac.authorization.k8s.io' || group === 'certificates.k8s.io') return 'admin';
  const review = `${group}/${resource}`;
  if (info.verb === 'create' && Object.hasOwn(reviews, review)) return reviews[review] ?? 'unknown';
  if (group === 'authentication.k8s.io' || group === 'authorization.k8s.io') return 'unknown';
  if (group === '') {
    if (resource === 'nodes' || subresource === 'token' || subresource === 'finalize') return 'admin';
    if (resource === 'pods' && subresource === 'ephemeralcontainers') return 'connect';
  }
  return body?.capabilities.includes('token-secret') === true ? 'admin' : 'write';
}

/** These do what they are asked whatever `dryRun` says, or answer with what it was to be kept from. */
const neverDry = new Set(['token', 'finalize', 'binding']);

/**
 * Whether nothing is stored: `dryRun=All` on a plain write. A DELETE that has a body takes its options from the body
 * alone, so its query proves nothing.
 */
export function isDryRun(info: RequestInfo, body: BodySaid | null): boolean {
  if (info.synthetic === 'connect' || !isKnownSubresource(info.group, info.subresource, true)) return false;
  if (!writes.has(info.verb) || neverDry.has(info.subresource)) return false;
  if (info.group === 'authentication.k8s.io' || info.group === 'authorization.k8s.io') return false;
  const deletes = info.verb === 'delete' || info.verb === 'deletecollection';
  if (!deletes) return info.dryRun;
  return body === null || body.kind === 'none' ? info.dryRun : body.dryRun === true;
}

/** Non-resource paths by their first segment; a trailing slash does not count. */
const sessionPaths = new Set(['api', 'apis', 'openapi', 'version', 'healthz', 'livez', 'readyz', '.well-known']);
const readPaths = new Set(['metrics']);

function pathEffect(info: RequestInfo): EffectClass {
  if (info.verb !== 'get' && info.verb !== 'head') return 'unknown';
  if (info.segments.some((one) => one.includes('*'))) return 'unknown';
  const [first] = info.segments;
  if (first === undefined || sessionPaths.has(first)) return 'session';
  if (info.segments.join('/') === 'openid/v1/jwks') return 'session';
  if (readPaths.has(first)) return 'read';
  return isDebugPath(info) ? 'admin' : 'unknown';
}

const debugPaths = new Set(['debug', 'configz', 'logs', 'flagz', 'statusz']);

/** Paths that show a process from inside: flags, profiles, log files of its host. */
export function isDebugPath(info: RequestInfo): boolean {
  return !info.isResource && debugPaths.has(info.segments[0] ?? '');
}

const provenPaths = new Set(['api', 'apis', 'openapi', 'version']);

/**
 * Whether a request is proven to change nothing, so that it may be forwarded before its record is durable: get, list and
 * watch of resources, discovery, OpenAPI, version. Answers to POST are not, dry runs included (admission may act), and
 * neither are subresources that only an aggregated server can have.
 */
export function isProvenRead(info: RequestInfo, effect: EffectClass, capabilities: readonly string[]): boolean {
  if (capabilities.length > 0 || (effect !== 'read' && effect !== 'session')) return false;
  if (info.isResource) return reads.has(info.verb) && info.method === 'GET';
  return info.segments.length === 0 || provenPaths.has(info.segments[0] ?? '');
}
