// The cluster of the demonstration: a real API server where one is built already, otherwise a double of one.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isBuilt, kubernetesVersion, startKubeServer } from '../kube-server/start-kube-server.mjs';
import { startKubeDouble } from '../support/kube-double/index.mjs';

export const namespace = 'team-a';
export const person = 'alice@example.com';
/** What the command in the pod says when nobody stands in between, and how it ends. */
export const report = { argv: ['sh', '-c', 'echo "42 orders"; echo "token=$TOKEN"; exit 3'], code: 3 };

/** Values that are never to be seen behind the gateway: a password, and a token that a program prints. */
export function makeCanaries() {
  const part = () => randomBytes(18).toString('base64url');
  return { password: `canary-${part()}`, token: `eyJhbGciOiJIUzI1NiJ9.${part()}${part()}.${part()}` };
}

function objects({ password, token }) {
  const metadata = (name) => ({ name, namespace, labels: { app: 'web' } });
  const container = { name: 'web', image: 'example/web:1', env: [{ name: 'TOKEN', value: token }] };
  return {
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('db'),
      type: 'Opaque',
      data: { password: Buffer.from(password).toString('base64') },
    },
    settings: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'old-settings', namespace },
      data: { colour: 'green' },
    },
    pod: { apiVersion: 'v1', kind: 'Pod', metadata: metadata('web-0'), spec: { containers: [container] } },
  };
}

/**
 * Starts it with a pod, a Secret, and alice's rights in one namespace.
 * @param folder for its files
 * @returns `{ what, kubeconfig, direct(kind, name), witness(id), stop() }`: what it is, the gateway's kubeconfig, an object as it
 *   really is, and whom the cluster itself saw under an audit id
 */
export function startDemoCluster(folder, canaries) {
  return isBuilt() ? real(folder, canaries) : double(folder, canaries);
}

async function real(folder, canaries) {
  const server = await startKubeServer({ folder });
  const base = `/api/v1/namespaces/${namespace}`;
  const create = async (path, object) => {
    const { status, text } = await server.admin('POST', path, object);
    if (status !== 201) throw new Error(`the cluster could not be furnished: ${text}`);
  };
  const { secret, settings, pod } = objects(canaries);
  await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await create(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'alice' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: person }],
  });
  await create(`${base}/secrets`, secret);
  await create(`${base}/configmaps`, settings);
  await create(`${base}/pods`, { ...pod, spec: { ...pod.spec, nodeName: 'n0' } });
  return {
    what: `kube-apiserver ${kubernetesVersion()}, built for tests and started for this story`,
    kubeconfig: server.kubeconfigs.gw,
    direct: async (resource, name) => {
      const { status, json } = await server.admin('GET', `${base}/${resource}/${name}`);
      return status === 200 ? json : null;
    },
    witness: (id) => {
      const line = readFileSync(server.auditLog, 'utf8')
        .split('\n')
        .find((one) => one.includes(`"auditID":"${id}"`));
      if (line === undefined) return null;
      const { impersonatedUser, user } = JSON.parse(line);
      return { user: impersonatedUser?.username, by: user.username };
    },
    stop: server.stop,
  };
}

async function double(folder, canaries) {
  const { secret, settings, pod } = objects(canaries);
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const server = await startKubeDouble({
    seed: [home, secret, settings, { ...pod, spec: { ...pod.spec, nodeName: 'node-1' } }],
  });
  // nothing is ever run there: what the command would say
  server.script('sh', async (process) => {
    await process.out(`42 orders\ntoken=${canaries.token}\n`);
    await process.exit(report.code);
  });
  const kinds = { secrets: 'Secret', configmaps: 'ConfigMap', pods: 'Pod' };
  return {
    what: 'a double that speaks as kube-apiserver does, since no real one is built here (node test/kube-server/kube-server.mjs up)',
    kubeconfig: server.writeKubeconfig(folder),
    direct: (resource, name) => Promise.resolve(server.get('v1', kinds[resource], namespace, name)),
    witness: (id) => {
      const seen = server.requests.find(({ auditId }) => auditId === id);
      return seen === undefined ? null : { user: seen.user, by: 'gateway' };
    },
    stop: () => server.close(),
  };
}
