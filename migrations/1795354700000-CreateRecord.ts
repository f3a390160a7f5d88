import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The record: lines and bodies, partitioned by the day of the event, append-only for every role of ours. What stands beside
 * `line` is an index only and can be derived from it again.
 */
export class CreateRecord1795354700000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_event (
        epoch text COLLATE "C" NOT NULL,
        n bigint NOT NULL,
        ts timestamptz NOT NULL,
        line bytea NOT NULL,
        leaf bytea NOT NULL CHECK (length(leaf) = 32),
        type text COLLATE "C" NOT NULL,
        session text COLLATE "C",
        op text COLLATE "C",
        pid text COLLATE "C",
        target text,
        fp text,
        verb text,
        rel text[],
        PRIMARY KEY (epoch, n, ts)
      ) PARTITION BY RANGE (ts)`);
    await queryRunner.query(`
      CREATE TABLE audit_body (
        epoch text COLLATE "C" NOT NULL,
        n bigint NOT NULL,
        ts timestamptz NOT NULL,
        ct bytea NOT NULL,
        dk text NOT NULL,
        PRIMARY KEY (epoch, n, ts)
      ) PARTITION BY RANGE (ts)`);
    // Ciphertext does not compress.
    await queryRunner.query('ALTER TABLE audit_body ALTER COLUMN ct SET STORAGE EXTERNAL');
    // An operation is found by the one line that starts it; its other lines only by session or operation.
    const heads = `type IN ('op', 'op.intent', 'op.blocked')`;
    await queryRunner.query('CREATE INDEX audit_event_session ON audit_event (session, ts) WHERE session IS NOT NULL');
    await queryRunner.query('CREATE INDEX audit_event_op ON audit_event (op) WHERE op IS NOT NULL');
    await queryRunner.query(`CREATE INDEX audit_event_operations ON audit_event (ts, epoch, n) WHERE ${heads}`);
    await queryRunner.query(
      `CREATE INDEX audit_event_sessions ON audit_event (ts, epoch, n) WHERE type = 'session.open'`,
    );
    await queryRunner.query(
      `CREATE INDEX audit_event_pid ON audit_event (pid, ts) WHERE ${heads} OR type = 'session.open'`,
    );
    await queryRunner.query(`CREATE INDEX audit_event_target ON audit_event (target, ts) WHERE ${heads}`);
    await queryRunner.query(`CREATE INDEX audit_event_rel ON audit_event USING gin (rel) WHERE ${heads}`);
    await this.createSeatBelt(queryRunner);
    await this.createPartitionFunction(queryRunner);
    await this.createSearchText(queryRunner);
    for (const table of ['audit_event', 'audit_body']) {
      await queryRunner.query(`ALTER TABLE ${table} OWNER TO sallyport_owner`);
      await queryRunner.query(`REVOKE ALL ON ${table} FROM PUBLIC`);
      await queryRunner.query(`GRANT SELECT, INSERT ON ${table} TO sallyport_gateway, sallyport_control`);
      await queryRunner.query(`GRANT SELECT ON ${table} TO sallyport_reader`);
    }
    await queryRunner.query(`
      SELECT audit_partition(day::date)
      FROM generate_series((now() AT TIME ZONE 'UTC')::date, (now() AT TIME ZONE 'UTC')::date + 3, interval '1 day') AS day`);
  }

  /** Rights already refuse every change; the triggers refuse it to the owner too. A superuser passes both, and is found by the hashes. */
  private async createSeatBelt(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        RAISE EXCEPTION 'the record is append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = '42501';
      END
      $$`);
    await queryRunner.query('ALTER FUNCTION audit_append_only() OWNER TO sallyport_owner');
    for (const table of ['audit_event', 'audit_body']) {
      await queryRunner.query(`
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`);
    }
  }

  /**
   * Creates a day's partitions. Writers may call it, since after an outage they ship events of any past day; it runs as the
   * owner, so that they need no right to create anything. A partition is attached rather than created in place: attaching
   * takes no lock that stops inserts into the other days.
   */
  private async createPartitionFunction(queryRunner: QueryRunner): Promise<void> {
    const [row] = (await queryRunner.query('SELECT quote_literal(current_schema()) AS home')) as { home: string }[];
    await queryRunner.query(`
      CREATE FUNCTION audit_partition(day date) RETURNS boolean
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
      DECLARE
        home CONSTANT text := ${row!.home};
        parent text;
        part text;
        created boolean := false;
      BEGIN
        IF day IS NULL OR day < DATE '2020-01-01' OR day > (now() AT TIME ZONE 'UTC')::date + 366 THEN
          RAISE EXCEPTION 'no partition for %: not between 2020-01-01 and a year from today', day USING ERRCODE = '22023';
        END IF;
        FOREACH parent IN ARRAY ARRAY['audit_event', 'audit_body'] LOOP
          part := parent || '_' || to_char(day, 'YYYYMMDD');
          CONTINUE WHEN to_regclass(format('%I.%I', home, part)) IS NOT NULL;
          PERFORM pg_advisory_xact_lock(hashtextextended('sallyport:' || part, 0));
          -- to_regclass may still answer from the cache of before the wait; a query does not.
          CONTINUE WHEN EXISTS (SELECT 1 FROM pg_class c WHERE c.relname = part AND c.relnamespace = home::regnamespace);
          EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL)', home, part, home, parent);
          EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I.%I '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I.audit_append_only()', home, part, home);
          EXECUTE format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I FOR VALUES FROM (%L) TO (%L)', home, parent, home, part,
            to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
          created := true;
        END LOOP;
        RETURN created;
      END
      $function$`);
    await queryRunner.query('ALTER FUNCTION audit_partition(date) OWNER TO sallyport_owner');
    await queryRunner.query('REVOKE ALL ON FUNCTION audit_partition(date) FROM PUBLIC');
    await queryRunner.query('GRANT EXECUTE ON FUNCTION audit_partition(date) TO sallyport_gateway, sallyport_control');
  }

  /** What `text` of a search looks at: verb, objects with their target, literal-stripped statement. */
  private async createSearchText(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION audit_text(target text, verb text, rel text[], fp text) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(verb, '') || ' '
          || coalesce((SELECT string_agg(coalesce(target || '.', '') || name, ' ') FROM unnest(rel) AS name), '')
          || ' ' || coalesce(fp, '')
      $$`);
    await queryRunner.query('ALTER FUNCTION audit_text(text, text, text[], text) OWNER TO sallyport_owner');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_event, audit_body');
    await queryRunner.query('DROP FUNCTION audit_partition(date)');
    await queryRunner.query('DROP FUNCTION audit_append_only()');
    await queryRunner.query('DROP FUNCTION audit_text(text, text, text[], text)');
  }
}
