import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A schema for the queue of timers and notifications, and the role that owns what is in it. The control API takes that role for the
 * queue's connections, so that the queue's code reaches nothing of the record. The tables are the queue library's own: the control
 * API makes them at its start. Whatever is in them can be derived again from the other tables.
 */
export class CreateQueue1795356800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DO $$
      BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'sallyport_queue') THEN
          BEGIN
            CREATE ROLE sallyport_queue NOLOGIN;
          EXCEPTION
            WHEN insufficient_privilege THEN
              RAISE EXCEPTION 'role "sallyport_queue" does not exist and "%" may not create it', current_user
                USING HINT = 'Give the role of audit.database.migrations CREATEROLE, or as a superuser: CREATE ROLE sallyport_queue NOLOGIN; GRANT sallyport_queue TO sallyport_control;';
            WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was faster
          END;
        END IF;
        IF NOT EXISTS (SELECT 1 FROM pg_auth_members
                       WHERE roleid = 'sallyport_queue'::regrole AND member = 'sallyport_control'::regrole) THEN
          GRANT sallyport_queue TO sallyport_control;
        END IF;
      END
      $$`);
    await queryRunner.query('CREATE SCHEMA IF NOT EXISTS bullmq');
    await queryRunner.query('REVOKE ALL ON SCHEMA bullmq FROM PUBLIC');
    await queryRunner.query('GRANT USAGE, CREATE ON SCHEMA bullmq TO sallyport_queue');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP SCHEMA bullmq CASCADE');
  }
}
