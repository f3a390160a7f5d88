import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { KeyStore, whenDurable } from '@app/audit';
import { Gate, UseCounts } from '@app/gate';
import {
  ApprovalsLink,
  CancelWords,
  exactHmac,
  gatewayProviders,
  KnownCredentials,
  gatewaysMac,
  LivePolicy,
  OwnJournal,
  recordPolicy,
  Revocations,
  SETTINGS,
  ShipperThread,
  StoredRevocations,
  TargetChecks,
  USES,
  type WorkerSettings,
} from '@app/gateway';
import { ClientCertificates, DenyList, MintedPrincipals, OidcTokenVerifier } from '@app/identity';
import { ulid } from '@app/platform';
import type { Policy } from '@app/policy';
import { ApprovalFeed, AuditDatabase } from '@app/store';
import { ConfiguredCredentials, ConfiguredTargets, type PostgresTarget, warnings } from '@app/targets';
import { ColumnsFile } from './bound-columns.js';
import { CatalogWatches } from './catalog-watches.js';
import { KnowledgeRegistry } from './knowledge-registry.js';
import { Logins } from './login.js';
import { MaskedReads } from './masked-reads.js';
import { OwnConnection } from './own-connection.js';
import { ParserPool } from './parser-pool.js';
import { PostgresListener } from './postgres-listener.js';
import { fatal } from './error-response.js';
import type { TargetProfile } from './session-parts.js';
import { checkDatabase } from './target-check.js';
import { masksByClass, protectionRules, targetProfile } from './target-profiles.js';
import { UpstreamConnection } from './upstream-connection.js';

/** How words between workers begin. */
const WORDS = { catalog: 'catalog ', cancel: 'cancel ', masked: 'masked ' };

const TICK_MS = 10;
const CHECK_MS = 1_000;
const SHIP_OUT_MS = 5_000;

/** Everything of one worker process, wired once; nothing of it is looked up again on an operation's way. */
@Module({})
export class PostgresGatewayModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #timers: NodeJS.Timeout[] = [];

  constructor(
    @Inject(SETTINGS) private readonly settings: WorkerSettings,
    @Inject(OwnJournal) private readonly own: OwnJournal,
    @Inject(ShipperThread) private readonly shipper: ShipperThread,
    @Inject(OidcTokenVerifier) private readonly verifier: OidcTokenVerifier,
    @Inject(AuditDatabase) private readonly database: AuditDatabase,
    @Inject(ParserPool) private readonly pool: ParserPool,
    @Inject(KnowledgeRegistry) private readonly knowledge: KnowledgeRegistry,
    @Inject(Gate) private readonly gate: Gate,
    @Inject(PostgresListener) private readonly listener: PostgresListener,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(LivePolicy) private readonly policy: LivePolicy<Policy>,
    @Inject(ApprovalsLink) private readonly approvals: ApprovalsLink,
    @Inject(CatalogWatches) private readonly catalogs: CatalogWatches,
    @Inject(TargetChecks) private readonly targetChecks: TargetChecks<PostgresTarget>,
    @Inject(ApprovalFeed) private readonly feed: ApprovalFeed,
    @Inject(UseCounts) private readonly uses: UseCounts,
    @Inject(MaskedReads) private readonly reads: MaskedReads,
  ) {}

  static forWorker(settings: WorkerSettings): DynamicModule {
    const { config, logger } = settings;
    return {
      module: PostgresGatewayModule,
      providers: [
        ...gatewayProviders(settings),
        {
          provide: ParserPool,
          useFactory: () =>
            new ParserPool({
              workers: config.limits.parsers,
              timeoutMs: config.limits.parse,
              maxTextBytes: config.limits.statementBytes,
              cacheBytes: config.limits.describedBytes,
              onReplaced: (reason) => {
                if (reason !== 'recycled') logger.warn('a parser thread was replaced', { reason });
              },
            }),
        },
        {
          provide: ConfiguredTargets,
          useFactory: () => new ConfiguredTargets(config.targets.filter((target) => target.kind === 'postgres')),
        },
        {
          provide: KnowledgeRegistry,
          inject: [ParserPool, ConfiguredTargets],
          useFactory: (pool: ParserPool, targets: ConfiguredTargets<PostgresTarget>) => {
            const rules = new Map(
              targets.list().map((target) => [target.name, protectionRules(config.protect, target.name)]),
            );
            return new KnowledgeRegistry(
              pool,
              (target) => rules.get(target) ?? [],
              Date.now,
              (target) => settings.tellOthers(`${WORDS.catalog}${target}`),
              (text) => logger.warn(text),
              new ColumnsFile(join(config.audit.journal.dir, settings.name, 'protected-columns.jsonl'), (text) =>
                logger.warn(text),
              ),
              (target) => targets.get(target)?.postgres.functions ?? [],
            );
          },
        },
        {
          provide: CatalogWatches,
          inject: [KnowledgeRegistry, ConfiguredTargets],
          useFactory: (knowledge: KnowledgeRegistry, targets: ConfiguredTargets<PostgresTarget>) => {
            const { messageBytes, serverMessageBytes: backendMessageBytes, connect: timeoutMs } = config.limits;
            const vault = new ConfiguredCredentials(targets.list());
            return new CatalogWatches(knowledge, async (target, at, onGone) => {
              const limits = { messageBytes, backendMessageBytes };
              const settings = new Map([['application_name', 'sallyport catalog']]);
              return new OwnConnection(
                await UpstreamConnection.open({ target, vault, at, settings, limits, timeoutMs }),
                onGone,
              );
            });
          },
        },
        {
          provide: MaskedReads,
          useFactory: () => new MaskedReads((word) => settings.tellOthers(`${WORDS.masked}${word}`), Date.now),
        },
        {
          provide: Logins,
          inject: [Gate, OidcTokenVerifier, ConfiguredTargets, DenyList, KnownCredentials, KeyStore],
          useFactory: (
            gate: Gate,
            verifier: OidcTokenVerifier,
            targets: ConfiguredTargets<PostgresTarget>,
            denyList: DenyList,
            credentials: KnownCredentials,
            keys: KeyStore,
          ) =>
            new Logins({
              config,
              logger,
              gate,
              login: {
                verifier,
                minted: new MintedPrincipals(),
                targets,
                denied: (principal) => denyList.isDenied(principal, Date.now()),
                denyListLoaded: () => denyList.loaded,
                now: Date.now,
              },
              credentials,
              certificates: new ClientCertificates(config.identity.certificates),
              certificate: new X509Certificate(config.listen.postgres.tls.certificate),
              hmac: exactHmac(keys),
              newId: ulid,
              now: Date.now,
            }),
        },
        {
          provide: PostgresListener,
          inject: [
            Gate,
            Logins,
            ConfiguredTargets,
            ParserPool,
            KnowledgeRegistry,
            CatalogWatches,
            KeyStore,
            OwnJournal,
            AuditDatabase,
            MaskedReads,
          ],
          useFactory: (
            gate: Gate,
            logins: Logins,
            targets: ConfiguredTargets<PostgresTarget>,
            pool: ParserPool,
            knowledge: KnowledgeRegistry,
            catalogs: CatalogWatches,
            keys: KeyStore,
            own: OwnJournal,
            database: AuditDatabase,
            reads: MaskedReads,
          ) => {
            const replicas = new CancelWords(database);
            const profiles = new Map<PostgresTarget, TargetProfile>();
            const masks = masksByClass(config.protect, () => keys.markKey());
            return new PostgresListener({
              config,
              logger,
              gate,
              logins,
              vault: new ConfiguredCredentials(targets.list()),
              pool,
              knowledge,
              catalogs,
              profileOf: (target) => {
                let profile = profiles.get(target);
                if (!profile)
                  profiles.set(target, (profile = targetProfile(target, config, masks, reads, config.limits.chunk)));
                return profile;
              },
              hmac: exactHmac(keys),
              newId: ulid,
              now: Date.now,
              epoch: Buffer.from(own.journal.epoch, 'hex').toString('base64url'),
              cancelMac: gatewaysMac(keys),
              tellOthers: (word) => {
                settings.tellOthers(`${WORDS.cancel}${word}`);
                return replicas.say(word);
              },
            });
          },
        },
        {
          provide: TargetChecks,
          inject: [AuditDatabase, ConfiguredTargets],
          useFactory: (database: AuditDatabase, targets: ConfiguredTargets<PostgresTarget>) => {
            const { messageBytes, serverMessageBytes: backendMessageBytes, connect: timeoutMs } = config.limits;
            const vault = new ConfiguredCredentials(targets.list());
            const limits = { messageBytes, backendMessageBytes };
            return new TargetChecks(settings, database, targets.list(), (target) =>
              checkDatabase(target, { vault, protect: config.protect, limits, timeoutMs, now: Date.now }),
            );
          },
        },
        {
          provide: Revocations,
          inject: [AuditDatabase, DenyList, PostgresListener],
          useFactory: (database: AuditDatabase, denyList: DenyList, listener: PostgresListener) =>
            new Revocations(
              new StoredRevocations(database),
              denyList,
              logger,
              (session) =>
                listener.sessions
                  .get(session)
                  ?.finish('terminated', fatal('57P01', 'this session was ended by an administrator')),
              () => {
                const now = Date.now();
                for (const session of listener.sessions.all())
                  if (denyList.isDenied(session.principal, now))
                    session.finish(
                      'revoked',
                      fatal('57P01', 'the access of this session was revoked', 'Ask an administrator of the gateway.'),
                    );
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
    for (const target of config.targets) for (const warning of warnings(target)) if (slot === 0) logger.warn(warning);
    for (const problem of await this.verifier.start()) logger.warn(problem);
    await this.revocations.start();
    await whenDurable(journal, recordPolicy(journal, { before: null, after: this.policy.current, by: name }));
    CancelWords.listen(this.feed, (word) => this.listener.cancelElsewhere(word));
    await this.approvals.start();
    this.pool.warmUp();
    this.targetChecks.start();
    this.#every(TICK_MS, (now) => {
      for (const session of this.listener.sessions.all()) session.tick(now);
    });
    this.#every(CHECK_MS, (now) => {
      for (const session of this.listener.sessions.all()) {
        session.check(now);
        if (!session.over && !this.verifier.stillGood(session.principal, now))
          session.finish('revoked', fatal('57P01', 'the key that signed the token of this session was withdrawn'));
      }
    });
  }

  /** A word of another worker: the name of a target whose catalog it saw being changed, a counted use, masked values given, or a cancel request. */
  told(word: string): void {
    if (word.startsWith(WORDS.catalog)) this.knowledge.changedElsewhere(word.slice(WORDS.catalog.length));
    else if (word.startsWith(USES)) this.uses.told(word.slice(USES.length), Date.now());
    else if (word.startsWith(WORDS.masked)) this.reads.told(word.slice(WORDS.masked.length));
    else if (word.startsWith(WORDS.cancel)) this.listener.cancelElsewhere(word.slice(WORDS.cancel.length));
  }

  /** The reverse: port, sessions, record, what is left of it shipped. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.targetChecks.stop();
    await this.listener.close();
    this.catalogs.close();
    await this.approvals.stop();
    this.revocations.stop();
    this.verifier.close();
    this.pool.close();
    await this.own.journal.close();
    this.gate.close();
    await this.shipper.stop(SHIP_OUT_MS);
    await this.database.close();
  }

  #every(ms: number, work: (now: number) => void): void {
    this.#timers.push(setInterval(() => work(Date.now()), ms).unref());
  }
}
