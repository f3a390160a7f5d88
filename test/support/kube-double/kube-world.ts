import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestGateway, until } from '../gateway.js';
import { personOf } from '../quickstart.js';
import {
  startKubeDouble,
  type KubeDouble,
  type KubeDoubleOptions,
  type OpenStream,
  type SeenRequest,
} from './index.mjs';
import { RawClient, type RawAnswer } from './raw-client.js';

/** A `metav1.Status` as far as specs look into it. */
export interface KubeStatus {
  readonly kind: string;
  readonly apiVersion: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly code: number;
  readonly details?: { readonly causes?: readonly { readonly reason: string; readonly message: string }[] };
}

/** How a request differs from the usual one of alice's. `as` '' brings no token. */
export interface Ask {
  readonly as?: string;
  readonly lines?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly target?: string;
}

interface Kubernetes {
  readonly url: string;
  readonly prefix: string;
}

const calm = '/api/v1/namespaces/team-b/configmaps?watch=1&resourceVersion=';

/**
 * A Sallyport in front of two targets of one double, `double` (people are impersonated) and `shared` (all are its
 * account), and of one that nobody serves, `gone`. One watch of bob's runs through all of it: whatever a spec does to
 * the others must not end it.
 */
export class KubeWorld {
  readonly double: KubeDouble;
  readonly gateway: TestGateway;
  readonly #folder: string;
  readonly #ca: string;
  readonly #pids: string;
  #opened: RawClient[] = [];
  #steady: RawClient | null = null;
  #steps = 0;
  #violationsKnown = 0;
  #leaked: readonly number[] = [];

  private constructor(double: KubeDouble, gateway: TestGateway, folder: string) {
    this.double = double;
    this.gateway = gateway;
    this.#folder = folder;
    this.#ca = readFileSync(gateway.file.ca, 'utf8');
    this.#pids = JSON.stringify(gateway.file.processes);
  }

  /** @param rules more of them, as YAML list items that are indented by two */
  static async start(options: KubeDoubleOptions = {}, rules = ''): Promise<KubeWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'kube-world-'));
    const double = await startKubeDouble(options);
    double.writeKubeconfig(folder);
    writeFileSync(join(folder, 'gone.kubeconfig'), double.kubeconfig().replaceAll(`:${double.port}`, ':1'), {
      mode: 0o600,
    });
    const world = new KubeWorld(double, await TestGateway.start({ config: configuration(folder) + rules }), folder);
    await world.#watchSteadily();
    return world;
  }

  async stop(): Promise<void> {
    for (const client of [...this.#opened, ...(this.#steady ? [this.#steady] : [])]) client.destroy();
    await this.gateway.stop();
    await this.double.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  closeClients(): void {
    for (const client of this.#opened.splice(0)) client.destroy();
    this.double.clearFaults();
  }

  /** A connection to the gateway. */
  async open(): Promise<RawClient> {
    const client = await RawClient.open(this.#kubernetes.url, this.#ca);
    this.#opened.push(client);
    return client;
  }

  /** The path that leads to a target of the gateway's. */
  path(rest: string, target = 'double'): string {
    return `${this.#kubernetes.prefix}${target}${rest}`;
  }

  bearer(name = 'alice'): string {
    return `Authorization: Bearer ${personOf(this.gateway.file, name).token}`;
  }

  /** One request on a connection of its own. */
  async ask(line: string, ask: Ask = {}): Promise<RawAnswer> {
    return (await this.begin(line, ask)).answer();
  }

  /** The same, with the answer left to read. */
  async begin(line: string, { as = 'alice', lines = [], body = '', target = 'double' }: Ask = {}): Promise<RawClient> {
    const client = await this.open();
    const [method = '', rest = ''] = line.split(/ (.*)/s);
    client.request(`${method} ${this.path(rest, target)}`, [...(as ? [this.bearer(as)] : []), ...lines], body);
    return client;
  }

  /** Asks for a WebSocket. */
  async upgrade(
    rest: string,
    {
      as = 'alice',
      lines = [],
      protocols = ['v5.channel.k8s.io'],
    }: Ask & { readonly protocols?: readonly string[] } = {},
  ): Promise<{ readonly client: RawClient; readonly answer: RawAnswer }> {
    const client = await this.open();
    const answer = await client.upgrade(this.path(rest), [...(as ? [this.bearer(as)] : []), ...lines], protocols);
    return { client, answer };
  }

  /** What the double saw while something was done, the watch that runs through all of it aside. */
  async during(step: () => Promise<unknown>): Promise<readonly SeenRequest[]> {
    const from = this.double.requests.length;
    await step();
    // the gateway looks at its targets once after its start, whenever that comes
    const check = 'sallyport target-check';
    return this.double.requests
      .slice(from)
      .filter(({ lines }) => !lines.some(([name, value]) => name.toLowerCase() === 'user-agent' && value === check));
  }

  /** Streams at the double but the steady watch, and but what an earlier spec has left already. */
  streams(): readonly OpenStream[] {
    return this.double.streams.filter(
      ({ n, target }) => !target.includes('/team-b/configmaps') && !this.#leaked.includes(n),
    );
  }

  /** Waits until no stream is left at the double but the steady watch. */
  async noStreamLeft(): Promise<void> {
    await until(`no stream is left: ${JSON.stringify(this.streams())}`, 10_000, () => this.streams().length === 0);
  }

  /** Nothing came that should not have, nothing leaked, nobody crashed, the watch of another session goes on. */
  async isUnharmed(): Promise<void> {
    // each spec answers for what it did itself
    const violations = this.double.violations.slice(this.#violationsKnown);
    this.#violationsKnown = this.double.violations.length;
    expect(violations).toEqual([]);
    this.closeClients();
    try {
      await this.noStreamLeft();
    } finally {
      this.#leaked = this.double.streams.map(({ n }) => n);
    }
    expect(JSON.stringify(this.gateway.sallyport.reread().processes)).toBe(this.#pids);
    const name = `step-${this.#steps++}`;
    this.double.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team-b' } });
    expect(await this.#steady?.chunks(name)).toContain(name);
  }

  get #kubernetes(): Kubernetes {
    const { kubernetes } = this.gateway.file as { readonly kubernetes: Kubernetes | null };
    if (kubernetes === null) throw new Error('quickstart.json says nothing of Kubernetes');
    return kubernetes;
  }

  async #watchSteadily(): Promise<void> {
    const list = await this.ask('GET /api/v1/namespaces/team-b/configmaps', { as: 'bob' });
    const { metadata } = JSON.parse(list.body) as { metadata: { resourceVersion: string } };
    const client = await this.begin(`GET ${calm}${metadata.resourceVersion}`, { as: 'bob' });
    expect((await client.head()).status).toBe(200);
    this.#steady = client;
    this.#opened = this.#opened.filter((other) => other !== client);
  }
}

/** The Status in an answer. @throws when it is none, or does not say the code it came with */
export function statusOf(answer: RawAnswer): KubeStatus {
  const status = JSON.parse(answer.body) as KubeStatus;
  expect(answer.headers['content-type']).toContain('application/json');
  expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: answer.status });
  expect(status.message).not.toBe('');
  return status;
}

const configuration = (folder: string): string => `
targets:
  - { name: double, kubernetes: { kubeconfig: 'file:${folder}/double.kubeconfig', identity: impersonate } }
  - { name: shared, kubernetes: { kubeconfig: 'file:${folder}/double.kubeconfig', identity: service-account } }
  - { name: gone, kubernetes: { kubeconfig: 'file:${folder}/gone.kubeconfig', identity: service-account } }
protect:
  - class: secret
    kubernetes: [secrets.data, secrets.stringData, pods.env]
    patterns: ['canary-[0-9a-f]{8}']
rules:
  - name: analysts read and write
    who: { groups: [analysts] }
    on: { target: '*', does: [read, write, session] }
    effect: allow
  - name: analysts open shells
    who: { groups: [analysts] }
    on: { target: '*', does: [connect], capabilities: [exec, attach, port-forward] }
    effect: allow
`;
