import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What gateways poll: sessions to end and principals, sign-ins or tokens to refuse. Only the control API writes. */
export class CreateRevocation1795354900000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE session_termination (
        session text NOT NULL,
        "by" jsonb NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT session_termination_pkey PRIMARY KEY (session)
      )`);
    await queryRunner.query('CREATE INDEX session_termination_at ON session_termination (at)');
    await queryRunner.query(`
      CREATE TABLE deny_entry (
        id text NOT NULL,
        iss text NOT NULL,
        kind text NOT NULL,
        value text NOT NULL,
        reason text NOT NULL,
        "by" jsonb NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        expires timestamptz,
        CONSTRAINT deny_entry_pkey PRIMARY KEY (id),
        CONSTRAINT deny_entry_kind CHECK (kind IN ('sub', 'sid', 'jti'))
      )`);
    for (const table of ['session_termination', 'deny_entry']) {
      await queryRunner.query(`ALTER TABLE ${table} OWNER TO sallyport_owner`);
      await queryRunner.query(`GRANT SELECT ON ${table} TO sallyport_gateway, sallyport_control, sallyport_reader`);
      await queryRunner.query(`GRANT INSERT ON ${table} TO sallyport_control`);
    }
    await queryRunner.query('GRANT DELETE ON deny_entry TO sallyport_control');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE session_termination, deny_entry');
  }
}
