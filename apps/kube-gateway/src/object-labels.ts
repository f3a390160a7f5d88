import type { ClusterRegistry } from './cluster-registry.js';
import type { ReadRequest } from './described-request.js';
import { type Entered, type ExchangeParts, impersonationFor } from './enter.js';
import { type Impersonation, type Labels, type RequestInfo, upstreamHeaders } from './request/index.js';

const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * The labels of the object a request names, asked of the cluster as the person who asks: rules about labels need them.
 * @returns null where they are not known (a list, a name that is not said, a cluster that does not answer); none at all where there is
 * no such object
 */
async function objectLabels(
  { cluster, target, access, session }: Entered,
  info: RequestInfo,
  clusters: ClusterRegistry,
  impersonate: Impersonation | null,
): Promise<Labels> {
  if (!info.isResource || info.name === '' || info.watch || info.verb === 'list' || info.verb === 'deletecollection')
    return null;
  const path = pathOfObject(info);
  const auditId = clusters.recordQuestion(target.name, 'labels of the object', session.gate.facts.session);
  try {
    const { code, json } = await cluster.ask({
      method: 'GET',
      path,
      headers: upstreamHeaders([], {
        authorization: access.authorization,
        auditId,
        impersonate,
        accept: PARTIAL,
        identity: true,
        contentLength: null,
      }),
    });
    if (code === 404) return {};
    if (code !== 200) return null;
    const { metadata } = json as { readonly metadata?: { readonly labels?: Readonly<Record<string, unknown>> } };
    return Object.fromEntries(Object.entries(metadata?.labels ?? {}).map(([key, value]) => [key, String(value)]));
  } catch {
    return null;
  }
}

/** Where the object lies that a request names, its subresource left out; behind a proxy the name may hold a port. */
export function pathOfObject(info: RequestInfo): string {
  const name =
    info.subresource === 'proxy' ? (/^(?:https?:)?([^:]+)(?::.*)?$/u.exec(info.name)?.[1] ?? info.name) : info.name;
  return `${pathOfCollection(info)}/${encodeURIComponent(name)}`;
}

/** Where the objects lie that a request is about. */
export function pathOfCollection(info: RequestInfo): string {
  const group = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
  const inside =
    info.namespace === '' || info.resource === 'namespaces' ? '' : `/namespaces/${encodeURIComponent(info.namespace)}`;
  return `${group}${inside}/${encodeURIComponent(info.resource)}`;
}

/** The labels of the object a request names, where a rule asks for any. */
export async function labelsFor(parts: ExchangeParts, entered: Entered, { info }: ReadRequest): Promise<Labels> {
  if (!parts.asksForLabels()) return null;
  return objectLabels(entered, info, parts.clusters, impersonationFor(entered));
}
