import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Wrapped data keys of bodies, and whose a pseudonym is. Both may lose rows by law; the record stays valid without them. */
export class CreateKeysAndPrincipals1795354800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE dek (dk text PRIMARY KEY, kek text NOT NULL, wrapped bytea NOT NULL)');
    await queryRunner.query(`
      CREATE TABLE principal_map (
        pid text COLLATE "C" PRIMARY KEY,
        principal jsonb NOT NULL,
        first_seen timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(
      `CREATE INDEX principal_map_subject ON principal_map ((principal->>'iss'), (principal->>'sub'))`,
    );
    await queryRunner.query(
      `CREATE INDEX principal_map_user ON principal_map (lower(principal->>'user') text_pattern_ops)`,
    );
    for (const table of ['dek', 'principal_map']) {
      await queryRunner.query(`ALTER TABLE ${table} OWNER TO sallyport_owner`);
      await queryRunner.query(`GRANT SELECT, INSERT ON ${table} TO sallyport_gateway, sallyport_control`);
      await queryRunner.query(`GRANT SELECT ON ${table} TO sallyport_reader`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE dek, principal_map');
  }
}
