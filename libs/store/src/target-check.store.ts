import type { TargetReport } from '@app/targets';
import type { AuditDatabase } from './audit-database.js';

/** What one gateway found at one target. */
export interface StoredTargetCheck {
  readonly gateway: string;
  /** by the clock of the audit database */
  readonly at: Date;
  /** seconds since then, by the same clock */
  readonly age: number;
  readonly report: TargetReport;
}

/** Gateways that have said nothing for this long are gone. */
const KEPT = '7 days';

/** Findings of gateways about their targets; written by gateways only. Wishes for another look; written by the control API only. */
export class TargetCheckStore {
  constructor(private readonly database: AuditDatabase) {}

  /** @param gateway name of the machine and the process, the same after a restart */
  async save(report: TargetReport, gateway: string): Promise<void> {
    await this.database.query(
      `INSERT INTO target_check (target, gateway, at, report) VALUES ($1, $2, clock_timestamp(), $3::jsonb)
       ON CONFLICT (target, gateway) DO UPDATE SET at = excluded.at, report = excluded.report`,
      [report.target, gateway, JSON.stringify(report)],
    );
    await this.database.query(`DELETE FROM target_check WHERE at < now() - interval '${KEPT}'`);
  }

  /** Newest first; empty: no gateway has looked at it. */
  of(target: string): Promise<readonly StoredTargetCheck[]> {
    return this.database.query<StoredTargetCheck>(
      `SELECT gateway, at, extract(epoch FROM clock_timestamp() - at)::float8 AS age, report
       FROM target_check WHERE target = $1 ORDER BY at DESC`,
      [target],
    );
  }

  /** Asks gateways to look at a target again. @returns when that was, by the clock of the audit database */
  async wish(target: string): Promise<Date> {
    const [row] = await this.database.query<{ at: Date }>(
      `WITH wished AS (
         INSERT INTO target_check_wish (target) VALUES ($1)
         ON CONFLICT (target) DO UPDATE SET at = clock_timestamp() RETURNING at)
       SELECT at FROM wished`,
      [target],
    );
    return row?.at ?? new Date(0);
  }

  /** Targets that somebody wished a look at since this gateway last looked. */
  async wished(gateway: string): Promise<readonly string[]> {
    const rows = await this.database.query<{ target: string }>(
      `SELECT w.target FROM target_check_wish w
       LEFT JOIN target_check c ON c.target = w.target AND c.gateway = $1
       WHERE w.at > COALESCE(c.at, '-infinity') AND w.at > now() - interval '1 hour'`,
      [gateway],
    );
    return rows.map(({ target }) => target);
  }
}
