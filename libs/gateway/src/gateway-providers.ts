import { join } from 'node:path';
import type { Provider } from '@nestjs/common';
import { type Journal, KeyStore } from '@app/audit';
import { Gate, type GateServices } from '@app/gate';
import { DenyList, OidcTokenVerifier } from '@app/identity';
import { ulid } from '@app/platform';
import { compilePolicy, DecisionCache, type Policy } from '@app/policy';
import { AuditDatabase } from '@app/store';
import { LivePolicy } from './live-policy.js';
import { journalSlot, OwnJournal } from './own-journal.js';
import { ShipperThread } from './shipper-thread.js';
import type { WorkerSettings } from './worker-settings.js';

/** Nest token of the {@link WorkerSettings} of this process. */
export const SETTINGS = Symbol('worker settings');

/**
 * What every gateway worker has, whatever its protocol: keys, its own journal and the thread that ships it, token verifier, deny-list,
 * policy, gate. Wired once; nothing of it is looked up again on an operation's way.
 */
export function gatewayProviders(settings: WorkerSettings): Provider[] {
  const { name, config, logger, slot } = settings;
  return [
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
    { provide: AuditDatabase, useFactory: () => new AuditDatabase(config.audit.database.gateway, 2) },
    { provide: DenyList, useFactory: () => new DenyList() },
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
  ];
}

/** Records which policy is in force. @returns number of the event */
export function recordPolicy(journal: Journal, before: string | null, after: string, why: 'start' | 'reload'): number {
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
