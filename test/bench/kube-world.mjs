import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestKubectl } from '../kube-server/kubectl.mjs';
import { startKubeServer } from '../kube-server/start-kube-server.mjs';
import { personOf, startSallyport, until } from '../support/sallyport.mjs';
import { treeOf } from './cpu.mjs';
import { kubeDoor, sideBySide } from './kube-client.mjs';

const namespaces = ['few', 'few-pods', 'many-pods', 'events', 'large'];

/** The cluster that is measured, with alice in it under the name she has there and the one the gateway gives her. */
export async function startCluster(say) {
  const cluster = await startKubeServer({ say, auditLevel: 'None' });
  const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
  await create(cluster, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'bench' },
    roleRef: { ...rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: ['alice', 'alice@example.com'].map((name) => ({ ...rbac, kind: 'User', name })),
  });
  for (const name of namespaces) await create(cluster, '/api/v1/namespaces', { metadata: { name } });
  const door = kubeDoor({ name: 'direct', url: cluster.url, ca: cluster.ca, token: 'alice-token' });
  return { ...cluster, door };
}

async function create({ admin }, path, object) {
  const { status, text } = await admin('POST', path, object);
  if (status !== 201) throw new Error(text);
}

async function createAll({ door }, namespace, kind, count, object) {
  const path = `/api/v1/namespaces/${namespace}/${kind}`;
  await sideBySide(
    door,
    16,
    (connection, i) => connection.expect('POST', path, JSON.stringify(object(i))),
    (i) => i < count,
  );
}

/** One ConfigMap, one Secret and one running pod in `few`. */
export async function fillOne(cluster) {
  const value = 'x'.repeat(64);
  const data = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`key-${i}`, value]));
  await create(cluster, '/api/v1/namespaces/few/configmaps', { metadata: { name: 'one' }, data });
  await create(cluster, '/api/v1/namespaces/few/secrets', { metadata: { name: 'one' }, stringData: data });
}

/** Pods that nobody runs: there is no scheduler. */
export async function fillPods(cluster, namespace, count) {
  const env = [
    { name: 'PASSWORD', value: 'not-for-everyone' },
    { name: 'LEVEL', value: 'info' },
  ];
  await createAll(cluster, namespace, 'pods', count, (i) => ({
    metadata: { name: `pod-${i}`, labels: { app: `app-${i % 20}` } },
    spec: { containers: [{ name: 'main', image: 'example/app:1', env, args: ['serve', '--port=8080'] }] },
  }));
}

/** ConfigMaps of 1 MB each, the longest that there can be. */
export async function fillLarge(cluster, count) {
  const line = `${'a line of text, as configurations have it; '.repeat(24)}\n`;
  const text = line.repeat(Math.floor(1_000_000 / line.length));
  for (let i = 0; i < count; i++)
    await create(cluster, '/api/v1/namespaces/large/configmaps', { metadata: { name: `large-${i}` }, data: { text } });
}

export async function startPod(cluster) {
  const spec = { nodeName: 'n0', containers: [{ name: 'main', image: 'example/app:1', command: ['sleep', '86400'] }] };
  await create(cluster, '/api/v1/namespaces/few/pods', { metadata: { name: 'runner' }, spec });
  const isRunning = async () =>
    (await cluster.admin('GET', '/api/v1/namespaces/few/pods/runner')).json.status.phase === 'Running';
  await until(isRunning, 30_000, 'that the pod runs');
}

/** `kubectl proxy` in front of the cluster, as alice. */
export async function startKubectlProxy(cluster, endings) {
  const kubectl = newestKubectl();
  const child = spawn(
    kubectl,
    ['proxy', '--port=0', '--reject-paths=^/nothing$', `--kubeconfig=${cluster.kubeconfigs.alice}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  endings.push(() => child.kill('SIGTERM'));
  const url = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`kubectl proxy ended with ${code}`)));
    child.stdout.on('data', (line) => {
      const port = /:(\d+)/u.exec(String(line))?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
  return kubeDoor({ name: 'kubectl proxy', url, pids: () => treeOf(child.pid) });
}

/** A Sallyport in front of the cluster. @param protect entries of `protect` beside the Secrets, which are always protected */
export async function startKubeGateway({ cluster, scratch, name, protect, endings, env = {} }) {
  const effects = ['read', 'write', 'session', 'connect'];
  const who = { groups: ['analysts'] };
  const config = JSON.stringify({
    targets: [{ name: 'bench', kubernetes: { kubeconfig: `file:${cluster.kubeconfigs.gw}` } }],
    protect: protect.length === 0 ? [] : [{ class: 'credential', kubernetes: protect }],
    rules: [
      { name: 'work', who, on: { target: 'bench', does: effects }, effect: 'allow' },
      { name: 'programs', who, on: { target: 'bench', capabilities: 'exec' }, effect: 'allow' },
    ],
  });
  const sallyport = await startSallyport({ home: join(scratch, name), config, env });
  endings.push(sallyport.stop);
  const { file } = sallyport;
  const [someone] = file.processes['kube-gateway'];
  const stat = readFileSync(`/proc/${someone}/stat`, 'utf8');
  const primary = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  const pids = () => treeOf(primary);
  const { url, prefix } = file.kubernetes;
  const server = `${url}${prefix.replace(/\/?$/u, '/')}bench`;
  const door = kubeDoor({ name: 'Sallyport', url: server, ca: file.ca, token: personOf(file, 'alice').token, pids });
  const stop = async () => {
    endings.splice(endings.indexOf(sallyport.stop), 1);
    await sallyport.stop();
  };
  return { door, stop, workers: () => pids().filter((pid) => pid !== primary), output: sallyport.output };
}

/** A kubeconfig that leads through a door. @returns its path */
export function kubeconfigOf(scratch, { name, url, ca, token }) {
  const file = join(scratch, `${name.replace(/\W+/gu, '-')}.conf`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: url, ...(ca !== null && { 'certificate-authority': ca }) } }],
    users: [{ name: 'u', user: token === null ? {} : { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'few' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
