import { newestKubectl, kubectl } from '../../kube-server/kubectl.mjs';
import { Canaries } from './canaries.mjs';
import { configMap } from './manifests.mjs';

/** Everything that can be protected, protected. */
export const protect = [
  {
    class: 'credential',
    kubernetes: [
      'configmaps.data.password',
      'configmaps.binaryData.*',
      'pods.env',
      'pods.command',
      'pods.args',
      'vaults.interop.example.com/spec.inner.*',
    ],
    patterns: [Canaries.pattern],
  },
];

const vault = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'vaults.interop.example.com' },
  spec: {
    group: 'interop.example.com',
    scope: 'Namespaced',
    names: { plural: 'vaults', singular: 'vault', kind: 'Vault' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

/** The objects with a canary in each place where a secret can be, applied by kubectl past the gateway, so that each has a last-applied. */
export async function plant(world, namespace) {
  const canaries = new Canaries();
  const { kubeconfigs } = await world.cluster();
  const side = { kubeconfig: kubeconfigs.admin, namespace, home: world.scratch };
  const file = newestKubectl();
  const run = async (args, options = {}) => {
    const ended = await kubectl(file, args, { ...side, ...options });
    if (ended.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ended.stderr}`);
    return ended.stdout.toString();
  };
  const apply = (...items) =>
    run(['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) });
  const template = (name) => ({
    metadata: { labels: { app: name } },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'example/app:1',
          command: ['serve', `--key=${canaries.path(`${name}: command`)}`],
          args: [canaries.path(`${name}: args`)],
          env: [
            { name: 'PASSWORD', value: canaries.path(`${name}: env`) },
            { name: 'FROM_SECRET', valueFrom: { secretKeyRef: { name: 'hidden', key: 'token' } } },
          ],
        },
      ],
    },
  });
  const workload = (apiVersion, kind, name, more) => ({
    apiVersion,
    kind,
    metadata: { name, labels: { planted: 'yes' } },
    spec: { selector: { matchLabels: { app: name } }, template: template(name), ...more },
  });
  await apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hidden', labels: { planted: 'yes' } },
      stringData: { password: canaries.path('secret: stringData'), token: canaries.text('secret: by pattern') },
      data: { key: Buffer.from(canaries.path('secret: data')).toString('base64') },
    },
    {
      ...configMap('settings', { password: canaries.path('configmap: data'), shown: 'yes' }, { planted: 'yes' }),
      binaryData: { blob: Buffer.from(`\u00ff${canaries.path('configmap: binaryData')}`, 'latin1').toString('base64') },
    },
    workload('apps/v1', 'Deployment', 'planted-deployment', { replicas: 1 }),
    workload('apps/v1', 'StatefulSet', 'planted-set', { replicas: 1, serviceName: 'none' }),
    {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'planted-cron' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: {
            template: {
              ...template('planted-cron'),
              spec: { ...template('planted-cron').spec, restartPolicy: 'Never' },
            },
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PodTemplate',
      metadata: { name: 'planted-template' },
      template: template('planted-template'),
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'planted',
        labels: { app: 'planted-pod', planted: 'yes' },
        annotations: { note: canaries.text('annotation, by pattern') },
      },
      spec: template('planted').spec,
    },
    vault,
  );
  await run(['wait', '--for=condition=Established', `crd/${vault.metadata.name}`, '--timeout=30s']);
  await apply({
    apiVersion: 'interop.example.com/v1',
    kind: 'Vault',
    metadata: { name: 'planted' },
    spec: { inner: { a: canaries.path('custom resource'), b: [canaries.path('custom resource: list')] }, shown: 'yes' },
  });
  await run(['wait', '--for=condition=Ready', 'pod/planted', '--timeout=30s']);
  await run(['rollout', 'status', 'deployment/planted-deployment', '--timeout=30s']);
  await run(['create', '-f', '-'], {
    input: JSON.stringify({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'planted' },
      involvedObject: { kind: 'Pod', name: 'planted', namespace, apiVersion: 'v1' },
      reason: 'Told',
      type: 'Warning',
      message: `could not log in with ${canaries.text('event: message')}`,
    }),
  });
  const terminated = {
    name: 'main',
    image: 'example/app:1',
    imageID: '',
    ready: false,
    restartCount: 1,
    lastState: { terminated: { exitCode: 1, message: canaries.text('status: terminated.message') } },
  };
  await run([
    'patch',
    'pod',
    'planted',
    '--subresource=status',
    '--type=merge',
    '-p',
    JSON.stringify({ status: { containerStatuses: [terminated] } }),
  ]);
  await run([
    'exec',
    'planted',
    '--',
    'sh',
    '-c',
    `echo "begun with ${canaries.text('log')}" >>$LOG; echo ${canaries.text('file in a pod')} >seen.txt`,
  ]);
  return { canaries, run, file };
}
