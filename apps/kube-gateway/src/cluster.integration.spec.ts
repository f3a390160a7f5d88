import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createLogger, Secret } from '@app/platform';
import type { ClusterIdentity, KubernetesTarget } from '@app/targets';
import { Cluster } from './cluster.js';
import { ClusterRegistry } from './cluster-registry.js';
import { TurnJournal } from './exec/testing/exec-world.js';
import { testAuthority } from '../../../test/support/certificates.js';
import { kubeconfigFor } from './testing/gateway-world.js';

const asked: IncomingMessage[] = [];
let script: (req: IncomingMessage, res: ServerResponse) => void;
const server = createServer((req, res) => {
  asked.push(req);
  script(req, res);
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  script = (_req, res) => void res.end('{}');
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const skip = { 'insecure-skip-tls-verify': true };

function target(kubeconfig: string, changes: { identity?: ClusterIdentity; context?: string } = {}): KubernetesTarget {
  return {
    kind: 'kubernetes',
    name: 'prod',
    release: 'durable',
    record: 'none',
    kubernetes: { kubeconfig: new Secret(kubeconfig), identity: 'auto', hosts: [], ...changes },
  };
}

const reached = (prefix = ''): Cluster => new Cluster(target(kubeconfigFor(url + prefix, undefined, skip)));
const question = { method: 'GET', path: '/api', headers: {} } as const;

describe('a kubeconfig that cannot be used', () => {
  it.each([
    ['is no YAML', 'a: [canary', 'cannot be read'],
    ['is empty', '{}', 'has no context'],
    ['names no server', kubeconfigFor(''), 'server is missing'],
    ['names a server of another kind', kubeconfigFor('ftp://host'), 'names no server'],
  ])('because it %s is told with the name of the target, and without its contents', (_, kubeconfig, problem) => {
    const make = (): Cluster => new Cluster(target(kubeconfig));
    expect(make).toThrow(problem);
    expect(make).toThrow('target prod');
    expect(make).not.toThrow('canary');
  });

  it('because its context is not there says which', () => {
    expect(() => new Cluster(target(kubeconfigFor(url), { context: 'other' }))).toThrow('no context "other"');
  });
});

describe('a cluster', () => {
  it('is known by address and prefix, and never shows its credential', () => {
    const cluster = new Cluster(target(kubeconfigFor('https://[::1]/base/')));
    expect(cluster).toMatchObject({ protocol: 'https:', host: '::1', port: 443, prefix: '/base' });
    expect(cluster.url).toBe('https://[::1]:443/base');
    expect(JSON.stringify(cluster)).not.toContain('upstream-canary');
  });

  it('is asked behind its prefix with the credential of the gateway', async () => {
    script = (_req, res) => void res.writeHead(404).end('{"kind":"Status"}');
    const cluster = reached('/base');
    expect(await cluster.ask(question)).toEqual({ code: 404, json: { kind: 'Status' } });
    expect(asked[0]).toMatchObject({ url: '/base/api', headers: { authorization: 'Bearer upstream-canary' } });
    cluster.close();
  });

  it.each<[string, typeof script]>([
    ['answers with something that is no JSON', (_req, res) => void res.end('<html>')],
    ['answers without end', (_req, res) => void res.end('x'.repeat(2 * 1024 * 1024))],
    ['ends in the middle', (_req, res) => void res.write('{"a', () => res.destroy())],
    ['does not answer at all', (req) => void req.socket.destroy()],
  ])('that %s has not answered', async (_, does) => {
    script = does;
    const cluster = reached();
    await expect(cluster.ask(question)).rejects.toThrow('the cluster does not answer');
    cluster.close();
  });

  it('has its credential taken once for all who wait, and one agent while nothing changes', async () => {
    const cluster = reached();
    const [one, other] = await Promise.all([cluster.access(), cluster.access()]);
    expect(one).toBe(other);
    expect(await cluster.access()).toBe(one);
    cluster.close();
  });
});

describe('a cluster behind TLS', () => {
  const authority = testAuthority('cluster authority');
  const { certificate, key } = authority.serverFor('127.0.0.1');
  const authorized: (string | undefined)[] = [];
  const secure = createTlsServer({ cert: certificate, key }, (req, res) => {
    authorized.push(req.headers.authorization);
    res.end(JSON.stringify({ alpn: (req.socket as { alpnProtocol?: unknown }).alpnProtocol }));
  });
  const at = (cluster: Record<string, unknown>): Cluster => {
    const { port } = secure.address() as AddressInfo;
    return new Cluster(target(kubeconfigFor(`https://127.0.0.1:${port}`, undefined, cluster)));
  };
  const trusted = (pem: string) => ({ 'certificate-authority-data': Buffer.from(pem).toString('base64') });

  beforeAll(() => new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve)));
  beforeEach(() => void (authorized.length = 0));
  afterAll(async () => {
    secure.closeAllConnections();
    await new Promise<void>((resolve) => secure.close(() => resolve()));
  });

  it.each([
    ['nobody who is trusted signed for', {}],
    ['another authority signed for', trusted(testAuthority('somebody else').certificate)],
    ['has another name', { ...trusted(authority.certificate), 'tls-server-name': 'other.example.com' }],
  ])('whose certificate %s is not given the credential', async (_, cluster) => {
    const wrong = at(cluster);
    await expect(wrong.ask(question)).rejects.toThrow('the cluster does not answer');
    expect(authorized).toEqual([]);
    wrong.close();
  });

  it('is spoken to in HTTP/1.1 when its certificate is good', async () => {
    const right = at(trusted(authority.certificate));
    expect(await right.ask(question)).toEqual({ code: 200, json: { alpn: 'http/1.1' } });
    expect(authorized).toEqual(['Bearer upstream-canary']);
    right.close();
  });
});

describe('how people appear in a cluster', () => {
  function registry(identity: ClusterIdentity): {
    clusters: ClusterRegistry;
    journal: TurnJournal;
    prod: KubernetesTarget;
  } {
    const prod = target(kubeconfigFor(url, undefined, skip), { identity });
    const journal = new TurnJournal();
    const logger = createLogger('test', { level: 'silent' });
    return { clusters: new ClusterRegistry([prod], journal, logger), journal, prod };
  }
  const allowing = (allowed: (resource: string) => unknown): typeof script =>
    function answer(req, res) {
      let body = '';
      req.on('data', (chunk: Buffer) => (body += chunk.toString()));
      req.on('end', () => {
        const { spec } = JSON.parse(body) as { spec: { resourceAttributes: { resource: string } } };
        res.end(JSON.stringify({ status: { allowed: allowed(spec.resourceAttributes.resource) } }));
      });
    };

  it.each<[string, (resource: string) => unknown]>([
    ['groups may not be impersonated', (resource) => resource === 'users'],
    ['users may not be impersonated', (resource) => resource === 'groups'],
    ['the answer is not quite yes', () => 'true'],
    ['the answer says nothing', () => undefined],
  ])('is as one service account when %s', async (_, allowed) => {
    script = allowing(allowed);
    const { clusters, prod } = registry('auto');
    expect(await clusters.identityOf(prod)).toBe('service-account');
    clusters.close();
  });

  it('is not guessed while the cluster does not say: it is asked again', async () => {
    script = (req) => void req.socket.destroy();
    const { clusters, prod } = registry('auto');
    await expect(clusters.identityOf(prod)).rejects.toThrow('does not answer');
    script = allowing(() => true);
    expect(await clusters.identityOf(prod)).toBe('impersonate');
    clusters.close();
  });

  it('is asked once for all who wait, under audit ids that stand in the record', async () => {
    script = allowing(() => true);
    const { clusters, journal, prod } = registry('auto');
    await Promise.all([clusters.identityOf(prod), clusters.identityOf(prod)]);
    await clusters.identityOf(prod);
    expect(asked).toHaveLength(2);
    const recorded = journal.lines('target.asked').map((line) => line['o']);
    expect(new Set(asked.map(({ headers }) => headers['audit-id']))).toEqual(new Set(recorded));
    clusters.close();
  });

  it('is as configured without asking', async () => {
    for (const identity of ['impersonate', 'service-account'] as const) {
      const { clusters, prod } = registry(identity);
      expect(await clusters.identityOf(prod)).toBe(identity);
      clusters.close();
    }
    expect(asked).toEqual([]);
  });

  it('is nothing of a target that is not one of its own', () => {
    const { clusters } = registry('auto');
    expect(() => clusters.of(target(kubeconfigFor(url)))).toThrow('no cluster of that target');
  });
});
