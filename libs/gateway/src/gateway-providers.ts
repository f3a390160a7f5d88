import { join } from 'node:path';
import type { Provider } from '@nestjs/common';
import { KeyStore } from '@app/audit';
import { Gate, type GateServices, UseCounts } from '@app/gate';
import { DenyList, OidcTokenVerifier } from '@app/identity';
import { ulid } from '@app/platform';
import { compilePolicy, DecisionCache, type Policy } from '@app/policy';
import { ApprovalFeed, ApprovalStore, AuditDatabase, CredentialStore, PolicyVersionStore } from '@app/store';
import { ApprovalsLink } from './approvals/approvals-link.js';
import { PolicyVersions, thisProcess } from './approvals/policy-versions.js';
import { StoredApprovals } from './approvals/stored-approvals.js';
import { KnownCredentials } from './credentials/known-credentials.js';
import { LivePolicy } from './live-policy.js';
import { journalSlot, OwnJournal } from './own-journal.js';
import { recordPolicy } from './record-policy.js';
import { ShipperThread } from './shipper-thread.js';
import type { WorkerSettings } from './worker-settings.js';

/** Nest token of the {@link WorkerSettings} of this process. */
export const SETTINGS = Symbol('worker settings');

/** How words between workers begin that tell of a counted use: the rest is for {@link UseCounts.told}. */
export const USES = 'uses ';

/** Whose record and whose approvals: one per installation so far. */
const TENANT = 'default';
/** Connections to the audit database beside those of the shipper and of the feed. */
const CONNECTIONS = 4;

/**
 * What every gateway worker has, whatever its protocol: keys, its own journal and the thread that ships it, token verifier, deny-list,
 * policy, gate. Wired once; nothing of it is looked up again on an operation's way.
 */
export function gatewayProviders(settings: WorkerSettings): Provider[] {
  const { name, config, logger, slot } = settings;
  return [
    { provide: SETTINGS, useValue: settings },
    { provide: KeyStore, useFactory: () => new KeyStore({ folder: config.keys.dir, tenant: TENANT }) },
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
          live: join(journalSlot(config, name, slot), journal.epoch),
          onChange: ({ state, error }) => {
            if (state === 'alarm') logger.error('the record cannot be shipped any further', { error });
            else if (state === 'retrying') logger.warn('the audit database does not take the record now', { error });
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
    { provide: AuditDatabase, useFactory: () => new AuditDatabase(config.audit.database.gateway, CONNECTIONS) },
    { provide: DenyList, useFactory: () => new DenyList() },
    {
      provide: KnownCredentials,
      inject: [AuditDatabase],
      useFactory: (database: AuditDatabase) =>
        new KnownCredentials({
          source: new CredentialStore(database),
          issuers: new Set(config.identity.issuers.map(({ url }) => url)),
          clock: () => performance.now(),
        }),
    },
    {
      provide: StoredApprovals,
      inject: [AuditDatabase, KeyStore, OwnJournal],
      useFactory: (database: AuditDatabase, keys: KeyStore, { journal }: OwnJournal) =>
        new StoredApprovals({
          store: new ApprovalStore(database),
          keys,
          tenant: TENANT,
          epoch: journal.epoch,
          logger,
        }),
    },
    {
      provide: PolicyVersions,
      inject: [AuditDatabase],
      useFactory: (database: AuditDatabase) =>
        new PolicyVersions(new PolicyVersionStore(database), thisProcess(name), logger),
    },
    {
      provide: Gate,
      inject: [OwnJournal, DenyList, LivePolicy, StoredApprovals, UseCounts],
      useFactory: (
        own: OwnJournal,
        denyList: DenyList,
        policy: LivePolicy<Policy>,
        approvals: StoredApprovals,
        uses: UseCounts,
      ) => new Gate({ ...gateServices(own, denyList, policy, approvals), uses }),
    },
    {
      provide: UseCounts,
      useFactory: () => new UseCounts((word) => settings.tellOthers(`${USES}${word}`)),
    },
    {
      provide: LivePolicy,
      inject: [OwnJournal, PolicyVersions],
      useFactory: ({ journal }: OwnJournal, versions: PolicyVersions) =>
        new LivePolicy(
          compilePolicy(config.rules),
          () => compilePolicy(settings.reread().rules),
          logger,
          (before, after) => {
            versions.keep(after);
            recordPolicy(journal, { before, after, by: name });
          },
        ),
    },
    {
      provide: ApprovalFeed,
      inject: [StoredApprovals],
      useFactory: (approvals: StoredApprovals) =>
        new ApprovalFeed(config.audit.database.gateway, (id) => approvals.told(id)),
    },
    {
      provide: ApprovalsLink,
      inject: [StoredApprovals, Gate, PolicyVersions, LivePolicy, ApprovalFeed],
      useFactory: (
        approvals: StoredApprovals,
        gate: Gate,
        versions: PolicyVersions,
        policy: LivePolicy<Policy>,
        feed: ApprovalFeed,
      ) => new ApprovalsLink({ approvals, gate, versions, policy, feed }),
    },
  ];
}

function gateServices(
  { journal }: OwnJournal,
  denyList: DenyList,
  policy: LivePolicy<Policy>,
  approvals: StoredApprovals,
): GateServices {
  const decisions = new DecisionCache({ approvals: true });
  return {
    journal,
    decide: (principal, operation, now, situation) =>
      decisions.get(principal, operation, policy.current, now, situation),
    denied: (principal) => denyList.isDenied(principal, Date.now()),
    now: Date.now,
    newId: ulid,
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
    approvals,
  };
}
