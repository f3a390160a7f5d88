import type { PodField, RuleStep } from './field-rule.js';

const key = (name: string): RuleStep => ({ key: name });
const path = (dotted: string): RuleStep[] => dotted.split('.').map(key);

/** Groups of kube-apiserver's own in which no pod template lives. Every other group may hold one at any place. */
const WITHOUT_TEMPLATES = new Set(
  (
    'admissionregistration.k8s.io apiextensions.k8s.io apiregistration.k8s.io authentication.k8s.io authorization.k8s.io ' +
    'autoscaling certificates.k8s.io coordination.k8s.io discovery.k8s.io events.k8s.io flowcontrol.apiserver.k8s.io ' +
    'internal.apiserver.k8s.io metrics.k8s.io networking.k8s.io node.k8s.io policy rbac.authorization.k8s.io ' +
    'resource.k8s.io scheduling.k8s.io storage.k8s.io storagemigration.k8s.io'
  ).split(' '),
);
const LEGACY_WITH_TEMPLATES = ['pods', 'podtemplates', 'replicationcontrollers'];
const WORKLOAD_GROUPS = ['apps', 'batch', 'extensions'];

/** Where a pod's spec stands in pods, templates, workloads and cron jobs. */
const SPECS = ['spec', 'template.spec', 'spec.template.spec', 'spec.jobTemplate.spec.template.spec'].map(path);
const CONTAINERS = ['containers', 'initContainers', 'ephemeralContainers'].map(key);

const PARTS: Readonly<Record<PodField['part'], readonly RuleStep[][]>> = {
  env: [path('env.value')],
  command: [
    path('command'),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].map((probe) => path(`${probe}.exec.command`)),
    ...['postStart', 'preStop'].map((hook) => path(`lifecycle.${hook}.exec.command`)),
  ],
  args: [path('args')],
};

/** Anywhere in kinds that are not known: whatever is called so. */
const ANYWHERE: Readonly<Record<PodField['part'], RuleStep[]>> = {
  env: ['deep', key('env'), key('value')],
  command: ['deep', key('command')],
  args: ['deep', key('args')],
};

/** The paths at which a part of a pod template stands in the objects of a resource; empty where there is none. */
export function podPlaces(part: PodField['part'], group: string, resource: string): RuleStep[][] {
  if (resource === 'controllerrevisions') return [[key('data'), ...ANYWHERE[part]]];
  if (group === '' ? LEGACY_WITH_TEMPLATES.includes(resource) : WORKLOAD_GROUPS.includes(group))
    return SPECS.flatMap((spec) =>
      CONTAINERS.flatMap((container) => PARTS[part].map((place) => [...spec, container, ...place])),
    );
  return group === '' || WITHOUT_TEMPLATES.has(group) ? [] : [ANYWHERE[part]];
}

/** The same in objects of which nothing is known. */
export const podPlacesAnywhere = (part: PodField['part']): RuleStep[] => ANYWHERE[part];
