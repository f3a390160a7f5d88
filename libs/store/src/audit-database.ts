import type { DataSource, EntityTarget, ObjectLiteral, Repository } from 'typeorm';
import { createDataSource, type DatabaseUrl } from './data-source.js';

/** One statement of a transaction. @throws what the driver throws */
export type Query = <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;

/**
 * The audit database for those who read it and for the control tables. Connects at the first use, and again at the next one
 * after a failure, so that a process can start while the database is down.
 */
export class AuditDatabase {
  readonly #dataSource: DataSource;
  #connecting: Promise<DataSource> | null = null;

  /** @param poolSize connections at most; default 4 */
  constructor(url: DatabaseUrl, poolSize = 4) {
    this.#dataSource = createDataSource(url, poolSize);
  }

  /** Rows of one statement; `bigint` columns come as strings. @throws what the driver throws, also when the database is down */
  async query<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const dataSource = await this.#connected();
    return (await dataSource.query(sql, [...values])) as Row[];
  }

  /**
   * Runs statements on one connection in one transaction: committed when `work` resolves, rolled back when it throws.
   * Rows come back from SELECT only: put what an UPDATE returns into a CTE.
   */
  async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const dataSource = await this.#connected();
    return dataSource.transaction((manager) =>
      work(async <Row extends object>(sql: string, values: readonly unknown[] = []) => {
        return (await manager.query(sql, [...values])) as Row[];
      }),
    );
  }

  async repository<Entity extends ObjectLiteral>(entity: EntityTarget<Entity>): Promise<Repository<Entity>> {
    return (await this.#connected()).getRepository(entity);
  }

  /** Tells all who listen to `channel` now; nothing is kept. @throws what the driver throws, also when the database is down */
  async notify(channel: string, payload: string): Promise<void> {
    await this.query('SELECT pg_notify($1, $2)', [channel, payload]);
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.query('SELECT 1');
  }

  /**
   * Makes the partitions of today and the coming days exist; days of the past are made by the sink as events need them.
   * @param days how many days ahead of today
   * @returns how many were missing
   */
  async ensurePartitions(days: number): Promise<number> {
    const rows = await this.query<{ created: boolean }>(
      `SELECT audit_partition(((now() AT TIME ZONE 'UTC')::date + ahead)) AS created FROM generate_series(0, $1::int) AS ahead`,
      [days],
    );
    return rows.filter((row) => row.created).length;
  }

  async close(): Promise<void> {
    await this.#connecting?.catch(() => undefined);
    if (this.#dataSource.isInitialized) await this.#dataSource.destroy();
  }

  async #connected(): Promise<DataSource> {
    if (this.#dataSource.isInitialized) return this.#dataSource;
    this.#connecting ??= this.#dataSource.initialize().finally(() => (this.#connecting = null));
    return this.#connecting;
  }
}
