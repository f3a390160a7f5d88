// The cluster of the benchmark, what is in it, and the doors to it: direct, kubectl proxy, Sallyport.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { newestKubectl } from '../kube-server/kubectl.mjs';
import { startKubeServer } from '../kube-server/start-kube-server.mjs';
import { startSallyport } from '../support/sallyport.mjs';
import { treeOf } from './cpu.mjs';

/** Creates objects, so many at once. */
async function createAll(admin, count, path, object) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const { status, text } = await admin('POST', path, object(next++));
      if (status !== 201) throw new Error(text);
    }
  };
  await Promise.all(Array.from({ length: 24 }, worker));
}

/**
 * A cluster with 500 and 5000 pods, 500 Secrets, ConfigMaps of 100 MB and a pod that runs.
 * @param options `quick` makes a tenth of it
 */
export async function startCluster({ quick, say }) {
  const cluster = await startKubeServer({ auditLevel: 'None', say });
  const { admin } = cluster;
  const size = { few: quick ? 100 : 500, many: quick ? 1000 : 5000, megabytes: quick ? 20 : 100 };
  say(`filling the cluster with ${size.few + size.many} pods and ${size.megabytes} MB`);
  for (const name of ['few', 'many', 'large', 'bench'])
    await createAll(admin, 1, '/api/v1/namespaces', () => ({ metadata: { name } }));
  const pod = (more) => (i) => ({
    metadata: { name: `p-${i}`, labels: { app: 'bench', tier: String(i % 7) } },
    spec: {
      ...more,
      containers: [
        {
          name: 'main',
          image: 'example/app:1',
          env: [{ name: 'A', value: 'some value' }],
          ports: [{ containerPort: 80 }],
        },
      ],
    },
  });
  const idle = pod({ schedulerName: 'none' });
  await createAll(admin, size.few, '/api/v1/namespaces/few/pods', idle);
  await createAll(admin, size.many, '/api/v1/namespaces/many/pods', idle);
  const secret = (i) => ({ metadata: { name: `s-${i}` }, stringData: { user: `user-${i}`, password: `secret-${i}` } });
  await createAll(admin, size.few, '/api/v1/namespaces/few/secrets', secret);
  const large = (i) => ({ metadata: { name: `c-${i}` }, data: { text: 'x'.repeat(990_000) } });
  await createAll(admin, size.megabytes, '/api/v1/namespaces/large/configmaps', large);
  const watched = (i) => ({
    metadata: { name: `watched-${i}`, labels: { bench: 'watch' } },
    data: { text: 'x'.repeat(200) },
  });
  await createAll(admin, 16, '/api/v1/namespaces/bench/configmaps', watched);
  await createAll(admin, 1, '/api/v1/namespaces/bench/pods', pod({}));
  for (;;) {
    const { json } = await admin('GET', '/api/v1/namespaces/bench/pods/p-0');
    if (json.status.phase === 'Running') break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { ...cluster, size };
}

/** A kubeconfig for kubectl at a door. */
function kubeconfigOf(folder, { name, url, ca, token }) {
  const file = join(folder, `${name}.conf`);
  const cluster = ca === undefined ? { server: url } : { server: url, 'certificate-authority': ca };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: token === undefined ? {} : { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(file, stringify(config), { mode: 0o600 });
  return file;
}

/** kubectl proxy on a free port, without its filter, which would refuse exec. */
async function startProxy(cluster, folder) {
  const args = ['proxy', '--port=0', '--disable-filter=true'];
  const child = spawn(newestKubectl(), args, {
    env: { PATH: process.env.PATH, HOME: folder, KUBECONFIG: cluster.kubeconfigs.admin },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill('SIGKILL'));
  const port = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`kubectl proxy ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      const found = /127\.0\.0\.1:(\d+)/u.exec(text)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
  });
  return { child, url: `http://127.0.0.1:${port}` };
}

/**
 * Every door: `{ name, url, ca?, token?, kubeconfig, pids() }`.
 * @returns `{ doors, stop() }`
 */
export async function openDoors(cluster, folder) {
  const targets = [
    { name: 'bench', kubernetes: { kubeconfig: `file:${cluster.kubeconfigs.gwfull}`, identity: 'service-account' } },
  ];
  const rules = [
    { name: 'all', on: { target: 'bench' }, effect: 'allow' },
    { name: 'all powers', on: { target: 'bench', capabilities: '*' }, effect: 'allow' },
  ];
  const sallyport = await startSallyport({ home: join(folder, 'home'), config: stringify({ targets, rules }) });
  const { file } = sallyport;
  const { child, url } = await startProxy(cluster, folder);
  const alice = file.people.find(({ name, agent }) => name === 'alice' && agent === null);
  const doors = [
    { name: 'direct', url: cluster.url, ca: cluster.ca, token: 'admin-token', pids: () => [] },
    { name: 'kubectl proxy', url, pids: () => [child.pid] },
    {
      name: 'sallyport',
      url: `${file.kubernetes.url}${file.kubernetes.prefix.replace(/\/?$/u, '/')}bench`,
      ca: file.ca,
      token: alice.token,
      pids: () => [...new Set(file.processes['kube-gateway'].flatMap(treeOf))],
    },
  ].map((door) => ({ ...door, kubeconfig: kubeconfigOf(folder, door) }));
  const stop = async () => {
    child.kill('SIGTERM');
    await sallyport.stop();
  };
  return { doors, stop };
}
