import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Group roles, none of which can log in: the owner of the record's tables and the three groups that login roles become
 * members of. Roles belong to the whole server: they are created only if absent and outlive `down`, since another database
 * of the same server may use them.
 */
export class CreateRoles1795354600000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DO $$
      DECLARE
        wanted text;
      BEGIN
        FOREACH wanted IN ARRAY ARRAY['sallyport_owner', 'sallyport_gateway', 'sallyport_control', 'sallyport_reader'] LOOP
          IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
              EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION
              WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'role "%" does not exist and "%" may not create it', wanted, current_user
                  USING HINT = 'Give the role of audit.database.migrations CREATEROLE, or create the role as a superuser.';
              WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was faster
            END;
          END IF;
        END LOOP;
        -- Only a member with SET may hand tables over to the owner.
        IF NOT pg_has_role(current_user, 'sallyport_owner', 'USAGE')
           OR (current_setting('server_version_num')::int >= 160000 AND NOT pg_has_role(current_user, 'sallyport_owner', 'SET')) THEN
          EXECUTE format('GRANT sallyport_owner TO %I', current_user);
        END IF;
        EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO sallyport_owner', current_schema());
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO sallyport_gateway, sallyport_control, sallyport_reader', current_schema());
        EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO sallyport_gateway, sallyport_control', current_database());
      END
      $$`);
    await queryRunner.query(
      'GRANT SELECT ON schema_migration TO sallyport_gateway, sallyport_control, sallyport_reader',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'REVOKE ALL ON schema_migration FROM sallyport_gateway, sallyport_control, sallyport_reader',
    );
    await queryRunner.query(`
      DO $$
      BEGIN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM sallyport_gateway, sallyport_control', current_database());
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM sallyport_owner, sallyport_gateway, sallyport_control, sallyport_reader', current_schema());
      END
      $$`);
  }
}
