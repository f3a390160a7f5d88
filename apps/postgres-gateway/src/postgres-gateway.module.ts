import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { FileJournal, type Journal, KeyStore, recoverSlot, whenDurable, type OldEpoch } from '@app/audit';
import { Gate, type GateServices } from '@app/gate';
import { DenyList, OidcTokenVerifier } from '@app/identity';
import { Logger, type SallyportConfig, ulid } from '@app/platform';
import { compilePolicy, DecisionCache, type Policy } from '@app/policy';
import { AuditDatabase, DenyListStore, SessionTerminationStore } from '@app/store';
import { ConfiguredCredentials, ConfiguredTargets, type PostgresTarget, warnings } from '@app/targets';
import { KnowledgeRegistry } from './knowledge-registry.js';
import { LivePolicy } from './live-policy.js';
import { ParserPool } from './parser-pool.js';
import { PostgresListener } from './postgres-listener.js';
import { fatal } from './error-response.js';
import { Revocations, RevocationSource } from './revocations.js';
import type { TargetProfile } from './session-parts.js';
import { ShipperThread } from './shipper-thread.js';
import { protectionRules, targetProfile } from './target-profiles.js';
import { VERSION } from './version.js';

/** What a worker process is started with. */
export interface WorkerSettings {
  readonly config: SallyportConfig;
  readonly logger: Logger;
  /** number of this worker, from 0: its journal's folder */
  readonly slot: number;
  /** reads the configuration file again. @throws ConfigError */
  readonly reread: () => SallyportConfig;
  /** tells the other workers that a target's catalog is being changed */
  readonly catalogChanging: (target: string) => void;
}

const SETTINGS = Symbol('worker settings');
const TICK_MS = 10;
const CHECK_MS = 1_000;
const SHIP_OUT_MS = 5_000;

/** Folder of one worker's epochs. */
export function journalSlot(config: SallyportConfig, slot: number): string {
  return join(config.audit.journal.dir, 'postgres-gateway', String(slot));
}

/** Revocations out of the audit database. */
class StoredRevocations extends RevocationSource {
  readonly #deny: DenyListStore;
  readonly #terminations: SessionTerminationStore;
  #since: Date | null = null;

  constructor(database: AuditDatabase) {
    super();
    this.#deny = new DenyListStore(database);
    this.#terminations = new SessionTerminationStore(database);
  }

  override denied(now: Date): ReturnType<DenyListStore['load']> {
    return this.#deny.load(now);
  }

  override async terminated(): Promise<readonly string[]> {
    const ended = await this.#terminations.changesSince(this.#since);
    const newest = ended[ended.length - 1];
    if (newest) this.#since = newest.at;
    return ended.map((termination) => termination.session);
  }
}

/** The journal of this worker and what dead ones left in its folder. */
class OwnJournal {
  private constructor(
    readonly journal: FileJournal,
    readonly older: readonly OldEpoch[],
  ) {}

  static async open({ config, logger, slot }: WorkerSettings, keys: KeyStore): Promise<OwnJournal> {
    const { journal: settings } = config.audit;
    const folder = journalSlot(config, slot);
    const journal = await FileJournal.open(folder, {
      keys,
      writer: { kind: 'postgres-gateway', version: VERSION, process: process.pid },
      // a target that releases on `written` needs the two watermarks apart
      syncMode: config.targets.some((target) => target.release === 'written') ? 'write+fdatasync' : 'dsync',
      reserveBytes: settings.reserve,
      maxBehind: { bytes: settings.maxBehind.bytes, forMs: settings.maxBehind.for },
    });
    const older = await recoverSlot(folder, journal, Date.now());
    for (const { epoch, tornBytes, damage, recovered } of older) {
      if (damage !== null) logger.error('an older epoch of the journal is damaged', { epoch, damage });
      else if (tornBytes > 0 || recovered > 0)
        logger.warn('took over an older epoch of the journal', { epoch, tornBytes, recovered });
    }
    return new OwnJournal(journal, older);
  }
}

/** HMAC of exact bytes under the monthly key; the key is looked up again once a minute. */
function statementHmac(keys: KeyStore): (text: string) => string {
  let key: Buffer | null = null;
  let until = 0;
  return (text) => {
    const now = Date.now();
    if (key === null || now >= until) {
      key = keys.monthKey(new Date(now).toISOString().slice(0, 7));
      until = now + 60_000;
    }
    return createHmac('sha256', key).update(text).digest('hex');
  };
}

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
    @Inject(Gate) private readonly gate: Gate,
    @Inject(PostgresListener) private readonly listener: PostgresListener,
    @Inject(Revocations) private readonly revocations: Revocations,
    @Inject(LivePolicy) private readonly policy: LivePolicy<Policy>,
  ) {}

  static forWorker(settings: WorkerSettings): DynamicModule {
    const { config, logger } = settings;
    return {
      module: PostgresGatewayModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: KeyStore, useFactory: () => new KeyStore({ folder: config.keys.dir }) },
        { provide: OwnJournal, inject: [KeyStore], useFactory: (keys: KeyStore) => OwnJournal.open(settings, keys) },
        {
          provide: ShipperThread,
          inject: [OwnJournal],
          useFactory: ({ journal, older }: OwnJournal) =>
            new ShipperThread({
              journal,
              url: config.audit.database.gateway.reveal(),
              keys: { folder: config.keys.dir },
              // a damaged one is shipped up to the damage, then raises the alarm
              older: older.map(({ folder, bytes }) => ({ folder, bytes })),
              live: join(journalSlot(config, settings.slot), journal.epoch),
              onChange: ({ state, error }) => {
                if (state === 'alarm') logger.error('the record cannot be shipped any further', { error });
                else if (state === 'retrying')
                  logger.warn('the audit database does not take the record now', { error });
                else logger.log('the record is shipped to the audit database');
              },
              onDeath: (reason) => logger.error('the shipping thread died and is started again', { reason }),
            }),
        },
        {
          provide: OidcTokenVerifier,
          useFactory: () =>
            new OidcTokenVerifier({
              issuers: config.identity.issuers,
              tokenBytes: config.limits.tokenBytes,
              // the configuration accepts such an issuer on loopback only
              insecureLoopback: true,
            }),
        },
        { provide: AuditDatabase, useFactory: () => new AuditDatabase(config.audit.database.gateway, 2) },
        { provide: DenyList, useFactory: () => new DenyList() },
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
          provide: Gate,
          inject: [OwnJournal, DenyList, LivePolicy],
          useFactory: (own: OwnJournal, denyList: DenyList, policy: LivePolicy<Policy>) =>
            new Gate(gateServices(own.journal, denyList, policy)),
        },
        {
          provide: LivePolicy,
          inject: [OwnJournal],
          useFactory: ({ journal }: OwnJournal) =>
            new LivePolicy(
              compilePolicy(config.rules),
              () => compilePolicy(settings.reread().rules),
              logger,
              (before, after) => recordPolicy(journal, before, after, 'reload'),
            ),
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
              settings.catalogChanging,
              (text) => logger.warn(text),
            );
          },
        },
        {
          provide: PostgresListener,
          inject: [
            Gate,
            OidcTokenVerifier,
            ConfiguredTargets,
            DenyList,
            ParserPool,
            KnowledgeRegistry,
            KeyStore,
            OwnJournal,
          ],
          useFactory: (
            gate: Gate,
            verifier: OidcTokenVerifier,
            targets: ConfiguredTargets<PostgresTarget>,
            denyList: DenyList,
            pool: ParserPool,
            knowledge: KnowledgeRegistry,
            keys: KeyStore,
            own: OwnJournal,
          ) => {
            const profiles = new Map<PostgresTarget, TargetProfile>();
            return new PostgresListener({
              config,
              logger,
              gate,
              login: {
                verifier,
                targets,
                denied: (principal) => denyList.isDenied(principal, Date.now()),
                denyListLoaded: () => denyList.loaded,
                now: Date.now,
              },
              vault: new ConfiguredCredentials(targets.list()),
              pool,
              knowledge: knowledge,
              profileOf: (target) => {
                let profile = profiles.get(target);
                if (!profile)
                  profiles.set(target, (profile = targetProfile(target, config.protect, config.limits.chunk)));
                return profile;
              },
              hmac: statementHmac(keys),
              newId: ulid,
              now: Date.now,
              epoch: Buffer.from(own.journal.epoch, 'hex').toString('base64url'),
              onLogin: () => undefined,
            });
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
    const { config, logger, slot } = this.settings;
    const { journal } = this.own;
    this.shipper.start();
    for (const target of config.targets) for (const warning of warnings(target)) if (slot === 0) logger.warn(warning);
    for (const problem of await this.verifier.start()) logger.warn(problem);
    await this.revocations.start();
    await whenDurable(journal, recordPolicy(journal, null, this.policy.current.hash, 'start'));
    this.pool.warmUp();
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

  /** The reverse: port, sessions, record, what is left of it shipped. */
  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.listener.close();
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

/** @returns number of the event */
function recordPolicy(journal: Journal, before: string | null, after: string, why: 'start' | 'reload'): number {
  return journal.append({
    kind: 'policy.changed',
    at: Date.now(),
    members: `"before":${JSON.stringify(before)},"after":${JSON.stringify(after)},"why":"${why}"`,
    body: null,
    session: null,
  });
}

function gateServices(journal: Journal, denyList: DenyList, policy: LivePolicy<Policy>): GateServices {
  const decisions = new DecisionCache();
  return {
    journal,
    decide: (principal, operation, now) => decisions.get(principal, operation, policy.current, now),
    denied: (principal) => denyList.isDenied(principal, Date.now()),
    now: Date.now,
    newId: ulid,
  };
}
