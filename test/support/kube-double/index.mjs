// An upstream for wire faults: it speaks HTTP/1.1 over TLS as kube-apiserver does, sees every byte that a proxy sends,
// breaks its answers on demand, and writes down what should never have come. It is no Kubernetes: see `omits`.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { kubeApi, typeOfObject } from './api.mjs';
import { serverCertificate } from './certificates.mjs';
import { serveConnection } from './connection.mjs';
import { Faults } from './faults.mjs';
import { Logs } from './logs.mjs';
import { types } from './resources.mjs';
import { seedObjects } from './seed.mjs';
import { Store } from './store.mjs';
import { Witness } from './witness.mjs';

/** What the real server does and this one does not. */
export const omits = [
  'HTTP/2, SPDY and port-forward (501); upgrades are WebSocket alone',
  'RBAC: everyone may do everything, unless `authorize` says otherwise',
  'admission, schemas, pruning, quotas, finalizers, owner references, garbage collection',
  'controllers and kubelets: pods and deployments are running at once, commands are scripts',
  'protobuf but for Secret, ConfigMap, Namespace, ServiceAccount (metadata and data); protobuf watches; CBOR',
  'strategic merge but for containers and env by name; ownership of fields in managedFields (conflicts are told)',
  'numbers beyond 2^53 and spellings such as 1.0: bodies pass through JSON.parse; `fault({ body })` has any bytes',
  'snapshots behind `continue`; lists at an older resourceVersion',
  'OpenAPI beyond names of types; OpenAPI v2 as protobuf (404, client-go goes on without)',
  'WebSocket on lists without watch (it answers them plainly, as the real one)',
];

const anybody = (name) => !name.startsWith('system:') || name === 'system:authenticated';

/**
 * Starts a double on loopback.
 * @param {object} [options] `port` (0: a free one), `impersonation` (true: its account may impersonate), `mayBe(name)`
 * (which users and groups are no violation; default: none that begins with `system:`), `authorize(attributes)`, `seed`
 * (objects; default a small cluster)
 */
export async function startKubeDouble({
  port = 0,
  impersonation = true,
  mayBe = anybody,
  authorize = () => true,
  seed = seedObjects(),
} = {}) {
  const pair = serverCertificate();
  const token = randomBytes(24).toString('base64url');
  const account = {
    user: 'system:serviceaccount:kube-system:gateway',
    uid: '00000000-0000-4000-8000-000000000001',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
    extra: {},
  };
  const accounts = { token, account, impersonation, mayBe, users: new Map() };
  const parts = {
    store: new Store(),
    logs: new Logs(),
    witness: new Witness(),
    faults: new Faults(),
    accounts,
    authorize,
    owners: new Map(),
    ownScripts: new Map(),
    watches: new Set(),
  };
  const { store, witness, faults } = parts;
  const put = (object) => {
    const type = typeOfObject(object, types);
    if (type === undefined) throw new Error(`the double knows no ${object.apiVersion} ${object.kind}`);
    const { name, namespace = '' } = object.metadata;
    const exists = store.list(type, namespace).some(({ metadata }) => metadata.name === name);
    return exists ? store.update(type, namespace, name, () => object) : store.create(type, namespace, object);
  };
  for (const object of seed) put(object);

  const handle = kubeApi(parts);
  const tcp = new Map();
  const sockets = new Set();
  const server = createServer({ cert: pair.certificate, key: pair.key, ALPNProtocols: ['http/1.1'] });
  server.on('connection', (raw) => {
    tcp.set(raw.remotePort, raw);
    sockets.add(raw);
    raw.on('error', () => undefined);
    raw.once('close', () => sockets.delete(raw));
  });
  server.on('tlsClientError', (error) => {
    // somebody who looked whether the port is open, and said nothing
    if (error.code !== 'ECONNRESET') witness.violation('tls', error.message);
  });
  server.on('secureConnection', (socket) => {
    const id = ++witness.connections.opened;
    witness.connections.open++;
    const raw = tcp.get(socket.remotePort);
    tcp.delete(socket.remotePort);
    socket.once('close', () => witness.connections.open--);
    serveConnection(socket, raw, id, { witness, faults, accounts, handle });
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const ownPort = server.address().port;
  const url = `https://127.0.0.1:${ownPort}`;
  const kubeconfig = () =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'double',
      clusters: [
        {
          name: 'double',
          cluster: { server: url, 'certificate-authority-data': Buffer.from(pair.ca).toString('base64') },
        },
      ],
      users: [{ name: 'gateway', user: { token } }],
      contexts: [{ name: 'double', context: { cluster: 'double', user: 'gateway', namespace: 'team-a' } }],
    });

  return {
    url,
    port: ownPort,
    ca: pair.ca,
    token,
    omits,
    requests: witness.requests,
    violations: witness.violations,
    connections: witness.connections,
    get streams() {
      return [...witness.streams];
    },
    get streamsOpened() {
      return witness.streamsOpened;
    },
    kubeconfig,
    writeKubeconfig: (dir, name = 'double.kubeconfig') => {
      const file = join(dir, name);
      writeFileSync(file, `${kubeconfig()}\n`, { mode: 0o600 });
      return file;
    },
    put,
    get: (apiVersion, kind, namespace, name) =>
      store.list(typeOfObject({ apiVersion, kind }, types), namespace).find(({ metadata }) => metadata.name === name) ??
      null,
    remove: (apiVersion, kind, namespace, name) =>
      store.remove(typeOfObject({ apiVersion, kind }, types), namespace, name),
    log: (namespace, pod, data) => parts.logs.append(namespace, pod, data),
    fault: (match, fault) => faults.add(match, fault),
    clearFaults: () => faults.clear(),
    script: (program, script) => parts.ownScripts.set(program, script),
    user: (someToken, user) => accounts.users.set(someToken, { uid: '', groups: [], extra: {}, ...user }),
    compact: () => store.compact(),
    bookmark: () => parts.watches.forEach((watch) => watch.bookmark()),
    report: () => ({
      requests: witness.requests.length,
      connections: { ...witness.connections },
      openStreams: witness.streams.size,
      streamsOpened: witness.streamsOpened,
      violations: [...witness.violations],
    }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      for (const watch of parts.watches) watch.stop();
      await closed;
    },
  };
}
