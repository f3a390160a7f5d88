import type { Operation } from '@app/policy';
import { isClusterScoped, isCreatedByUpdate } from './api-catalog.js';
import type { BodySaid } from './body-said.js';
import { capabilitiesOf } from './capabilities.js';
import { quoteCommand } from './command-line.js';
import { effectOf, isProvenRead } from './effect.js';
import { labelAttributes, type Labels } from './operation-labels.js';
import type { RequestInfo } from './request-info.js';
import { statementOf, strippedOf } from './statement.js';

/** A request as an operation, and as the record shows it. */
export interface DescribedInfo {
  readonly operation: Operation;
  /** proven to change nothing: may be forwarded before its record is durable */
  readonly harmless: boolean;
  /** `GET /api/v1/…`, argv decoded and quoted; the same for every transport of the same request */
  readonly statement: string;
  /** the path without names: `GET /api/v1/namespaces/{namespace}/pods/{name}/exec` */
  readonly stripped: string;
}

/**
 * Describes a request as rules see it. Whatever could be any value is `*`.
 * @param target the target's name
 * @param body what its body says; null: not known
 * @param labels of the object it names
 */
export function describeInfo(info: RequestInfo, target: string, body: BodySaid | null, labels: Labels): DescribedInfo {
  const effect = effectOf(info, body);
  const capabilities = capabilitiesOf(info, body);
  const where = placeOf(info, body);
  const operation: Operation = {
    target,
    protocol: 'kubernetes',
    effect,
    verb: info.synthetic,
    kinds: [info.synthetic],
    objects: [objectOf(info, target, where)],
    reads: [],
    writes: [],
    // requests have no clauses, and selectors see labels and fields that are no data
    filters: [],
    oracles: [],
    missing: [],
    attributes: { ...attributesOf(info, body, where), ...labelAttributes(info, body, labels) },
    capabilities,
  };
  return {
    operation,
    harmless: isProvenRead(info, effect, capabilities),
    statement: statementOf(info),
    stripped: strippedOf(info),
  };
}

interface Place {
  readonly namespace: string;
  readonly name: string;
}

function placeOf(info: RequestInfo, body: BodySaid | null): Place {
  const many = info.synthetic === 'list' || info.synthetic === 'watch';
  const cluster = isClusterScoped(info.group, info.resource) || !many;
  const namespace = info.namespace !== '' ? info.namespace : cluster ? '' : '*';
  if (info.name === '') return { namespace, name: (info.verb === 'create' && body?.name) || '*' };
  return { namespace, name: info.subresource === 'proxy' ? proxiedName(info.name) : info.name };
}

/** `https:web:443` names `web`: a rule about `web` has to meet it under each spelling. */
function proxiedName(name: string): string {
  const parts = name.split(':');
  if (parts.length === 2) return parts[0] ?? name;
  return parts.length === 3 && /^(https?)?$/.test(parts[0] ?? '') ? (parts[1] ?? name) : name;
}

/**
 * A server-side apply and some PUTs create what is not there: a rule against creating is about them too, and one that
 * allows them has to allow that, as the cluster's own rules do.
 */
function verbsOf(info: RequestInfo, body: BodySaid | null): readonly string[] {
  const { verb, group, resource, subresource, synthetic } = info;
  const creates =
    subresource === '' &&
    ((verb === 'patch' && body?.kind === 'yaml') || (verb === 'update' && isCreatedByUpdate(group, resource)));
  return creates ? [synthetic, 'create'] : [synthetic];
}

function attributesOf(info: RequestInfo, body: BodySaid | null, where: Place): Record<string, readonly string[]> {
  if (!info.isResource) return { verb: [info.verb], path: [`/${info.segments.join('/')}`] };
  const { resource, subresource } = info;
  return {
    verb: verbsOf(info, body),
    group: [info.group === '' ? 'core' : info.group],
    resource: [subresource === '' ? resource : `${resource}/${subresource}`],
    subresource: [subresource],
    namespace: [where.namespace],
    name: [where.name],
    ...(subresource === 'exec' && { command: [quoteCommand(info.command)], program: [info.command[0] ?? ''] }),
  };
}

function objectOf(info: RequestInfo, target: string, where: Place): string {
  if (!info.isResource) return `${target}./${info.segments.join('/')}`;
  const resource = info.group === '' ? info.resource : `${info.resource}.${info.group}`;
  const subresource = info.subresource === '' ? '' : `/${info.subresource}`;
  // a Namespace lies in no namespace, though the server's authorizer says it lies in itself
  const inside = where.namespace === '' || isClusterScoped(info.group, info.resource) ? '' : `${where.namespace}/`;
  return `${target}.${inside}${resource}/${where.name}${subresource}`;
}
