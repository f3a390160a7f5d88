/** Manifests that the clients are given; pods name their node, since nothing schedules here. */
export const pod = (name, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels },
  spec: {
    nodeName: 'n0',
    containers: [{ name: 'main', image: 'example/app:1', env: [{ name: 'COLOUR', value: 'green' }] }],
  },
});

export const deployment = (name, { replicas = 2, image = 'example/web:1' } = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { nodeName: 'n0', containers: [{ name: 'main', image }] },
    },
  },
});

export const configMap = (name, data, labels = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels },
  data,
});
