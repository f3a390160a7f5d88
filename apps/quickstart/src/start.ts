import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@app/platform';
import type { TargetConfig } from '@app/platform';
import { clusterAddress } from '@app/targets';
import { keptCertificates } from './certificates.js';
import type { Certificates } from './certificates.js';
import { Child } from './child.js';
import type { StartOptions } from './command-line.js';
import type { StartedParts } from './described-start.js';
import { startIssuer } from './development-issuer.js';
import { writeEffectiveConfiguration } from './effective-configuration.js';
import { prepareAudit } from './embedded-audit.js';
import { startCluster } from './embedded-postgres.js';
import type { Cluster } from './embedded-postgres.js';
import { followRules } from './follow-rules.js';
import { readGivenCluster } from './given-cluster.js';
import { takeHome } from './home.js';
import type { Home } from './home.js';
import { keptIssuerKeys } from './issuer-keys.js';
import type { Narrator } from './narrator.js';
import { decideEmbedded, readOwnConfiguration } from './own-configuration.js';
import type { Embedded, OwnConfiguration } from './own-configuration.js';
import { choosePorts, reach } from './ports.js';
import type { Ports } from './ports.js';
import { placePostgres } from './postgres-account.js';
import type { PostgresPlace } from './postgres-account.js';
import { QuickstartError } from './quickstart.error.js';
import { ensureSample, sampleRole } from './sample-crm.js';
import { keptPassword } from './secrets.js';
import type { Stops } from './stops.js';

/** One start of everything, told in order. What it has started it adds to `stops`, also when it fails half-way. */
export class Start {
  constructor(
    private readonly options: StartOptions,
    private readonly narrator: Narrator,
    private readonly stops: Stops,
    private readonly died: (what: string) => void,
    private readonly changed: () => void,
  ) {}

  async run(): Promise<StartedParts> {
    const own = readOwnConfiguration(this.options.config, process.env);
    const { kubeconfig, kubeTarget, kubeIdentity } = this.options;
    const cluster = kubeconfig === null ? null : readGivenCluster(kubeconfig, kubeTarget, kubeIdentity);
    const embedded = decideEmbedded(own, cluster, this.options.development, this.options.production);
    const home = this.takeHome();
    const ports = await choosePorts(own, embedded, this.options.ports);
    const certificates = await this.makeCertificates(home, embedded);
    const { audit, sample } = await this.startDatabases(home, embedded);
    const auditUrls =
      audit &&
      (await this.step(
        'audit database',
        () => prepareAudit(audit, home.secrets),
        () => 'schema up to date',
      ));
    const sampleFile = sample && (await this.prepareSample(home, sample));
    const issuerKeys = embedded.issuer ? keptIssuerKeys(home.issuer) : null;
    const issuerUrl = issuerKeys && (await this.startIssuer(home, ports, certificates, issuerKeys));
    writeEffectiveConfiguration(home, own, {
      issuerUrl,
      certificates: embedded.tls ? certificates : null,
      ca: certificates?.ca ?? null,
      ports,
      cluster,
      audit: auditUrls && { gateway: auditUrls.gateway, control: auditUrls.control, migrations: auditUrls.migrations },
      sample: sample && { port: sample.port, user: sampleRole, passwordFile: sampleFile ?? '' },
    });
    const config = await this.step(
      'configuration',
      () => Promise.resolve(loadConfig(home.config, process.env)),
      () => home.config,
    );
    this.warnOf(own, config.warnings);
    await this.warnOfUnreachable(config.targets);
    const { control, gateway, kubeGateway } = await this.startApps(home, embedded.clusters);
    if (own.file !== null) {
      const end = followRules(own.file, home.config, process.env, this.narrator, cluster);
      this.stops.add('rules', () => Promise.resolve(end()));
    }
    return {
      home,
      config,
      ca: embedded.tls && certificates ? certificates.ca : certificateOf(own),
      issuerKeys,
      gateway,
      kubeGateway,
      control,
      audit: auditUrls && { readerUrl: auditUrls.reader, superuserUrl: auditUrls.superuser },
      sample: sample && { cluster: sample, log: join(home.log, 'postgres-crm.log') },
    };
  }

  private step<T>(name: string, work: () => Promise<T>, remark?: (result: T) => string): Promise<T> {
    if (this.stops.begun) throw new QuickstartError('stopped before it was ready');
    return this.narrator.step(name, work, remark);
  }

  private takeHome(): Home {
    const home = takeHome(this.options.home, process.getuid?.() === 0);
    this.stops.add('home', () => Promise.resolve(home.release()));
    this.narrator.note(`home ${home.folder}`);
    return home;
  }

  private async makeCertificates(home: Home, embedded: Embedded): Promise<Certificates | null> {
    if (!embedded.tls && !embedded.issuer) return null;
    return this.step(
      'certificates',
      () => Promise.resolve(keptCertificates(home.folder, home.tls, Date.now())),
      ({ renewed }) => (renewed ? 'made' : 'kept'),
    );
  }

  private async startDatabases(
    home: Home,
    embedded: Embedded,
  ): Promise<{ audit: Cluster | null; sample: Cluster | null }> {
    if (!embedded.audit && !embedded.sample) return { audit: null, sample: null };
    const place = placePostgres(home.folder, home.postgres);
    if (place.moved)
      this.narrator.note(
        `  databases are kept in ${place.data}, since "${place.account?.user}" cannot get to the home`,
      );
    const started: Cluster[] = [];
    this.stops.add('embedded PostgreSQL', async () => void (await Promise.all(started.map((one) => one.stop()))));
    const start = async (name: 'audit' | 'crm', wanted: boolean, settings: Record<string, string>) => {
      if (!wanted) return null;
      const cluster = await this.startOne(home, place, name, settings);
      started.push(cluster);
      return cluster;
    };
    // both at once: creating a cluster takes a few seconds
    const [audit, sample] = await this.step(
      'embedded PostgreSQL',
      () => Promise.all([start('audit', embedded.audit, {}), start('crm', embedded.sample, statementLog)]),
      (clusters) => clusters.flatMap((cluster) => (cluster ? [`127.0.0.1:${cluster.port}`] : [])).join(', '),
    );
    return { audit, sample };
  }

  private async startOne(
    home: Home,
    place: PostgresPlace,
    name: 'audit' | 'crm',
    settings: Record<string, string>,
  ): Promise<Cluster> {
    const logFile = join(home.log, `postgres-${name}.log`);
    const password = keptPassword(home.secrets, `${name}-superuser.password`);
    const cluster = await startCluster(place, { name, password, logFile, settings });
    void cluster.died.then(() => this.died(`the embedded PostgreSQL "${name}" ended by itself; see ${logFile}`));
    return cluster;
  }

  private async prepareSample(home: Home, cluster: Cluster): Promise<string> {
    const password = keptPassword(home.secrets, 'crm.password');
    await this.step(
      'sample database crm',
      () => ensureSample(cluster, password),
      (made) => (made ? 'made' : 'kept'),
    );
    return join(home.secrets, 'crm.password');
  }

  private async startIssuer(
    home: Home,
    ports: Ports,
    certificates: Certificates | null,
    keys: NonNullable<StartedParts['issuerKeys']>,
  ): Promise<string> {
    if (certificates === null) throw new QuickstartError('the development issuer has no certificate');
    const log = (line: string) =>
      appendFileSync(join(home.log, 'issuer.log'), `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
    const issuer = await this.step(
      'development issuer',
      () => startIssuer(ports.issuer, certificates, keys, log),
      ({ url }) => url,
    );
    this.stops.add('issuer', () => issuer.stop());
    return issuer.url;
  }

  private warnOf(own: OwnConfiguration, warnings: readonly string[]): void {
    // the sample's own ways (no TLS to the server beside, a rule that holds) are no news to anybody
    if (own.file === null) return;
    // lines of the person's file, where it can be judged by itself
    const told = own.parsed !== null && own.has('targets') ? own.parsed.warnings : warnings;
    for (const warning of told) this.narrator.warn(warning);
  }

  private async warnOfUnreachable(targets: StartedParts['config']['targets']): Promise<void> {
    await Promise.all(
      targets.map(async (target) => {
        const address = addressOf(target);
        if (address === null) {
          this.narrator.warn(`target "${target.name}": its kubeconfig leads to no cluster`);
          return;
        }
        const { host, port } = address;
        const reason = await reach(host, port, 2_000);
        if (reason !== null)
          this.narrator.warn(
            `target "${target.name}" cannot be reached (${host}:${port}: ${reason}); its sessions are refused until it appears`,
          );
      }),
    );
  }

  /** All at once; stopped in the order gateways, control API, since the gateways are what people are connected to. */
  private async startApps(
    home: Home,
    clusters: boolean,
  ): Promise<{ control: Child; gateway: Child; kubeGateway: Child | null }> {
    const child = (name: Child['name'], graceMs: number) => {
      const say = (text: string) => this.narrator.warn(text);
      const made = new Child(name, home.config, join(home.log, `${name}.log`), say, this.changed);
      this.stops.add(name, () => made.stop(graceMs));
      return made;
    };
    const control = child('control-api', 3_500);
    const gateway = child('postgres-gateway', 6_500);
    const kubeGateway = clusters ? child('kube-gateway', 6_500) : null;
    await this.step(
      `control API and ${kubeGateway === null ? 'gateway' : 'gateways'}`,
      () => Promise.all([control, gateway, ...(kubeGateway === null ? [] : [kubeGateway])].map((app) => app.start())),
      (ready) => `ports ${ready.map(({ port }) => port).join(', ')}`,
    );
    return { control, gateway, kubeGateway };
  }
}

/** What the target executed can be compared with the record: every statement, with pid and session, in one file. */
const statementLog = {
  log_statement: 'all',
  log_line_prefix: '%m [%p] %c %l %u@%d %a ',
  log_connections: 'authorization',
  log_disconnections: 'on',
};

/** Where a target listens; null: its kubeconfig does not say. */
function addressOf(target: TargetConfig): { readonly host: string; readonly port: number } | null {
  if (target.kind === 'postgres') return target.postgres;
  const { kubeconfig, context } = target.kubernetes;
  const server = clusterAddress(kubeconfig.reveal(), context)?.server ?? '';
  if (!URL.canParse(server)) return null;
  const { hostname, port, protocol } = new URL(server);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || (protocol === 'http:' ? 80 : 443)) };
}

/** Where both listeners have certificates of their own there is no shared one to trust: the gateway's is named. */
function certificateOf(own: OwnConfiguration): string {
  const reference =
    own.document.getIn(['tls', 'certificate']) ?? own.document.getIn(['listen', 'postgres', 'tls', 'certificate']);
  return String(reference).replace(/^file:/, '');
}
