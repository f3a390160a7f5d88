import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DiskSource, FileJournal, JournalReader, KeyStore } from '@app/audit';
import { LivePolicy } from '@app/gateway';
import { DenyList, OidcTokenVerifier } from '@app/identity';
import { createLogger, Metrics, Secret } from '@app/platform';
import { compilePolicy, type Rule } from '@app/policy';
import { AuditDatabase, PgAuditSink } from '@app/store';
import { ConfiguredTargets } from '@app/targets';
import { RoleBook } from '../access/role-book.js';
import { SystemClock } from '../access/clock.js';
import { createApp } from '../app.js';
import { PostgresListener } from '../credentials/postgres-listener.js';
import { IssuerCheck } from '../health/issuer-check.js';
import { KubeListener } from '../targets/kube-listener.js';
import type { BackgroundParts } from '../queue/background-work.js';
import { recordSample } from './recorded.js';

/** Groups of the people of the specs: two analysts, a reviewer, an auditor, an administrator. */
const groups: Record<string, string[]> = {
  alice: ['analysts'],
  bob: ['analysts'],
  carol: ['privacy'],
  dave: ['audit'],
  root: ['platform'],
};

const kubeconfig = `
current-context: admin
contexts: [{ name: admin, context: { cluster: c, user: u } }]
clusters: [{ name: c, cluster: { server: "https://10.0.0.1:6443" } }]
users: [{ name: u, user: { token: hunter2-of-the-cluster } }]
`;

const rules: readonly Rule[] = [
  {
    name: 'analysts read the CRM',
    who: { groups: 'analysts' },
    on: { target: 'crm', does: ['read'] },
    effect: 'allow',
  },
  {
    name: 'bulk export',
    on: { target: 'crm', reads: { class: 'email', rows: { over: 100 } } },
    effect: 'hold',
    owner: 'erin@example.com',
    approval: { reviewers: { groups: ['privacy'] }, quorum: 1, hold: 60_000, expires: 900_000 },
  },
  { name: 'no destructive statements', on: { target: 'crm', does: ['schema'] }, effect: 'deny' },
];

/** What the specs bring: a migrated database and an issuer. */
export interface Surroundings {
  readonly folder: string;
  readonly gatewayUrl: string;
  readonly controlUrl: string;
  /** timers and notifications; left out: none */
  readonly background?: BackgroundParts;
  readonly issuer: {
    readonly url: string;
    readonly audience: string;
    token(claims: Readonly<Record<string, unknown>>): string;
  };
}

/** An answer, its body parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly json: Record<string, unknown> & { items: Record<string, unknown>[]; next: string | null };
}

class IssuersUp extends IssuerCheck {
  override check(): void {
    // the issuer of the specs is up
  }
}

/** The real application on real parts, with the sample recorded; requests are injected. */
export class RunningControl {
  private constructor(
    private readonly surroundings: Surroundings,
    readonly app: NestFastifyApplication,
    readonly journal: FileJournal,
    /** puts other rules in force, made of the first ones */
    readonly changeRules: (changed: (rules: readonly Rule[]) => readonly Rule[]) => void,
    private readonly keys: KeyStore,
    private readonly database: AuditDatabase,
  ) {}

  /** @param record writes what is there to be read */
  static async start(surroundings: Surroundings, record = recordSample): Promise<RunningControl> {
    const { folder, gatewayUrl, controlUrl, issuer } = surroundings;
    const keys = new KeyStore({ folder: join(folder, 'keys') });
    const sink = new PgAuditSink({ url: gatewayUrl });
    await record(folder, keys, sink, (name, act) => ({
      iss: issuer.url,
      sub: `${name}-sub`,
      user: `${name}@example.com`,
      groups: groups[name] ?? [],
      act,
      purpose: 'support',
    }));
    await sink.close();
    const writer = { kind: 'control-api', version: '0', process: process.pid };
    const options = { keys, writer, segmentBytes: 1024 * 1024, reserveBytes: 0 };
    const journal = await FileJournal.open(join(folder, 'control'), options);
    const database = new AuditDatabase(controlUrl);
    const claims = { user: 'email', groups: 'groups', purpose: 'purpose' };
    const issuers = [{ url: issuer.url, audience: issuer.audience, claims }];
    const logger = createLogger('spec', { level: 'silent' });
    let current = rules;
    const policy = new LivePolicy(
      compilePolicy(rules),
      () => compilePolicy(current),
      logger,
      () => undefined,
    );
    const app = await createApp(
      {
        database,
        databaseUrl: controlUrl,
        policy,
        keys,
        journal,
        logger,
        denyList: new DenyList(),
        issuers: new IssuersUp(),
        clock: new SystemClock(),
        verifier: new OidcTokenVerifier({ issuers, insecureLoopback: true }),
        targets: new ConfiguredTargets([
          {
            name: 'crm',
            kind: 'postgres',
            postgres: { host: 'db.internal', port: 5432, database: 'crm', tls: 'verify-full' },
            credential: { user: 'sallyport_crm', password: new Secret('hunter2-of-the-target') },
            release: 'durable',
            record: { first: 50 },
          },
          {
            name: 'prod',
            kind: 'kubernetes',
            kubernetes: { kubeconfig: new Secret(kubeconfig), identity: 'impersonate', hosts: [] },
            release: 'durable',
            record: { first: 50 },
          },
        ]),
        kubeListener: new KubeListener('0.0.0.0', 6443, 'the authority\n'),
        postgresListener: new PostgresListener('0.0.0.0', 6432, 'the authority\n'),
        credentials: { maxTtl: 12 * 3_600_000, perPerson: 5 },
        roles: new RoleBook({
          reviewer: { groups: ['privacy'] },
          auditor: { groups: ['audit'] },
          administrator: { groups: ['platform'] },
          breakGlass: { groups: ['platform'] },
        }),
        metrics: new Metrics({ process: 'control-api' }),
        ...(surroundings.background ? { background: surroundings.background } : {}),
      },
      null,
    );
    const change = (changed: (rules: readonly Rule[]) => readonly Rule[]): void => {
      current = changed(rules);
      policy.reload();
    };
    return new RunningControl(surroundings, app, journal, change, keys, database);
  }

  tokenOf(name: string, over: Readonly<Record<string, unknown>> = {}): string {
    const claims = { sub: `${name}-sub`, email: `${name}@example.com`, groups: groups[name] };
    return this.surroundings.issuer.token({ ...claims, ...over });
  }

  /** @param as a person's name, a token, or null for nobody */
  async call(
    method: 'GET' | 'POST' | 'DELETE',
    url: string,
    as: string | null,
    payload?: object | string,
  ): Promise<Answer> {
    const headers: Record<string, string> = {};
    if (as !== null) headers['authorization'] = `Bearer ${as.includes('.') ? as : this.tokenOf(as)}`;
    if (payload !== undefined) headers['content-type'] = 'application/json';
    const answer = await this.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    const json = JSON.parse(answer.body === '' ? '{}' : answer.body) as Answer['json'];
    return { status: answer.statusCode, headers: answer.headers, json };
  }

  get(url: string, as: string | null): Promise<Answer> {
    return this.call('GET', url, as);
  }

  /** Events of the application's own journal, with their clear bodies. */
  ownEvents(): { kind: string; approval?: unknown; body: unknown }[] {
    const source = new DiskSource(join(this.surroundings.folder, 'control', this.journal.epoch));
    const reader = new JournalReader(source, this.journal.epoch, this.keys);
    const events: { kind: string; approval?: unknown; body: unknown }[] = [];
    for (let batch = reader.next(this.journal.durable); batch !== null; batch = reader.next(this.journal.durable))
      for (const event of batch) {
        const { appr } = JSON.parse(event.line.toString()) as { appr?: unknown };
        events.push({
          kind: event.kind,
          ...(appr === undefined ? {} : { approval: appr }),
          body: event.body ? (JSON.parse(event.body.body.toString()) as unknown) : null,
        });
      }
    source.close();
    return events;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.journal.close();
    await this.database.close();
  }
}
