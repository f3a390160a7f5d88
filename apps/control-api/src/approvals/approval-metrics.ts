import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { STATES } from '@app/approvals';
import { Logger, Metrics } from '@app/platform';
import { AuditDatabase } from '@app/store';

const REFRESH_MS = 10_000;

const COUNTS = `
  SELECT count(*) FILTER (WHERE a.state = 'pending' AND a.expires > clock_timestamp())::int AS pending,
    coalesce(extract(epoch FROM clock_timestamp() - min(a.created_at)
      FILTER (WHERE a.state = 'pending' AND a.expires > clock_timestamp())), 0)::float8 AS oldest,
    count(*) FILTER (WHERE a.review_due <= clock_timestamp()
      AND NOT EXISTS (SELECT FROM glass_review g WHERE g.approval = a.id))::int AS overdue
  FROM approval a WHERE a.state = 'pending' OR a.review_due IS NOT NULL`;

/** What operators watch of approvals; read from the database now and then, so that every process tells the same. */
@Injectable()
export class ApprovalMetrics implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #set: (counts: { pending: number; oldest: number; overdue: number }) => void;
  readonly #setState: (state: string, count: number) => void;
  #timer: NodeJS.Timeout | null = null;
  #failing = false;

  constructor(
    private readonly database: AuditDatabase,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    const pending = metrics.gauge({ name: 'approvals_pending', help: 'Approvals that wait for a decision.' });
    const oldest = metrics.gauge({
      name: 'approvals_oldest_pending_seconds',
      help: 'How long the oldest of them has waited.',
    });
    const overdue = metrics.gauge({
      name: 'approvals_glass_overdue',
      help: 'Broken glasses that nobody reviewed in time.',
    });
    const states = metrics.gauge({ name: 'approvals', help: 'Approvals by state.', labels: ['state'] });
    this.#set = (counts) => {
      pending.set(counts.pending);
      oldest.set(counts.oldest);
      overdue.set(counts.overdue);
    };
    this.#setState = (state, count) => states.set({ state }, count);
  }

  async onApplicationBootstrap(): Promise<void> {
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS).unref();
    await this.refresh();
  }

  onApplicationShutdown(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** While the database is down the last counts stay. */
  async refresh(): Promise<void> {
    try {
      const [counts] = await this.database.query<{ pending: number; oldest: number; overdue: number }>(COUNTS);
      const byState = await this.database.query<{ state: string; count: number }>(
        'SELECT state, count(*)::int AS count FROM approval GROUP BY state',
      );
      if (counts) this.#set(counts);
      for (const state of STATES) this.#setState(state, byState.find((one) => one.state === state)?.count ?? 0);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.logger.warn('approvals cannot be counted now', error);
      this.#failing = true;
    }
  }
}
