import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What gateways found when they last looked at a target, and wishes that they look again. */
export class CreateTargetChecks1795360600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE target_check (
        target text NOT NULL,
        gateway text NOT NULL,
        at timestamptz NOT NULL,
        report jsonb NOT NULL,
        CONSTRAINT target_check_pkey PRIMARY KEY (target, gateway)
      )`);
    await queryRunner.query(`
      CREATE TABLE target_check_wish (
        target text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT target_check_wish_pkey PRIMARY KEY (target)
      )`);
    for (const table of ['target_check', 'target_check_wish']) {
      await queryRunner.query(`ALTER TABLE ${table} OWNER TO sallyport_owner`);
      await queryRunner.query(`GRANT SELECT ON ${table} TO sallyport_gateway, sallyport_control, sallyport_reader`);
    }
    // the gateways alone say what they found, the control API alone asks
    await queryRunner.query('GRANT INSERT, UPDATE, DELETE ON target_check TO sallyport_gateway');
    await queryRunner.query('GRANT INSERT, UPDATE ON target_check_wish TO sallyport_control');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE target_check, target_check_wish');
  }
}
