import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { KeyStore, whenDurable } from '@app/audit';
import { Gate } from '@app/gate';
import {
  ApprovalsLink,
  exactHmac,
  gatewayProviders,
  LivePolicy,
  OwnJournal,
  recordPolicy,
  Revocations,
  SETTINGS,
  ShipperThread,
  StoredRevocations,
  TargetChecks,
  type WorkerSettings,
} from '@app/gateway';
import { DenyList, OidcTokenVerifier } from '@app/identity';
import { ulid } from '@app/platform';
import { decide, explain, type Explanation, type Policy } from '@app/policy';
import { AuditDatabase } from '@app/store';
import { ConfiguredTargets, type KubernetesTarget, warnings } from '@app/targets';
import { checkCluster } from './cluster-check.js';
import { ClusterRegistry } from './cluster-registry.js';
import type { ExchangeParts } from './enter.js';
import { DescribedReads } from './described-reads.js';
import { Fallbacks } from './fallbacks.js';
import { KubeListener } from './kube-listener.js';
import { KubeSessions } from './kube-sessions.js';
import { protectionOf } from './protection.js';
import { UpstreamProxy } from './upstream-proxy.js';

const TICK_MS = 10;
const CHECK_MS = 1_000;
const SHIP_OUT_MS = 5_000;

/** Everything of one worker process, wired once; nothing of it is looked up again on a request's way. */
@Module({})
export class KubeGatewayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    @Inject(SETTINGS) private readonly settings: WorkerSettings,
    @Inject(OwnJournal) private readonly own: OwnJournal,
    @Inject(ShipperThread) private readonly shipper: ShipperThread,
    @Inject(OidcTokenVerifier) private readonly verifier: OidcTokenVerifier,
    @Inject(AuditDatabase) private readonly database: AuditDatabase,
    @Inject(Gate) private readonly gate: Gate,
    @Inject(DenyList) private readonly denyList: DenyList,
    @Inject(KubeListener) private readonly listener: KubeListener,
    @Inject(KubeSessions) private readonly sessions: KubeSessions,
    @Inject(ClusterRegistry) private readonly clusters: ClusterRegistry,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(LivePolicy) private readonly policy: LivePolicy<Policy>,
    @Inject(ApprovalsLink) private readonly approvals: ApprovalsLink,
    @Inject(TargetChecks) private readonly targetChecks: TargetChecks<KubernetesTarget>,
  ) {}

  static forWorker(settings: WorkerSettings): DynamicModule {
    const { config, logger } = settings;
    const targets = config.targets.flatMap((target): KubernetesTarget[] =>
      target.kind === 'kubernetes' ? [target] : [],
    );
    return {
      module: KubeGatewayModule,
      providers: [
        ...gatewayProviders(settings),
        { provide: Fallbacks, useFactory: () => new Fallbacks(settings.tellOthers) },
        { provide: ConfiguredTargets, useFactory: () => new ConfiguredTargets(targets) },
        {
          provide: ClusterRegistry,
          inject: [OwnJournal],
          useFactory: ({ journal }: OwnJournal) => new ClusterRegistry(targets, journal, logger),
        },
        {
          provide: TargetChecks,
          inject: [AuditDatabase, ClusterRegistry],
          useFactory: (database: AuditDatabase, clusters: ClusterRegistry) =>
            new TargetChecks(settings, database, targets, (target) =>
              checkCluster(target, {
                clusterOf: (of) => clusters.of(of),
                recordQuestion: (name, what) => clusters.recordQuestion(name, what, null),
                now: Date.now,
              }),
            ),
        },
        {
          provide: KubeSessions,
          inject: [Gate],
          useFactory: (gate: Gate) => new KubeSessions(gate, () => ulid(Date.now()), config.limits.aheadOfDurability),
        },
        {
          provide: KubeListener,
          inject: [
            Gate,
            OidcTokenVerifier,
            ConfiguredTargets,
            DenyList,
            ClusterRegistry,
            KubeSessions,
            KeyStore,
            LivePolicy,
            Fallbacks,
          ],
          useFactory: (
            gate: Gate,
            verifier: OidcTokenVerifier,
            registry: ConfiguredTargets<KubernetesTarget>,
            denyList: DenyList,
            clusters: ClusterRegistry,
            sessions: KubeSessions,
            keys: KeyStore,
            policy: LivePolicy<Policy>,
            fallbacks: Fallbacks,
          ) => {
            const { limits } = config;
            const parts: ExchangeParts = {
              gate,
              login: {
                verifier,
                targets: registry,
                denied: (principal) => denyList.isDenied(principal, Date.now()),
                denyListLoaded: () => denyList.loaded,
                now: Date.now,
              },
              clusters,
              sessions,
              fallbacks,
              reads: new DescribedReads(),
              proxy: new UpstreamProxy(),
              protection: protectionOf(config.protect, keys.markKey()),
              logger,
              hosts: new Map(
                targets.flatMap(({ name, kubernetes }) => kubernetes.hosts.map((host) => [host.toLowerCase(), name])),
              ),
              limits: {
                requestBytes: limits.requestBytes,
                chunkBytes: limits.chunk.bytes,
                chunkMs: limits.chunk.for,
                exchanges: limits.sessions.total,
                perPerson: limits.sessions.perPerson,
              },
              hmac: exactHmac(keys),
              newId: () => ulid(Date.now()),
              asksForLabels: () => asksForLabels(policy.current),
              wouldAllow: (principal, { operation }, address) => {
                const decision = decide(principal, operation, policy.current, Date.now(), { address });
                return { allowed: decision.effect === 'allow', reason: decision.message ?? '' };
              },
              nearMiss: (principal, operation, address) =>
                nearMiss(explain(principal, operation, policy.current, Date.now(), { address })),
            };
            return new KubeListener(parts, config.listen.kubernetes);
          },
        },
        {
          provide: Revocations,
          inject: [AuditDatabase, DenyList, KubeSessions],
          useFactory: (database: AuditDatabase, denyList: DenyList, sessions: KubeSessions) =>
            new Revocations(
              new StoredRevocations(database),
              denyList,
              logger,
              (id) => {
                const session = sessions.get(id);
                if (session) sessions.finish(session, 'terminated', 'This session was ended by an administrator.');
              },
              () => {
                const now = Date.now();
                for (const session of Array.from(sessions.all()))
                  if (denyList.isDenied(session.principal, now))
                    sessions.finish(session, 'revoked', 'The access of this session was revoked.');
              },
            ),
        },
      ],
    };
  }

  /** In order: the record can take events, people can be told apart, then the port opens. */
  async onApplicationBootstrap(): Promise<void> {
    const { config, logger, slot, name } = this.settings;
    const { journal } = this.own;
    this.shipper.start();
    if (slot === 0)
      for (const target of config.targets)
        if (target.kind === 'kubernetes') for (const warning of warnings(target)) logger.warn(warning);
    for (const problem of await this.verifier.start()) logger.warn(problem);
    await this.revocations.start();
    await whenDurable(journal, recordPolicy(journal, { before: null, after: this.policy.current, by: name }));
    await this.approvals.start();
    for (const { target } of this.clusters.list())
      this.clusters.identityOf(target).catch((error: unknown) => {
        logger.warn(
          `target ${target.name}: ${error instanceof Error ? error.message : String(error)}; its requests are refused until it answers`,
        );
      });
    this.targetChecks.start();
    this.#every(TICK_MS, (now) => this.listener.tick(now));
    this.#every(CHECK_MS, (now) => this.#check(now));
  }

  /** The reverse: port, sessions, record, what is left of it shipped. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.targetChecks.stop();
    await this.listener.close();
    await this.approvals.stop();
    this.revocations.stop();
    this.verifier.close();
    this.clusters.close();
    await this.own.journal.close();
    this.gate.close();
    await this.shipper.stop(SHIP_OUT_MS);
    await this.database.close();
  }

  /** A session does not outlive its token, its person's access, or the key that signed it. */
  #check(now: number): void {
    for (const session of Array.from(this.sessions.all())) {
      const { principal } = session;
      if (now >= principal.expiresAt)
        this.sessions.finish(session, 'expired', 'The token of this session has expired; run the command again.');
      else if (this.denyList.isDenied(principal, now))
        this.sessions.finish(session, 'revoked', 'The access of this session was revoked.');
      else if (!this.verifier.stillGood(principal, now))
        this.sessions.finish(session, 'revoked', 'The key that signed the token of this session was withdrawn.');
    }
    this.sessions.sweep(now);
  }

  #every(ms: number, work: (now: number) => void): void {
    this.#timers.push(setInterval(() => work(Date.now()), ms).unref());
  }
}

const known = new WeakMap<Policy, boolean>();

/** Whether a rule asks for labels: then the objects of requests are looked at. */
function asksForLabels(policy: Policy): boolean {
  let asks = known.get(policy);
  if (asks === undefined) {
    asks = policy.rules.some((rule) => rule.attributes.some(([name]) => name.startsWith('label:')));
    known.set(policy, asks);
  }
  return asks;
}

/** The first rule that allows all of a command but its program or arguments. */
function nearMiss({ rules }: Explanation): string | null {
  for (const { rule, effect, failed } of rules)
    if (effect === 'allow' && failed !== null && (failed.key === 'on.program' || failed.key === 'on.command'))
      return `The rule ${JSON.stringify(rule)} comes nearest: its ${failed.key === 'on.program' ? 'program' : 'command'} is ${failed.wanted.join(' or ')}.`;
  return null;
}
