import { Injectable } from '@nestjs/common';
import { Journal, JournalError, whenDurable } from '@app/audit';
import { ApprovalStore } from '@app/store';
import { Clock } from '../access/clock.js';

/** approvals of one round */
const ROUND = 100;

/**
 * Marks approvals whose time is over, each after its event in the record is durable. Nothing waits for it: the database judges every
 * use and every decision by its own clock. A crash between the two leaves the event, and the next run writes one more.
 */
@Injectable()
export class ApprovalExpiry {
  #running: Promise<number> | null = null;

  constructor(
    private readonly store: ApprovalStore,
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  /**
   * Those that call meanwhile share one run.
   * @returns how many were marked. @throws JournalError when this cannot be recorded, and what the database throws
   */
  run(): Promise<number> {
    this.#running ??= this.all().finally(() => (this.#running = null));
    return this.#running;
  }

  private async all(): Promise<number> {
    let marked = 0;
    for (;;) {
      const due = await this.store.due(ROUND);
      if (due.length === 0) return marked;
      const ids = due.map(({ id }) => id);
      await this.record(ids);
      const latest = Math.max(...due.map(({ expires }) => expires.getTime())) + 1;
      const done = await this.store.expireDue(latest, ids);
      // somebody decided or used them in between: they are looked at another time
      if (done.length === 0) return marked;
      marked += done.length;
    }
  }

  private async record(ids: readonly string[]): Promise<void> {
    if (this.journal.state !== 'open')
      throw new JournalError('closed', this.journal.stateReason ?? `the journal is ${this.journal.state}`);
    let last = -1;
    for (const id of ids)
      last = this.journal.append({
        kind: 'approval.expired',
        at: this.clock.now(),
        members: `"appr":${JSON.stringify(id)}`,
        body: null,
        session: null,
      });
    await whenDurable(this.journal, last);
  }
}
