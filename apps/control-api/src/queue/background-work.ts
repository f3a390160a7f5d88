import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Counter, Logger, Metrics } from '@app/platform';
import { ApprovalStore, type StoredApproval } from '@app/store';
import { Clock } from '../access/clock.js';
import { ApprovalChanges } from '../approvals/approval-changes.js';
import { bodyOf } from '../notifications/notification-body.js';
import { Courier, type Webhook } from '../notifications/courier.js';
import { NotificationTrigger } from '../notifications/notification-trigger.js';
import { NotificationStore } from '../notifications/notification.store.js';
import { WebhookSender } from '../notifications/webhook-sender.js';
import { ApprovalExpiry } from './approval-expiry.js';
import { timersOf } from './approval-timers.js';
import { Gathered } from './gathered.js';
import type { Job, JobBackend, JobQueue } from './job-backend.js';
import { QueueKeeper } from './queue-keeper.js';

/** everything is derived from its rows again this often */
const EVERY_MS = 60_000;
/** and this long after it failed */
const AGAIN_MS = 5_000;
/** what is due later than this is added later */
const AHEAD_MS = 3_600_000;
const PAGE = 200;
const DELIVERIES = 1_000;

/** What the background needs beyond the parts that all have. */
export abstract class BackgroundParts {
  /** where jobs wait */
  abstract readonly backend: JobBackend;
  abstract readonly webhooks: readonly Webhook[];
  /** sends them; left out: as the system resolves names */
  readonly sender?: WebhookSender;
}

/**
 * What happens without anybody asking: approvals expire, reviewers are reminded, webhooks are told. The rows are the truth. Jobs are
 * derived from them on every change, at start and every minute; one that is lost, doubled or late changes the time and nothing else.
 */
@Injectable()
export class BackgroundWork extends NotificationTrigger implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #keeper: QueueKeeper;
  readonly #courier: Courier;
  readonly #changes: Gathered;
  readonly #sent: Counter<'webhook'>;
  readonly #counts = { pending: 0, dead: 0 };
  #timer: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;
  #unsubscribe: () => void = () => undefined;
  #failing = false;

  constructor(
    private readonly parts: BackgroundParts,
    private readonly approvals: ApprovalStore,
    private readonly outbox: NotificationStore,
    private readonly expiry: ApprovalExpiry,
    private readonly feed: ApprovalChanges,
    private readonly clock: Clock,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    super();
    const now = (): number => clock.now();
    this.#courier = new Courier(outbox, parts.sender ?? new WebhookSender(), parts.webhooks, now);
    this.#keeper = new QueueKeeper(
      parts.backend,
      { timer: (name, approval) => this.ring(name, approval), deliver: (id) => this.deliver(id) },
      (problem) => {
        if (problem) logger.warn(`the queue (${parts.backend.kind}) cannot be used now: ${problem.message}`);
        else {
          logger.log(`the queue (${parts.backend.kind}) is up`);
          this.#changes.add(null);
        }
      },
    );
    this.#changes = new Gathered((ids) => this.derive(ids));
    metrics.gauge({ name: 'queue_up', help: '1: the queue of timers and notifications answers.' }, () =>
      this.#keeper.up ? 1 : 0,
    );
    metrics.gauge(
      { name: 'notifications_pending', help: 'Notifications still to be sent.' },
      () => this.#counts.pending,
    );
    metrics.gauge(
      { name: 'notifications_dead', help: 'Notifications given up: dead letters.' },
      () => this.#counts.dead,
    );
    this.#sent = metrics.counter({
      name: 'notifications_sent_total',
      help: 'Notifications sent.',
      labels: ['webhook'],
    });
  }

  onApplicationBootstrap(): void {
    this.#unsubscribe = this.feed.subscribe((id) => this.#changes.add(id));
    this.#timer = setInterval(() => this.#changes.add(null), EVERY_MS).unref();
    this.#keeper.start();
    this.#changes.add(null);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    if (this.#again) clearTimeout(this.#again);
    this.#unsubscribe();
    await this.#changes.stop();
    await this.#keeper.close();
  }

  /** Looks at an approval, and at what is to be sent, as if it had changed. @param approval null: at all */
  changed(approval: string | null): void {
    this.#changes.add(approval);
  }

  /** Derives what is to be done of the rows. Never throws. @param ids of approvals; null: all */
  private async derive(ids: readonly string[] | null): Promise<void> {
    try {
      await this.addressNotices();
      if (ids === null) {
        // what is due is done even while the queue is down
        if (!this.#keeper.up) await this.expiry.run();
        await this.outbox.forget();
        await this.deriveAll();
      } else await this.addTimers(await this.each(ids));
      await this.addDeliveries();
      const { pending, dead } = await this.outbox.counts();
      Object.assign(this.#counts, { pending, dead });
      this.#failing = false;
    } catch (error) {
      if (!this.#failing && this.#keeper.up) this.logger.warn('timers and notifications cannot be derived now', error);
      this.#failing = true;
      this.#again ??= setTimeout(() => {
        this.#again = null;
        this.#changes.add(null);
      }, AGAIN_MS).unref();
    }
  }

  private async each(ids: readonly string[]): Promise<StoredApproval[]> {
    const found: StoredApproval[] = [];
    for (const id of ids) {
      const approval = await this.approvals.get(id);
      if (approval) found.push(approval);
    }
    return found;
  }

  private async deriveAll(): Promise<void> {
    for (const filter of [{ states: ['pending', 'approved'] as const }, { unreviewed: true }]) {
      let cursor: string | undefined;
      do {
        const page = await this.approvals.list({ ...filter, cursor, limit: PAGE });
        await this.addTimers(page.items);
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
    }
  }

  private async addTimers(approvals: readonly StoredApproval[]): Promise<void> {
    const until = this.clock.now() + AHEAD_MS;
    await this.add(
      this.#keeper.queues?.timers,
      approvals.flatMap(timersOf).filter(({ at }) => at <= until),
    );
  }

  private async addDeliveries(): Promise<void> {
    const due = await this.outbox.due(AHEAD_MS, DELIVERIES);
    // Another time is another job: the one that is under way still has its name.
    const jobs = due.map(({ id, at }) => ({ id: `${id}-${at}`, name: 'deliver', of: id, at }));
    await this.add(this.#keeper.queues?.notifications, jobs);
  }

  private async add(queue: JobQueue | undefined, jobs: readonly Job[]): Promise<void> {
    if (queue && jobs.length > 0) await queue.add(jobs, this.clock.now());
  }

  /** Tells those who want to know what happened; with no webhook for it, nobody. */
  private async addressNotices(): Promise<void> {
    for (;;) {
      const notices = await this.outbox.notices(PAGE);
      for (const notice of notices) {
        const approval = await this.approvals.get(notice.approval);
        if (!approval) continue;
        const names = this.parts.webhooks.filter(({ events }) => events.includes(notice.kind)).map(({ name }) => name);
        await this.outbox.address(notice, names, bodyOf(notice, approval));
      }
      if (notices.length < PAGE) return;
    }
  }

  /** A timer rang: what it is about is read again, since anything may have happened. */
  private async ring(name: string, id: string): Promise<void> {
    const approval = await this.approvals.get(id);
    if (!approval) return;
    if (name === 'expire') {
      await this.expiry.run();
      // a grant ends later than the question did
      this.#changes.add(id);
    } else if (timersOf(approval).some((timer) => timer.name === name)) {
      const payload = { state: approval.state, at: this.clock.now() };
      await this.outbox.raise(name === 'overdue' ? 'overdue' : 'reminder', id, payload);
      this.#changes.add(id);
    }
  }

  private async deliver(id: string): Promise<void> {
    const delivery = await this.#courier.deliver(id);
    if (!delivery) return;
    const { notification, attempt, again } = delivery;
    if (attempt.sent) this.#sent.inc({ webhook: notification.webhook });
    else if (!again)
      this.logger.warn('a notification was given up', { id, webhook: notification.webhook, problem: attempt.problem });
    this.#changes.add(notification.approval);
  }
}
