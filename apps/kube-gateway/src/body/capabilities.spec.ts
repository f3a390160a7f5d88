import { field, flag, kubernetes } from './testing/protobuf-builder.js';
import { readBody } from './read-body.js';
import { APPLY, JSON_PATCH, MERGE_PATCH, PROTOBUF, request, said } from './testing/requests.js';

const container = (extra: object): object => ({ containers: [{ name: 'c', image: 'i', ...extra }] });

/** A pod's specification, and the one power that it asks for ('' for none). */
const SPECIFICATIONS: [string, object, string][] = [
  ['hostNetwork', { hostNetwork: true }, 'host-access'],
  ['hostPID', { hostPID: true }, 'host-access'],
  ['hostIPC', { hostIPC: true }, 'host-access'],
  ['a privileged container', container({ securityContext: { privileged: true } }), 'host-access'],
  ['a privileged init container', { initContainers: [{ securityContext: { privileged: true } }] }, 'host-access'],
  ['a host process on Windows', { securityContext: { windowsOptions: { hostProcess: true } } }, 'host-access'],
  [
    'the kernel capability SYS_ADMIN',
    container({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }),
    'host-access',
  ],
  ['every kernel capability', container({ securityContext: { capabilities: { add: ['CAP_all'] } } }), 'host-access'],
  ['a path of the host', { volumes: [{ name: 'v', hostPath: { path: '/' } }] }, 'host-access'],
  ['a volume with a Secret', { volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'use-secret'],
  ['a projected Secret', { volumes: [{ projected: { sources: [{ secret: { name: 's' } }] } }] }, 'use-secret'],
  [
    'a token for another audience',
    { volumes: [{ projected: { sources: [{ serviceAccountToken: { audience: 'vault', path: 't' } }] } }] },
    'use-secret',
  ],
  [
    'a variable out of a Secret',
    container({ env: [{ valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] }),
    'use-secret',
  ],
  ['variables out of a Secret', container({ envFrom: [{ secretRef: { name: 's' } }] }), 'use-secret'],
  [
    'a Secret for a CSI driver',
    { volumes: [{ csi: { driver: 'd', nodePublishSecretRef: { name: 's' } } }] },
    'use-secret',
  ],
  ['a Secret for a file share', { volumes: [{ azureFile: { secretName: 's', shareName: 'x' } }] }, 'use-secret'],
  ['another service account', { serviceAccountName: 'admin' }, 'use-service-account'],
  ['another service account by the old name', { serviceAccount: 'admin' }, 'use-service-account'],
  ['a container for debugging', { ephemeralContainers: [{ name: 'd', image: 'i' }] }, 'debug'],
  ['a certificate of the pod', { volumes: [{ projected: { sources: [{ podCertificate: {} }] } }] }, 'mint-certificate'],

  ['plain variables', container({ env: [{ name: 'A', value: 'secret' }] }), ''],
  [
    'truths that are denied',
    { hostNetwork: false, hostPID: null, ...container({ securityContext: { privileged: false } }) },
    '',
  ],
  ['the default service account', { serviceAccountName: 'default', serviceAccount: 'default' }, ''],
  ['no service account', { serviceAccountName: '' }, ''],
  [
    'the token that every pod gets',
    { volumes: [{ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] },
    '',
  ],
  ['secrets for pulling images', { imagePullSecrets: [{ name: 'registry' }] }, ''],
  ['a port of the host', container({ ports: [{ containerPort: 80, hostPort: 80 }] }), ''],
  ['a harmless kernel capability', container({ securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } }), ''],
  ['kernel capabilities taken away', container({ securityContext: { capabilities: { drop: ['ALL'] } } }), ''],
  ['volumes without secrets', { volumes: [{ emptyDir: {} }, { configMap: { name: 'c' } }] }, ''],
  ['no container for debugging', { ephemeralContainers: [] }, ''],
];

/** Every type that holds a pod, and how. */
const HOLDERS: [string, string, string, (spec: object) => object][] = [
  ['pods', 'v1', 'Pod', (spec) => ({ spec })],
  ['podtemplates', 'v1', 'PodTemplate', (spec) => ({ template: { spec } })],
  ['replicationcontrollers', 'v1', 'ReplicationController', (spec) => ({ spec: { template: { spec } } })],
  ['deployments.apps', 'apps/v1', 'Deployment', (spec) => ({ spec: { template: { spec } } })],
  ['replicasets.apps', 'apps/v1', 'ReplicaSet', (spec) => ({ spec: { template: { spec } } })],
  ['statefulsets.apps', 'apps/v1', 'StatefulSet', (spec) => ({ spec: { template: { spec } } })],
  ['daemonsets.apps', 'apps/v1', 'DaemonSet', (spec) => ({ spec: { template: { spec } } })],
  ['controllerrevisions.apps', 'apps/v1', 'ControllerRevision', (spec) => ({ data: { spec: { template: { spec } } } })],
  ['jobs.batch', 'batch/v1', 'Job', (spec) => ({ spec: { template: { spec } } })],
  ['cronjobs.batch', 'batch/v1', 'CronJob', (spec) => ({ spec: { jobTemplate: { spec: { template: { spec } } } } })],
  ['rollouts.argoproj.io', 'argoproj.io/v1', 'Rollout', (spec) => ({ spec: { template: { spec } } })],
  ['things.example.com', 'example.com/v1', 'Thing', (spec) => ({ spec: { deep: [{ podTemplate: { spec } }] } })],
  ['pods', 'v1', 'List', (spec) => ({ items: [{ apiVersion: 'v1', kind: 'Pod', spec }] })],
  [
    'services',
    'v1',
    'List',
    (spec) => ({ items: [{ apiVersion: 'apps/v1', kind: 'Deployment', spec: { template: { spec } } }] }),
  ],
  ['services', 'v1', 'Pod', (spec) => ({ spec })],
];

describe('powers of a pod', () => {
  it.each(SPECIFICATIONS)('%s', (_, spec, power) => {
    const expected = power === '' ? [] : [power];
    expect(said('create pods', { kind: 'Pod', spec }).capabilities).toEqual(expected);
    expect(said('create pods', { spec }, 'application/yaml').capabilities).toEqual(expected);
    expect(said('patch pods', { spec }, MERGE_PATCH).capabilities).toEqual(expected);
    const patch = [{ op: 'replace', path: '/spec', value: spec }];
    expect(said('patch pods', patch, JSON_PATCH).capabilities).toEqual(expected);
  });

  it.each(HOLDERS)('are seen in %s of %s %s', (resource, apiVersion, kind, hold) => {
    for (const [name, spec, power] of SPECIFICATIONS) {
      const body = { apiVersion, kind, metadata: { name: 'x' }, ...hold(spec) };
      expect([name, ...said(`create ${resource}`, body).capabilities]).toEqual(power === '' ? [name] : [name, power]);
    }
  });

  it('takes the yes of YAML 1.1 for a truth, and its no for none', () => {
    expect(said('patch pods', 'spec: {hostNetwork: yes}\n', APPLY).capabilities).toEqual(['host-access']);
    expect(said('patch pods', 'spec: {hostNetwork: no}\n', APPLY).capabilities).toEqual([]);
    expect(said('patch pods', 'x: &x true\nspec: {hostNetwork: *x}\n', APPLY).capabilities).toEqual(['host-access']);
  });

  it('does not take schemas, configuration and names for pods', () => {
    const schema = { spec: { versions: [{ schema: { properties: { hostNetwork: {}, secretRef: {} } } }] } };
    expect(said('create customresourcedefinitions.apiextensions.k8s.io', schema).capabilities).toEqual([]);
    expect(said('create configmaps', { data: { hostPath: '/', secret: 'x' } }).capabilities).toEqual([]);
    expect(said('create pods', { metadata: { annotations: { hostPath: '/', secretName: 'x' } } }).capabilities).toEqual(
      [],
    );
    expect(said('create ingresses.networking.k8s.io', { spec: { tls: [{ secretName: 's' }] } }).capabilities).toEqual(
      [],
    );
    expect(said('create pods/eviction', { apiVersion: 'policy/v1', kind: 'Eviction' }).capabilities).toEqual([]);
  });

  it('sees volumes that lead to the host or to a Secret without a pod', () => {
    const volume = (source: object): string[] => [...said('create persistentvolumes', { spec: source }).capabilities];
    expect(volume({ hostPath: { path: '/' } })).toEqual(['host-access']);
    expect(volume({ local: { path: '/' } })).toEqual(['host-access']);
    expect(volume({ csi: { nodeStageSecretRef: { name: 's', namespace: 'kube-system' } } })).toEqual(['use-secret']);
    expect(volume({ nfs: { server: 's', path: '/' } })).toEqual([]);
  });
});

describe('powers of other objects', () => {
  it.each([
    ['roles.rbac.authorization.k8s.io', 'Role', 'change-rbac'],
    ['clusterrolebindings.rbac.authorization.k8s.io', 'ClusterRoleBinding', 'change-rbac'],
    ['certificatesigningrequests.certificates.k8s.io', 'CertificateSigningRequest', 'mint-certificate'],
    ['serviceaccounts/token', 'TokenRequest', 'mint-token'],
  ])('%s of kind %s', (resource, kind, power) => {
    expect(said(`create ${resource}`, { kind }).capabilities).toEqual([power]);
    const list = { kind: 'List', items: [{ kind: 'ConfigMap' }, { kind }] };
    expect(said('create configmaps', list).capabilities).toEqual([power]);
  });

  const account = 'kubernetes.io/service-account.name';
  it.each([
    ['by type', { type: 'kubernetes.io/service-account-token' }],
    ['by annotation', { metadata: { annotations: { [account]: 'admin' } } }],
  ])('a Secret that the cluster fills with a token, %s', (_, body) => {
    expect(said('create secrets', body).capabilities).toEqual(['token-secret']);
    expect(said('patch secrets', body, MERGE_PATCH).capabilities).toEqual(['token-secret']);
    expect(said('create configmaps', { kind: 'List', items: [{ kind: 'Secret', ...body }] }).capabilities).toEqual([
      'token-secret',
    ]);
    expect(said('create configmaps', body).capabilities).toEqual([]);
  });

  it('a Secret of another type asks for nothing', () => {
    expect(said('create secrets', { type: 'Opaque', data: { a: 'b' } }).capabilities).toEqual([]);
  });
});

describe('powers of a JSON Patch', () => {
  it.each([
    ['pods', { op: 'add', path: '/spec/hostNetwork', value: true }, 'host-access'],
    ['deployments.apps', { op: 'add', path: '/spec/template/spec/volumes/0/hostPath/path', value: '/' }, 'host-access'],
    ['deployments.apps', { op: 'replace', path: '/spec/template/spec/volumes/-', value: { secret: {} } }, 'use-secret'],
    [
      'pods',
      { op: 'add', path: '/spec/containers/0/securityContext/capabilities/add/0', value: 'SYS_ADMIN' },
      'host-access',
    ],
    [
      'pods',
      { op: 'add', path: '/spec/volumes/0/projected/sources/0/serviceAccountToken/audience', value: 'a' },
      'use-secret',
    ],
    ['pods', { op: 'add', path: '', value: { spec: { serviceAccountName: 'admin' } } }, 'use-service-account'],
    ['pods', { op: 'add', path: '/spec/ephemeralContainers', value: [{ name: 'd' }] }, 'debug'],
    [
      'secrets',
      { op: 'add', path: '/metadata/annotations/kubernetes.io~1service-account.name', value: 'x' },
      'token-secret',
    ],
    ['secrets', { op: 'replace', path: '/type', value: 'kubernetes.io/service-account-token' }, 'token-secret'],
    ['secrets', { op: 'copy', from: '/data/password', path: '/metadata/labels2/x' }, 'use-secret'],
    ['secrets', { op: 'move', from: '/data', path: '/stringData' }, 'use-secret'],
    ['secrets', { op: 'test', path: '/data/password', value: 'Z3Vlc3M=' }, 'use-secret'],
    ['secrets', { op: 'test', path: '', value: {} }, 'use-secret'],
    ['configmaps', { op: 'copy', from: '/data/a', path: '/metadata/annotations/a' }, 'use-secret'],
    ['pods', { op: 'remove', path: '/spec/hostNetwork' }, ''],
    ['pods', { op: 'test', path: '/spec/hostNetwork', value: true }, ''],
    ['secrets', { op: 'test', path: '/metadata/resourceVersion', value: '7' }, ''],
    ['secrets', { op: 'remove', path: '/data/password' }, ''],
    ['secrets', { op: 'replace', path: '/data/password', value: 'bmV3' }, ''],
    ['services', { op: 'copy', from: '/spec/ports/0', path: '/spec/ports/-' }, ''],
  ])('%s %j', (resource, operation, power) => {
    const facts = said(`patch ${resource}`, [operation], JSON_PATCH);
    expect(facts.readable).toBe(true);
    expect(facts.capabilities).toEqual(power === '' ? [] : [power]);
  });

  it('does not let a dry run show what its answer would mask', () => {
    const info = { ...request('patch secrets'), dryRun: true };
    const patch = (operation: object): boolean =>
      readBody(Buffer.from(JSON.stringify([operation])), JSON_PATCH, info).readable;
    expect(patch({ op: 'copy', from: '/data/password', path: '/metadata/annotations/x' })).toBe(false);
    expect(patch({ op: 'test', path: '/data/password', value: 'Z3Vlc3M=' })).toBe(false);
    expect(patch({ op: 'replace', path: '/data/password', value: 'bmV3' })).toBe(true);
  });

  it.each([
    [
      'annotations, which hold copies',
      { op: 'copy', from: '/metadata/annotations', path: '/spec/template/metadata/annotations' },
    ],
    ['metadata', { op: 'move', from: '/metadata', path: '/spec/template/metadata' }],
    ['a field of its own', { op: 'copy', from: '/spec/token', path: '/spec/note' }],
  ])('lets nothing of an object with protected fields be carried: %s', (_, operation) => {
    const body = Buffer.from(JSON.stringify([operation]));
    const info = { ...request('patch widgets.example.com'), protects: true };
    expect(readBody(body, JSON_PATCH, info).capabilities).toContain('use-secret');
    expect(readBody(body, JSON_PATCH, { ...info, dryRun: true }).readable).toBe(false);
  });

  it('believes nothing of what is carried within a pod', () => {
    const patch = [{ op: 'copy', from: '/metadata/annotations/x', path: '/spec/schedulerName' }];
    expect(said('patch pods', patch, JSON_PATCH).capabilities).toEqual([
      'host-access',
      'use-secret',
      'use-service-account',
    ]);
  });
});

describe('powers in protobuf', () => {
  const volume = (source: Uint8Array): Uint8Array => field(1, field(1, 'v'), field(2, source));
  const one = (...fields: Uint8Array[]): Uint8Array => field(2, field(1, 'c'), ...fields);
  const SPECS: [string, Uint8Array, string][] = [
    ['hostNetwork', flag(11), 'host-access'],
    ['hostPID', flag(12), 'host-access'],
    ['hostIPC', flag(13, 2n ** 63n), 'host-access'],
    ['a privileged container', one(field(15, flag(2))), 'host-access'],
    ['a privileged init container', field(20, field(15, flag(2))), 'host-access'],
    ['SYS_ADMIN', one(field(15, field(1, field(1, 'KILL'), field(1, 'SYS_ADMIN')))), 'host-access'],
    ['a path of the host', volume(field(1, field(1, '/'))), 'host-access'],
    ['a volume with a Secret', volume(field(6, field(1, 's'))), 'use-secret'],
    ['a projected Secret', volume(field(26, field(1, field(1, field(1, field(1, 's')))))), 'use-secret'],
    ['a token for another audience', volume(field(26, field(1, field(4, field(1, 'vault'))))), 'use-secret'],
    ['a variable out of a Secret', one(field(7, field(1, 'A'), field(3, field(4, field(2, 'k'))))), 'use-secret'],
    ['variables out of a Secret', one(field(19, field(3, field(1, field(1, 's'))))), 'use-secret'],
    ['another service account', field(8, 'admin'), 'use-service-account'],
    ['another service account by the old name', field(9, 'admin'), 'use-service-account'],
    ['a container for debugging', field(34, field(1, field(1, 'd'))), 'debug'],
    ['the default service account', Buffer.concat([field(8, 'default'), field(9, 'default')]), ''],
    ['a truth that is denied', flag(11, 0), ''],
    ['a plain container', one(field(7, field(1, 'A'), field(2, 'secret')), field(15, flag(2, 0))), ''],
    ['the token that every pod gets', volume(field(26, field(1, field(4, field(3, 'token'))))), ''],
    ['secrets for pulling images', field(15, field(1, 'registry')), ''],
  ];
  const HOLDING: [string, string, string, (spec: Uint8Array) => Uint8Array][] = [
    ['pods', 'v1', 'Pod', (spec) => field(2, spec)],
    ['podtemplates', 'v1', 'PodTemplate', (spec) => field(2, field(2, spec))],
    ['replicationcontrollers', 'v1', 'ReplicationController', (spec) => field(2, field(3, field(2, spec)))],
    ['deployments.apps', 'apps/v1', 'Deployment', (spec) => field(2, field(3, field(2, spec)))],
    ['replicasets.apps', 'apps/v1', 'ReplicaSet', (spec) => field(2, field(3, field(2, spec)))],
    ['statefulsets.apps', 'apps/v1', 'StatefulSet', (spec) => field(2, field(3, field(2, spec)))],
    ['daemonsets.apps', 'apps/v1', 'DaemonSet', (spec) => field(2, field(2, field(2, spec)))],
    ['jobs.batch', 'batch/v1', 'Job', (spec) => field(2, field(6, field(2, spec)))],
    ['cronjobs.batch', 'batch/v1', 'CronJob', (spec) => field(2, field(5, field(2, field(6, field(2, spec)))))],
    ['pods', '', '', (spec) => field(2, spec)],
    ['pods', 'v1', 'ConfigMap', (spec) => field(2, spec)],
    ['services', 'v1', 'Pod', (spec) => field(2, spec)],
  ];

  it.each(HOLDING)('are seen in %s of %s %s', (resource, apiVersion, kind, hold) => {
    for (const [name, spec, power] of SPECS) {
      const { readable, capabilities } = said(`create ${resource}`, kubernetes(apiVersion, kind, hold(spec)), PROTOBUF);
      // a pod's specification read as something else may not be readable, but never harmless
      if (kind === 'ConfigMap' && !readable) continue;
      expect([name, ...capabilities]).toEqual(power === '' ? [name] : [name, power]);
    }
  });

  it('asks for everything where a type is not known', () => {
    const everything = ['host-access', 'use-secret', 'use-service-account'];
    expect(said('create widgets', kubernetes('v1', 'Widget'), PROTOBUF).capabilities).toEqual(everything);
    expect(said('create things.example.com', kubernetes('example.com/v1', 'Thing'), PROTOBUF).capabilities).toEqual(
      everything,
    );
    expect(said('create things.example.com', kubernetes('', ''), PROTOBUF).capabilities).toEqual(everything);
    expect(said('create services', kubernetes('v1', 'Service'), PROTOBUF).capabilities).toEqual([]);
    expect(
      said('create leases.coordination.k8s.io', kubernetes('coordination.k8s.io/v1', 'Lease'), PROTOBUF).capabilities,
    ).toEqual([]);
  });

  it('sees a Secret that the cluster fills with a token, and RBAC', () => {
    const annotation = field(12, field(1, 'kubernetes.io/service-account.name'), field(2, 'admin'));
    const group = 'rbac.authorization.k8s.io';
    expect(said('create secrets', kubernetes('v1', 'Secret', field(1, annotation)), PROTOBUF).capabilities).toEqual([
      'token-secret',
    ]);
    const typed = kubernetes('v1', 'Secret', field(3, 'kubernetes.io/service-account-token'));
    expect(said('create secrets', typed, PROTOBUF).capabilities).toEqual(['token-secret']);
    expect(said(`create roles.${group}`, kubernetes(`${group}/v1`, 'Role'), PROTOBUF).capabilities).toEqual([
      'change-rbac',
    ]);
  });
});
