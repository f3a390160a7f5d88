// The processes of one test cluster: what they are called with, and when they are ready.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { binariesFolder, here } from './binaries.mjs';
import { administrator, applyAll } from './rest.mjs';

/** Everyone whom the server knows by a token: who, and the groups. What they may do is in rbac.yaml. */
const people = [
  ['admin', 'system:masters'],
  ['gateway', ''], // may only impersonate, and review tokens
  ['gateway-full', ''], // cluster-admin: one strong account
  ['alice', 'dev,team-a'],
  ['bob', 'viewers'],
  ['nobody', ''],
];
/** File of each one's kubeconfig. */
const files = { admin: 'admin', gateway: 'gw', 'gateway-full': 'gwfull', alice: 'alice', bob: 'bob', nobody: 'nobody' };
const controllers = `namespace-controller serviceaccount-controller serviceaccount-token-controller
  root-ca-certificate-publisher-controller clusterrole-aggregation-controller garbage-collector-controller
  deployment-controller replicaset-controller statefulset-controller daemonset-controller job-controller
  cronjob-controller endpoints-controller endpointslice-controller resourcequota-controller
  certificatesigningrequest-approving-controller certificatesigningrequest-signing-controller`.split(/\s+/u);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const kubeconfig = (url, ca, user) => `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "${url}", certificate-authority: "${ca}"}}]
users: [{name: u, user: ${user}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: default}}]
current-context: x
`;

const auditPolicy = (level) => `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, nonResourceURLs: ["/readyz*", "/livez*", "/healthz*"]}
- {level: None, userGroups: ["system:masters"], users: ["system:apiserver"]}
- {level: ${level}}
`;

/** Keys, tokens, kubeconfigs and the policy of the audit log, as far as they are not there. */
function writeFiles(folder, url, level) {
  for (const name of ['pki', 'log', 'pod']) mkdirSync(join(folder, name), { recursive: true, mode: 0o755 });
  // what images of Python have, and Debian does not
  const bin = join(folder, 'pod', '.bin');
  mkdirSync(bin, { recursive: true, mode: 0o755 });
  if (!existsSync(join(bin, 'python'))) symlinkSync('/usr/bin/python3', join(bin, 'python'));
  const pki = join(folder, 'pki');
  if (!existsSync(join(pki, 'sa.pub'))) execFileSync('bash', [join(here, 'pki.sh'), pki], { stdio: 'inherit' });
  const tokens = people.map(([name, groups]) => {
    const token = `${files[name]}-token`;
    return groups === '' ? `${token},${name},u-${files[name]}` : `${token},${name},u-${files[name]},"${groups}"`;
  });
  writeFileSync(join(pki, 'tokens.csv'), `${tokens.join('\n')}\n`, { mode: 0o600 });
  const write = (name, user) =>
    writeFileSync(join(folder, `${name}.conf`), kubeconfig(url, join(pki, 'ca.crt'), user), { mode: 0o600 });
  for (const name of Object.values(files)) write(name, `{token: ${name}-token}`);
  write('kcm', `{client-certificate: "${pki}/controllers.crt", client-key: "${pki}/controllers.key"}`);
  writeFileSync(join(folder, 'audit.yaml'), auditPolicy(level));
}

function etcdArguments(folder, { etcd, peer }) {
  const own = `http://127.0.0.1:${etcd}`;
  const peers = `http://127.0.0.1:${peer}`;
  return [
    '--name=t',
    `--data-dir=${folder}/etcd`,
    `--listen-client-urls=${own}`,
    `--advertise-client-urls=${own}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=t=${peers}`,
    '--unsafe-no-fsync',
    '--quota-backend-bytes=4294967296',
    '--max-request-bytes=10485760',
    '--log-level=warn',
  ];
}

function apiserverArguments(folder, { kube, etcd }, { auditLevel, apiserverArgs }) {
  const pki = `${folder}/pki`;
  const issuer = 'https://kubernetes.default.svc';
  const audit = ['--audit-policy-file', '--audit-log-path', '--audit-log-maxsize'];
  const auditTo = [`${folder}/audit.yaml`, `${folder}/log/audit.log`, '500'];
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${kube}`,
    `--cert-dir=${pki}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    // without anonymous users a request without a token is answered by 401
    '--authorization-mode=Node,RBAC',
    '--anonymous-auth=false',
    `--token-auth-file=${pki}/tokens.csv`,
    // never the gateway's audience: such a token would work here directly
    `--client-ca-file=${pki}/ca.crt`,
    `--service-account-issuer=${issuer}`,
    `--api-audiences=${issuer}`,
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    `--requestheader-client-ca-file=${pki}/ca.crt`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-username-headers=X-Remote-User',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-client-certificate=${pki}/kubelet-client.crt`,
    `--kubelet-client-key=${pki}/kubelet-client.key`,
    '--allow-privileged',
    '--disable-admission-plugins=ServiceAccount',
    '--endpoint-reconciler-type=none',
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
    ...(auditLevel === 'None' ? [] : audit.map((flag, i) => `${flag}=${auditTo[i]}`)),
    ...apiserverArgs,
  ];
}

function controllerArguments(folder, port) {
  const pki = `${folder}/pki`;
  const by = (flag) => `--${flag}=${folder}/kcm.conf`;
  return [
    by('kubeconfig'),
    by('authentication-kubeconfig'),
    by('authorization-kubeconfig'),
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--leader-elect=false',
    '--use-service-account-credentials=false',
    `--service-account-private-key-file=${pki}/sa.key`,
    `--root-ca-file=${pki}/ca.crt`,
    `--cluster-signing-cert-file=${pki}/ca.crt`,
    `--cluster-signing-key-file=${pki}/ca.key`,
    `--controllers=${controllers.join(',')}`,
  ];
}

function kubeletArguments(folder, port, podUid) {
  const pki = `${folder}/pki`;
  return [
    `--kubeconfig=${folder}/admin.conf`,
    `--listen=127.0.0.1:${port}`,
    `--dir=${folder}/pod`,
    `--uid=${podUid}`,
    `--cert=${pki}/kubelet.crt`,
    `--key=${pki}/kubelet.key`,
    `--client-ca=${pki}/ca.crt`,
  ];
}

/** setpriv lets the kernel end a child whose parent is gone, however it went. */
function launcher() {
  try {
    execFileSync('setpriv', ['--pdeathsig', 'KILL', 'true'], { stdio: 'ignore' });
    return ['setpriv', '--pdeathsig', 'KILL'];
  } catch {
    return [];
  }
}

/** One cluster whose processes are children of this process. */
export class Cluster {
  #children = new Map();
  #launcher = launcher();
  #options;

  /** @param options `folder` (absolute, of its own), `port` (0: any), `auditLevel`, `podUid`, `apiserverArgs` */
  constructor(options) {
    this.#options = { port: 0, auditLevel: 'Metadata', podUid: 65_534, apiserverArgs: [], ...options };
  }

  /** @returns what tests have to know, as plain data @throws Error with the end of the log of what did not start */
  async start() {
    const { folder, port, auditLevel, podUid } = this.#options;
    const ports = { kube: port === 0 ? await freePort() : port };
    for (const name of ['etcd', 'peer', 'controllers', 'kubelet']) ports[name] = await freePort();
    const url = `https://127.0.0.1:${ports.kube}`;
    writeFiles(folder, url, auditLevel);
    this.#launch('etcd', etcdArguments(folder, ports));
    this.#launch('kube-apiserver', apiserverArguments(folder, ports, this.#options));
    const admin = administrator(url, join(folder, 'pki', 'ca.crt'));
    await this.#until('the API server is ready', async () => (await admin('GET', '/readyz')).text === 'ok');
    this.#launch('kube-controller-manager', controllerArguments(folder, ports.controllers));
    await this.#until('its roles are there', () => applyAll(admin, readFileSync(join(here, 'rbac.yaml'), 'utf8')));
    this.#launch('test-kubelet', kubeletArguments(folder, ports.kubelet, podUid));
    await this.#until('the node is ready', async () => {
      const { json } = await admin('GET', '/api/v1/nodes/n0');
      return json.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    });
    const kubeconfigs = Object.fromEntries(Object.values(files).map((name) => [name, join(folder, `${name}.conf`)]));
    return {
      folder,
      url,
      ca: join(folder, 'pki', 'ca.crt'),
      kubeconfigs,
      auditLog: join(folder, 'log', 'audit.log'),
      pids: Object.fromEntries([...this.#children].map(([name, { child }]) => [name, child.pid])),
    };
  }

  #launch(name, args) {
    const log = join(this.#options.folder, 'log', `${name}.log`);
    const out = openSync(log, 'a');
    const [file, ...rest] = [...this.#launcher, join(binariesFolder(), name), ...args];
    // what runs in a pod is to find none of our environment
    const env = name === 'test-kubelet' ? { PATH: '/usr/local/bin:/usr/bin:/bin' } : process.env;
    const child = spawn(file, rest, { cwd: this.#options.folder, env, stdio: ['ignore', out, out] });
    const ended = new Promise((resolve) => {
      child.once('error', resolve);
      child.once('exit', resolve);
    });
    const started = { child, log, ended, isOver: false };
    void ended.then(() => (started.isOver = true));
    this.#children.set(name, started);
  }

  async #until(what, isSo) {
    for (const end = performance.now() + 120_000; ; await sleep(50)) {
      if (await Promise.resolve(isSo()).catch(() => false)) return;
      for (const [name, { isOver, log }] of this.#children)
        if (isOver) throw new Error(`${name} ended before ${what}:\n${readFileSync(log, 'utf8').slice(-3000)}`);
      if (performance.now() > end) throw new Error(`the test cluster was not so far within 120 s that ${what}`);
    }
  }

  /** Ends every process, the last started first. */
  async stop() {
    for (const { child, ended } of [...this.#children.values()].toReversed()) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(timer);
    }
    this.#children.clear();
  }
}
