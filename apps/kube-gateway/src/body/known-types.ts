import type { RequestInfoLike } from './body-facts.js';

/** How a body of some type is searched for powers. */
export type TypeKnowledge = 'pods' | 'plain' | 'unknown';

/** Groups of the API server itself: types in them that are not listed below hold no pods. */
const BUILT_IN_GROUPS = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'meta.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
]);

/** Kinds that hold a pod's specification (or, as PersistentVolume does, a way to the host) somewhere. */
const POD_KINDS = new Map([
  ['pods', 'Pod'],
  ['podtemplates', 'PodTemplate'],
  ['replicationcontrollers', 'ReplicationController'],
  ['persistentvolumes', 'PersistentVolume'],
  ['deployments', 'Deployment'],
  ['replicasets', 'ReplicaSet'],
  ['statefulsets', 'StatefulSet'],
  ['daemonsets', 'DaemonSet'],
  ['controllerrevisions', 'ControllerRevision'],
  ['jobs', 'Job'],
  ['cronjobs', 'CronJob'],
]);

/** Kinds of the groups that also hold pods, and which hold none. */
const PLAIN_KINDS = new Map([
  ['bindings', 'Binding'],
  ['componentstatuses', 'ComponentStatus'],
  ['configmaps', 'ConfigMap'],
  ['endpoints', 'Endpoints'],
  ['events', 'Event'],
  ['limitranges', 'LimitRange'],
  ['namespaces', 'Namespace'],
  ['nodes', 'Node'],
  ['persistentvolumeclaims', 'PersistentVolumeClaim'],
  ['resourcequotas', 'ResourceQuota'],
  ['secrets', 'Secret'],
  ['serviceaccounts', 'ServiceAccount'],
  ['services', 'Service'],
  ['ingresses', 'Ingress'],
  ['networkpolicies', 'NetworkPolicy'],
]);

const GROUPS_WITH_PODS = new Set(['', 'apps', 'batch', 'extensions']);
const POD_KIND_NAMES = new Set(POD_KINDS.values());
const PLAIN_KIND_NAMES = new Set([
  ...PLAIN_KINDS.values(),
  'DeleteOptions',
  'Eviction',
  'PodStatusResult',
  'RangeAllocation',
  'Scale',
  'Status',
  'TokenRequest',
]);
/** Subresources whose body is the object itself. */
const OWN_SUBRESOURCES = new Set(['', 'status', 'ephemeralcontainers', 'resize', 'finalize', 'approval']);

/** Whether a request's body is the object that its path names, not an order about it such as a Scale or an Eviction. */
export function bodyIsObject(info: RequestInfoLike): boolean {
  return OWN_SUBRESOURCES.has(info.subresource);
}

/** The legacy group is '' here, whatever it was called. */
export function groupName(group: string): string {
  return group === 'core' ? '' : group;
}

/** The group that an `apiVersion` names. */
function groupOf(apiVersion: string | null): string {
  const slash = apiVersion?.indexOf('/') ?? -1;
  return apiVersion === null || slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The kind of a request's resource, where this gateway knows it and the body is the object itself. */
export function kindOfResource(info: RequestInfoLike): string | null {
  if (!OWN_SUBRESOURCES.has(info.subresource) || !GROUPS_WITH_PODS.has(groupName(info.group))) return null;
  return POD_KINDS.get(info.resource) ?? PLAIN_KINDS.get(info.resource) ?? null;
}

/** What is known of the type that a request's path names: the API server decodes the body into this one. */
export function knowledgeOfResource(info: RequestInfoLike): TypeKnowledge {
  const group = groupName(info.group);
  if (BUILT_IN_GROUPS.has(group)) return 'plain';
  if (!GROUPS_WITH_PODS.has(group)) return 'unknown';
  if (!OWN_SUBRESOURCES.has(info.subresource)) return info.subresource === 'scale' ? 'plain' : 'unknown';
  if (POD_KINDS.has(info.resource)) return 'pods';
  return PLAIN_KINDS.has(info.resource) ? 'plain' : 'unknown';
}

/** What is known of the type that a body names. */
export function knowledgeOfKind(apiVersion: string | null, kind: string): TypeKnowledge {
  const group = groupOf(apiVersion);
  if (GROUPS_WITH_PODS.has(group)) {
    if (POD_KIND_NAMES.has(kind)) return 'pods';
    if (PLAIN_KIND_NAMES.has(kind)) return 'plain';
    return 'unknown';
  }
  return BUILT_IN_GROUPS.has(group) ? 'plain' : 'unknown';
}
