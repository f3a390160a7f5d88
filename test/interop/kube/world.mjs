import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startKubeServer, whyUnavailable } from '../../kube-server/start-kube-server.mjs';

const allEffects = ['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown'];
/** Rules that let alice do everything, with these powers: what differs from a direct request is then the gateway's doing. */
const everything = (powers) => [
  { name: 'everything', who: { groups: ['analysts'] }, on: { target: 'prod', does: allEffects }, effect: 'allow' },
  { name: 'powers', who: { groups: ['analysts'] }, on: { target: 'prod', capabilities: powers }, effect: 'allow' },
  {
    name: 'one program is refused',
    on: { target: 'prod', capabilities: 'exec', kubernetes: { program: 'refused-program' } },
    effect: 'deny',
    message: 'That program stays where it is.',
  },
];

let world;

/** The cluster and the gateways that the checks of Kubernetes share. @returns null after `steps` has been told why there are none */
export function kubeWorld(steps, sallyports) {
  const why = whyUnavailable();
  if (why !== null) {
    steps.skip(why);
    return null;
  }
  world ??= new KubeWorld(sallyports);
  return world;
}

class KubeWorld {
  #sallyports;
  #cluster;
  #gateways = new Map();
  #namespaces = 0;
  scratch = mkdtempSync(join(tmpdir(), 'sallyport-interop-kube-'));

  constructor(sallyports) {
    this.#sallyports = sallyports;
    process.on('exit', () => rmSync(this.scratch, { recursive: true, force: true }));
  }

  /** The API server, in which alice may do everything; as `startKubeServer` gives it. */
  cluster() {
    this.#cluster ??= this.#start();
    return this.#cluster;
  }

  async #start() {
    const say = (line) => process.stdout.write(`        ${line}\n`);
    const cluster = this.#sallyports.ending(await startKubeServer({ say }));
    const { status, text } = await cluster.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'interop' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice@example.com' }],
    });
    if (status !== 201) throw new Error(text);
    return cluster;
  }

  /**
   * A Sallyport whose target `prod` is the cluster, one per `name`; only one runs at a time.
   * @param more `powers` that alice has (default all), `identity` and `credential` of the target, `rules` in place of those that let
   *   alice do everything, and other sections of the configuration
   */
  gateway(name, more = {}) {
    const running = this.#gateways.get(name) ?? this.#startGateway(more);
    this.#gateways.set(name, running);
    return running;
  }

  async #startGateway({
    powers = '*',
    rules = everything(powers),
    identity = 'impersonate',
    credential = 'gw',
    ...more
  }) {
    const others = [...this.#gateways.values()];
    this.#gateways.clear();
    for (const running of others) await running.then(({ stop }) => stop()).catch(() => undefined);
    await this.#sallyports.stopShared();
    const { kubeconfigs } = await this.cluster();
    const targets = [{ name: 'prod', kubernetes: { kubeconfig: `file:${kubeconfigs[credential]}`, identity } }];
    const sallyport = await this.#sallyports.start({ config: stringify({ targets, rules, ...more }) });
    const { url, prefix } = sallyport.file.kubernetes;
    return { ...sallyport, server: `${url}${prefix.replace(/\/?$/u, '/')}prod` };
  }

  /** A new namespace, and one as long for the other side; ready for pods. */
  async namespaces() {
    const number = String(++this.#namespaces).padStart(3, '0');
    const { admin } = await this.cluster();
    const names = [`direct-${number}`, `behind-${number}`];
    for (const name of names) {
      const { status, text } = await admin('POST', '/api/v1/namespaces', { metadata: { name } });
      if (status !== 201) throw new Error(text);
    }
    return names;
  }

  /** How alice gets to the cluster past the gateway; kubectl as herself, other clients as the administrator. */
  async direct(namespace, { impersonated = true } = {}) {
    const { url, ca } = await this.cluster();
    const as = impersonated ? { as: 'alice@example.com', 'as-groups': ['analysts'] } : {};
    return this.#side(`direct-${namespace}`, { server: url, ca, namespace, user: { token: 'admin-token', ...as } });
  }

  /** How alice gets to the cluster by way of a gateway. */
  through({ server, file, person }, namespace, who = person('alice')) {
    return this.#side(`through-${namespace}`, { server, ca: file.ca, namespace, user: { token: who.token } });
  }

  #side(name, { server, ca, namespace, user }) {
    const kubeconfig = join(this.scratch, `${name}.conf`);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server, 'certificate-authority': ca } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace } }],
      'current-context': 'x',
    };
    writeFileSync(kubeconfig, stringify(config), { mode: 0o600 });
    return { kubeconfig, server, ca, namespace, token: user.token, folder: join(this.scratch, name) };
  }
}
