import { wordList } from './word-list.js';

// what is known of the API server's own resources; everything else is a custom resource or an aggregated server's

const ownGroups = new Set(
  wordList(`
  apps autoscaling batch extensions policy events.k8s.io storage.k8s.io node.k8s.io networking.k8s.io
  discovery.k8s.io coordination.k8s.io scheduling.k8s.io resource.k8s.io rbac.authorization.k8s.io
  authentication.k8s.io authorization.k8s.io certificates.k8s.io apiextensions.k8s.io
  apiregistration.k8s.io admissionregistration.k8s.io internal.apiserver.k8s.io
  flowcontrol.apiserver.k8s.io storagemigration.k8s.io
`),
);

const clusterScoped: Readonly<Record<string, readonly string[]>> = {
  '': ['namespaces', 'nodes', 'persistentvolumes', 'componentstatuses'],
  'rbac.authorization.k8s.io': ['clusterroles', 'clusterrolebindings'],
  'authentication.k8s.io': ['tokenreviews', 'selfsubjectreviews'],
  'authorization.k8s.io': ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'subjectaccessreviews'],
  'certificates.k8s.io': ['certificatesigningrequests', 'clustertrustbundles'],
  'apiextensions.k8s.io': ['customresourcedefinitions'],
  'apiregistration.k8s.io': ['apiservices'],
  'admissionregistration.k8s.io': wordList(`
  validatingwebhookconfigurations mutatingwebhookconfigurations validatingadmissionpolicies
  validatingadmissionpolicybindings mutatingadmissionpolicies mutatingadmissionpolicybindings
`),
  'storage.k8s.io': ['storageclasses', 'volumeattachments', 'csinodes', 'csidrivers', 'volumeattributesclasses'],
  'node.k8s.io': ['runtimeclasses'],
  'scheduling.k8s.io': ['priorityclasses'],
  'networking.k8s.io': ['ingressclasses', 'ipaddresses', 'servicecidrs'],
  'flowcontrol.apiserver.k8s.io': ['flowschemas', 'prioritylevelconfigurations'],
  'resource.k8s.io': ['resourceslices', 'deviceclasses', 'devicetaintrules'],
  'internal.apiserver.k8s.io': ['storageversions'],
  'storagemigration.k8s.io': ['storageversionmigrations'],
};

/** Subresources that custom resources have too; any other one of a foreign group is an aggregated server's own. */
const everywhere = new Set(['', 'status', 'scale']);
const readable = new Set(['log', 'ephemeralcontainers', 'resize', 'approval']);
const writable = new Set(['binding', 'eviction', 'ephemeralcontainers', 'resize', 'approval', 'finalize', 'token']);

/** Resources of which a PUT creates what is not there (`AllowCreateOnUpdate` of the API server's strategies). */
const createdByUpdate: Readonly<Record<string, readonly string[]>> = {
  '': ['endpoints', 'events', 'limitranges', 'services'],
  'events.k8s.io': ['events'],
  'coordination.k8s.io': ['leases', 'leasecandidates'],
  'node.k8s.io': ['runtimeclasses'],
  'rbac.authorization.k8s.io': ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
};

/** Whether a PUT may create an object of a resource. */
export function isCreatedByUpdate(group: string, resource: string): boolean {
  const known = Object.hasOwn(createdByUpdate, group) ? createdByUpdate[group] : undefined;
  return known?.includes(resource) ?? false;
}

/** Whether the API server itself serves a group (kube-apiserver 1.37 and before). */
export function isOwnGroup(group: string): boolean {
  return group === '' || ownGroups.has(group);
}

/** Whether a resource is known to live in no namespace; false where that is not known. */
export function isClusterScoped(group: string, resource: string): boolean {
  const known = Object.hasOwn(clusterScoped, group) ? clusterScoped[group] : undefined;
  return known?.includes(resource) ?? false;
}

/** Whether it is known what reading or writing a subresource does. */
export function isKnownSubresource(group: string, subresource: string, writes: boolean): boolean {
  if (everywhere.has(subresource)) return true;
  return isOwnGroup(group) && (writes ? writable : readable).has(subresource);
}
