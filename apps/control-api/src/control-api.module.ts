import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';
import { StandardSchemaValidationPipe } from '@nestjs/common';
import { Journal, KeyStore } from '@app/audit';
import { LivePolicy } from '@app/gateway';
import { DenyList, TokenVerifier } from '@app/identity';
import { Logger, Metrics } from '@app/platform';
import type { Policy } from '@app/policy';
import {
  ApprovalFeed,
  ApprovalStore,
  AuditDatabase,
  AuditReader,
  CredentialStore,
  type DatabaseUrl,
  DenyListStore,
  OperationSearchStore,
  PolicyVersionStore,
  SessionStore,
  SessionTerminationStore,
  TargetCheckStore,
} from '@app/store';
import { TargetRegistry } from '@app/targets';
import { AccessRecord } from './access/access-record.js';
import { BearerGuard } from './access/bearer.guard.js';
import { Clock } from './access/clock.js';
import { RoleBook } from './access/role-book.js';
import { AccessRequestsController } from './approvals/access-requests.controller.js';
import { AccessRequestsService } from './approvals/access-requests.service.js';
import { ApprovalChanges } from './approvals/approval-changes.js';
import { ApprovalMetrics } from './approvals/approval-metrics.js';
import { ApprovalsController } from './approvals/approvals.controller.js';
import { ApprovalsService } from './approvals/approvals.service.js';
import { BurntUses } from './approvals/burnt-uses.js';
import { Inbox } from './approvals/inbox.js';
import { InboxController } from './approvals/inbox.controller.js';
import { WaitingRoom } from './approvals/waiting-room.js';
import { CredentialsController } from './credentials/credentials.controller.js';
import { CredentialLimits, CredentialsService } from './credentials/credentials.service.js';
import { PostgresListener } from './credentials/postgres-listener.js';
import { DenyController } from './deny/deny.controller.js';
import { DenyRefresher } from './deny/deny-refresher.js';
import { HealthController } from './health/health.controller.js';
import { IssuerCheck } from './health/issuer-check.js';
import { BodyOpener } from './operations/body-opener.js';
import { OperationsController } from './operations/operations.controller.js';
import { OperationsService } from './operations/operations.service.js';
import { SessionKnowledge } from './operations/session-knowledge.js';
import { NotificationStore } from './notifications/notification.store.js';
import { NotificationTrigger } from './notifications/notification-trigger.js';
import { NotificationsController } from './notifications/notifications.controller.js';
import { PartitionKeeper } from './partition-keeper.js';
import { PolicyController } from './policy/policy.controller.js';
import { PolicyService } from './policy/policy.service.js';
import { ProblemError } from './problem.js';
import { ProblemFilter } from './problem.filter.js';
import { ApprovalExpiry } from './queue/approval-expiry.js';
import { BackgroundParts, BackgroundWork } from './queue/background-work.js';
import { RecordingsService } from './recordings/recordings.service.js';
import { SessionReplaysService } from './recordings/session-replays.service.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';
import { KubeListener } from './targets/kube-listener.js';
import { TargetChecksService } from './targets/target-checks.service.js';
import { TargetsController } from './targets/targets.controller.js';
import { WhoamiController } from './whoami.controller.js';

/** What the API is made of; made by `main`, or by a test. */
export interface ControlParts {
  readonly database: AuditDatabase;
  /** of the same database, for the one connection that listens to changes of approvals */
  readonly databaseUrl: DatabaseUrl;
  /** the rules that gateways decide by */
  readonly policy: LivePolicy<Policy>;
  readonly keys: KeyStore;
  readonly journal: Journal;
  readonly verifier: TokenVerifier;
  readonly denyList: DenyList;
  readonly issuers: IssuerCheck;
  readonly targets: TargetRegistry;
  /** where clients of clusters connect */
  readonly kubeListener: KubeListener;
  /** where clients of databases connect */
  readonly postgresListener: PostgresListener;
  readonly credentials: CredentialLimits;
  readonly roles: RoleBook;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** timers and notifications; left out: no process's of this API, as where a spec needs none */
  readonly background?: BackgroundParts;
}

const onDatabase = [
  AuditReader,
  OperationSearchStore,
  SessionStore,
  SessionTerminationStore,
  DenyListStore,
  CredentialStore,
  ApprovalStore,
  PolicyVersionStore,
  NotificationStore,
  TargetCheckStore,
] as const;

@Module({})
export class ControlApiModule {
  static of(parts: ControlParts): DynamicModule {
    const given: Provider[] = [
      { provide: AuditDatabase, useValue: parts.database },
      { provide: LivePolicy, useValue: parts.policy },
      {
        provide: ApprovalChanges,
        useFactory: () => new ApprovalChanges((onChange) => new ApprovalFeed(parts.databaseUrl, onChange)),
      },
      { provide: KeyStore, useValue: parts.keys },
      { provide: Journal, useValue: parts.journal },
      { provide: TokenVerifier, useValue: parts.verifier },
      { provide: DenyList, useValue: parts.denyList },
      { provide: IssuerCheck, useValue: parts.issuers },
      { provide: TargetRegistry, useValue: parts.targets },
      { provide: KubeListener, useValue: parts.kubeListener },
      { provide: PostgresListener, useValue: parts.postgresListener },
      { provide: CredentialLimits, useValue: parts.credentials },
      { provide: RoleBook, useValue: parts.roles },
      { provide: Clock, useValue: parts.clock },
      { provide: Logger, useValue: parts.logger },
      { provide: Metrics, useValue: parts.metrics },
      ...onDatabase.map((store) => ({ provide: store, useValue: new store(parts.database) })),
    ];
    return {
      module: ControlApiModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [
        OperationsController,
        SessionsController,
        TargetsController,
        DenyController,
        CredentialsController,
        // before the approvals: `events` is no id
        InboxController,
        ApprovalsController,
        AccessRequestsController,
        PolicyController,
        NotificationsController,
        WhoamiController,
        HealthController,
      ],
      providers: [
        ...given,
        AccessRecord,
        BodyOpener,
        SessionKnowledge,
        OperationsService,
        RecordingsService,
        SessionReplaysService,
        SessionsService,
        TargetChecksService,
        CredentialsService,
        ApprovalsService,
        AccessRequestsService,
        ApprovalMetrics,
        BurntUses,
        Inbox,
        WaitingRoom,
        PolicyService,
        DenyRefresher,
        PartitionKeeper,
        ...background(parts.background),
        { provide: APP_GUARD, useClass: BearerGuard },
        { provide: APP_FILTER, useFactory: (logger: Logger) => new ProblemFilter(logger), inject: [Logger] },
        { provide: APP_PIPE, useFactory: () => new StandardSchemaValidationPipe({ exceptionFactory: invalid }) },
      ],
    };
  }
}

/** Without it nothing is sent and nothing expires by itself; what is asked for is done once it runs. */
function background(parts: BackgroundParts | undefined): Provider[] {
  if (!parts) return [{ provide: NotificationTrigger, useValue: { changed: () => undefined } }];
  return [
    { provide: BackgroundParts, useValue: parts },
    ApprovalExpiry,
    BackgroundWork,
    { provide: NotificationTrigger, useExisting: BackgroundWork },
  ];
}

function invalid(
  issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[],
): ProblemError {
  const errors = issues.slice(0, 20).map((issue) => ({
    at: (issue.path ?? [])
      .map((part) => String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part))
      .join('.'),
    message: issue.message,
  }));
  const first = errors[0];
  return new ProblemError('bad-request', first ? `${first.at ? `"${first.at}": ` : ''}${first.message}` : 'invalid', {
    errors,
  });
}
