/** A path that names resources, cut where the API server cuts it (`requestinfo.go`). */
export interface ResourcePath {
  /** '' for the legacy group under `/api` */
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  /** `watch` or `proxy` written before the resource (deprecated); null: none */
  readonly prefixVerb: 'watch' | 'proxy' | null;
  /** resource, name, subresource and what follows */
  readonly parts: readonly string[];
}

/** A third segment behind `namespaces/{ns}` that speaks of the namespace itself; any other one is a resource in it. */
const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Cuts decoded path segments as the API server does: `/api/{version}/…` names resources from three segments on,
 * `/apis/{group}/{version}/…` from four on.
 * @returns null for a non-resource path
 */
export function resourcePath(segments: readonly string[]): ResourcePath | null {
  const [prefix] = segments;
  if (prefix !== 'api' && prefix !== 'apis') return null;
  const start = prefix === 'api' ? 1 : 2;
  if (segments.length < start + 2) return null;
  const group = prefix === 'api' ? '' : (segments[1] ?? '');
  const version = segments[start] ?? '';
  let rest = segments.slice(start + 1);
  const first = rest[0];
  const prefixVerb = first === 'watch' || first === 'proxy' ? first : null;
  if (prefixVerb !== null) rest = rest.slice(1);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1] ?? '';
    if (rest.length > 2 && !namespaceSubresources.has(rest[2] ?? '')) rest = rest.slice(2);
  }
  return { group, version, namespace, prefixVerb, parts: rest };
}

/**
 * Where the text behind `…/{name}/proxy/` begins: it belongs to the proxied server and is forwarded as it was sent.
 * @returns number of segments before it; -1 where the path is no proxied one
 */
export function proxyTailStart(segments: readonly string[]): number {
  const found = resourcePath(segments);
  if (found === null || found.prefixVerb !== null || found.parts[2] !== 'proxy') return -1;
  return segments.length - found.parts.length + 3;
}
