import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Minted credentials: names and SCRAM verifiers that open one target for a while. Only the control API writes, and all it can change of a
 * row is to revoke it, once. Gateways see a verifier by its exact name and no other way; nobody else of ours sees one at all.
 */
export class CreateCredentials1795360400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE credential (
        name text COLLATE "C" PRIMARY KEY CHECK (name ~ '^sp_[0-9A-Za-z]{22}$'),
        target text NOT NULL,
        verifier text COLLATE "C" NOT NULL
          CHECK (verifier ~ '^SCRAM-SHA-256[$][0-9]{4,7}:[A-Za-z0-9+/]+={0,2}[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$'),
        principal jsonb NOT NULL
          CHECK (principal ?& ARRAY['iss', 'sub', 'user', 'groups', 'act', 'azp', 'purpose', 'claims', 'acr', 'authTime']),
        networks text[] NOT NULL,
        purpose text,
        minted_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
        not_after timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_by jsonb,
        CONSTRAINT credential_lifetime CHECK (not_after > minted_at AND not_after <= minted_at + interval '31 days'),
        CONSTRAINT credential_revoked CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
      )`);
    await queryRunner.query(
      `CREATE INDEX credential_person ON credential ((principal->>'iss'), (principal->>'sub'), not_after)`,
    );
    await queryRunner.query('CREATE INDEX credential_minted ON credential (minted_at, name)');
    await queryRunner.query(
      'CREATE INDEX credential_revoked_at ON credential (not_after) WHERE revoked_at IS NOT NULL',
    );
    const path = await searchPath(queryRunner);
    await queryRunner.query(`
      CREATE FUNCTION credential_guard() RETURNS trigger LANGUAGE plpgsql ${path} AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN
          IF NEW.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION 'a credential is minted before it is revoked' USING ERRCODE = '42501';
          END IF;
          RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' THEN
          IF OLD.not_after > now() - interval '30 days' THEN
            RAISE EXCEPTION 'a credential is kept for 30 days after its end' USING ERRCODE = '42501';
          END IF;
          RETURN OLD;
        END IF;
        IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL THEN
          RAISE EXCEPTION 'a credential is revoked once and for good' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
      END
      $$`);
    await queryRunner.query(`
      CREATE TRIGGER credential_guard BEFORE INSERT OR UPDATE OR DELETE ON credential
      FOR EACH ROW EXECUTE FUNCTION credential_guard()`);
    await queryRunner.query(`
      CREATE FUNCTION credential_find(wanted text)
      RETURNS TABLE (name text, target text, verifier text, principal jsonb, networks text[], not_after timestamptz)
      LANGUAGE sql STABLE SECURITY DEFINER ${path} AS $$
        SELECT c.name, c.target, c.verifier, c.principal, c.networks, c.not_after FROM credential c
        WHERE c.name = wanted AND c.revoked_at IS NULL
      $$`);
    await queryRunner.query(`
      CREATE FUNCTION credential_revocations() RETURNS TABLE (iss text, name text, not_after timestamptz)
      LANGUAGE sql STABLE SECURITY DEFINER ${path} AS $$
        SELECT c.principal->>'iss', c.name, c.not_after FROM credential c
        WHERE c.revoked_at IS NOT NULL AND c.not_after > now() - interval '5 minutes'
      $$`);
    for (const signature of functions.gateway) {
      await queryRunner.query(`ALTER FUNCTION ${signature} OWNER TO sallyport_owner`);
      await queryRunner.query(`REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC`);
      await queryRunner.query(`GRANT EXECUTE ON FUNCTION ${signature} TO sallyport_gateway`);
    }
    await queryRunner.query('ALTER TABLE credential OWNER TO sallyport_owner');
    await queryRunner.query('REVOKE ALL ON credential FROM PUBLIC');
    await queryRunner.query(`GRANT SELECT (${shown}) ON credential TO sallyport_control, sallyport_reader`);
    await queryRunner.query('GRANT INSERT, DELETE ON credential TO sallyport_control');
    await queryRunner.query('GRANT UPDATE (revoked_at, revoked_by) ON credential TO sallyport_control');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE credential');
    for (const signature of [...functions.gateway, ...functions.triggers])
      await queryRunner.query(`DROP FUNCTION ${signature}`);
  }
}

const shown = 'name, target, principal, networks, purpose, minted_at, not_after, revoked_at, revoked_by';
const functions = {
  gateway: ['credential_find(text)', 'credential_revocations()'],
  triggers: ['credential_guard()'],
};

/** The clause that makes a function see our schema, and nothing that a caller put in front of it. */
async function searchPath(queryRunner: QueryRunner): Promise<string> {
  const [row] = (await queryRunner.query('SELECT quote_ident(current_schema()) AS home')) as { home: string }[];
  return `SET search_path = pg_catalog, ${row!.home}, pg_temp`;
}
