const base64 = (text) => Buffer.from(text).toString('base64');
const named = (kind, name, namespace, more = {}, apiVersion = 'v1') => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace ? { namespace } : {}), ...more.metadata },
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'metadata')),
});
const podSpec = (nodeName = 'node-1') => ({
  nodeName,
  serviceAccountName: 'default',
  containers: [
    {
      name: 'app',
      image: 'registry.example/app:1',
      env: [
        { name: 'LOG_LEVEL', value: 'info' },
        { name: 'API_KEY', value: 'env-key-3f9a' },
      ],
    },
  ],
});

/** A small cluster: one team with an application, its configuration and its secrets (all invented). */
export function seedObjects() {
  const labels = { app: 'web' };
  const applied = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', stringData: { password: 'hunter2-canary' } });
  return [
    ...['default', 'kube-system', 'team-a', 'team-b'].map((name) => named('Namespace', name)),
    named('Node', 'node-1', '', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }),
    ...['default', 'team-a', 'team-b'].map((namespace) => named('ServiceAccount', 'default', namespace)),
    named('Secret', 'db', 'team-a', {
      metadata: { labels, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied } },
      type: 'Opaque',
      data: { password: base64('hunter2-canary'), user: base64('app') },
    }),
    named('ConfigMap', 'settings', 'team-a', {
      metadata: { labels },
      data: { mode: 'blue', 'app.properties': 'a=1\n' },
    }),
    named('Pod', 'web-0', 'team-a', { metadata: { labels }, spec: podSpec() }),
    named('Pod', 'web-1', 'team-a', { metadata: { labels }, spec: podSpec() }),
    named('Pod', 'other', 'team-b', { spec: podSpec() }),
    named(
      'Deployment',
      'web',
      'team-a',
      { spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec() } } },
      'apps/v1',
    ),
    named('Widget', 'left', 'team-a', { spec: { size: 3, colour: 'blue' } }, 'example.test/v1'),
  ];
}
