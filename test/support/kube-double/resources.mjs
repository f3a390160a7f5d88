// What the double serves, as data. Kinds of a Table's column: a value of the object, shown as kubectl prints it.
const age = {
  name: 'Age',
  type: 'string',
  format: '',
  priority: 0,
  value: (o) => since(o.metadata.creationTimestamp),
};
const column = (name, value, type = 'string') => ({ name, type, format: '', priority: 0, value });
const name = { ...column('Name', (o) => o.metadata.name), format: 'name' };

function since(stamp) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(stamp)) / 1000));
  return seconds < 120 ? `${seconds}s` : `${Math.floor(seconds / 60)}m`;
}

const type = (group, version, resource, kind, more = {}) => ({
  group,
  version,
  resource,
  kind,
  singular: kind.toLowerCase(),
  namespaced: true,
  short: [],
  subresources: [],
  columns: [name, age],
  isCustom: false,
  ...more,
});
const count = (o) => Object.keys(o.data ?? {}).length;

/** @type {readonly object[]} every resource type */
export const types = [
  type('', 'v1', 'namespaces', 'Namespace', {
    namespaced: false,
    short: ['ns'],
    subresources: ['status'],
    columns: [name, column('Status', (o) => o.status?.phase ?? 'Active'), age],
  }),
  type('', 'v1', 'nodes', 'Node', { namespaced: false, short: ['no'], subresources: ['status'] }),
  type('', 'v1', 'pods', 'Pod', {
    short: ['po'],
    subresources: ['status', 'ephemeralcontainers'],
    columns: [
      name,
      column('Ready', (o) => `${o.spec.containers.length}/${o.spec.containers.length}`),
      column('Status', (o) => o.status?.phase ?? 'Pending'),
      column('Restarts', () => '0'),
      age,
    ],
  }),
  type('', 'v1', 'configmaps', 'ConfigMap', { short: ['cm'], columns: [name, column('Data', count, 'integer'), age] }),
  type('', 'v1', 'secrets', 'Secret', {
    columns: [name, column('Type', (o) => o.type), column('Data', count, 'integer'), age],
  }),
  type('', 'v1', 'services', 'Service', { short: ['svc'], subresources: ['status'] }),
  type('', 'v1', 'serviceaccounts', 'ServiceAccount', { short: ['sa'] }),
  type('', 'v1', 'events', 'Event', { short: ['ev'] }),
  type('apps', 'v1', 'deployments', 'Deployment', {
    short: ['deploy'],
    subresources: ['status'],
    columns: [name, column('Ready', (o) => `${o.status?.readyReplicas ?? 0}/${o.spec?.replicas ?? 1}`), age],
  }),
  type('rbac.authorization.k8s.io', 'v1', 'roles', 'Role'),
  type('rbac.authorization.k8s.io', 'v1', 'rolebindings', 'RoleBinding'),
  type('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', { namespaced: false }),
  type('rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'ClusterRoleBinding', { namespaced: false }),
  type('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition', {
    namespaced: false,
    short: ['crd', 'crds'],
  }),
  type('example.test', 'v1', 'widgets', 'Widget', { short: ['wd'], isCustom: true, subresources: ['status'] }),
];

/** Types that are asked and not stored. */
export const reviews = [
  { group: 'authentication.k8s.io', version: 'v1', resource: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
  { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews', kind: 'TokenReview' },
  {
    group: 'authorization.k8s.io',
    version: 'v1',
    resource: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
  },
  { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews', kind: 'SubjectAccessReview' },
  { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
];

export const typeOf = (group, version, resource) =>
  types.find((known) => known.group === group && known.version === version && known.resource === resource);

export const apiVersionOf = ({ group, version }) => (group ? `${group}/${version}` : version);

/** Group versions in order of discovery. */
export const groupVersions = [...new Set([...types, ...reviews].map(apiVersionOf))];
