import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = [
  'approval',
  'approval_decision',
  'approval_wait',
  'approval_use',
  'glass_review',
  'notification',
  'policy_version',
];
const appendOnly = ['approval_decision', 'approval_use', 'glass_review', 'policy_version'];

/**
 * Approvals: what a hold asks of people. The state machine, the quorum and the independence of reviewers are enforced here once more, so
 * that no login of ours can write what the code would not. Gateways change nothing but by three functions, none of which approves.
 */
export class CreateApprovals1795354950000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await this.createTables(queryRunner);
    await this.createGuards(queryRunner);
    await this.createNotices(queryRunner);
    await this.createGatewayFunctions(queryRunner);
    for (const table of tables) {
      await queryRunner.query(`ALTER TABLE ${table} OWNER TO sallyport_owner`);
      await queryRunner.query(`REVOKE ALL ON ${table} FROM PUBLIC`);
      await queryRunner.query(`GRANT SELECT ON ${table} TO sallyport_gateway, sallyport_control, sallyport_reader`);
    }
    for (const table of appendOnly)
      await queryRunner.query(`
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`);
    await queryRunner.query(
      'GRANT INSERT ON approval, approval_decision, glass_review, notification, policy_version TO sallyport_control',
    );
    await queryRunner.query(
      'GRANT UPDATE (state, unmask, not_before, expires, decided_at, revoked) ON approval TO sallyport_control',
    );
    await queryRunner.query(
      'GRANT UPDATE (state, attempts, next_at, last_error), DELETE ON notification TO sallyport_control',
    );
    await queryRunner.query('GRANT INSERT ON policy_version TO sallyport_gateway');
  }

  private async createTables(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE approval (
        id text COLLATE "C" PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('operation', 'rows', 'access', 'break-glass')),
        state text NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'revoked', 'withdrawn', 'used')),
        digest text COLLATE "C" NOT NULL CHECK (digest ~ '^sha256:[0-9a-f]{64}$'),
        target text NOT NULL,
        protocol text,
        session text COLLATE "C",
        operation text COLLATE "C",
        requester jsonb NOT NULL CHECK (requester ?& ARRAY['iss', 'sub', 'user', 'groups', 'act', 'azp', 'purpose']),
        requirements jsonb NOT NULL CHECK (jsonb_typeof(requirements) = 'array'),
        review jsonb,
        rendering text NOT NULL,
        too_long boolean NOT NULL,
        scope jsonb,
        reason text,
        incident text,
        unmask text[] NOT NULL,
        uses integer CHECK (uses > 0),
        uses_left integer CHECK (uses_left BETWEEN 0 AND uses),
        lifetime bigint NOT NULL CHECK (lifetime > 0),
        not_before timestamptz,
        expires timestamptz NOT NULL,
        lapsed boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        decided_at timestamptz,
        revoked jsonb,
        review_due timestamptz,
        policy text NOT NULL,
        CONSTRAINT approval_of_operation CHECK (kind NOT IN ('operation', 'rows') OR
          (operation IS NOT NULL AND session IS NOT NULL AND protocol IS NOT NULL AND review IS NOT NULL AND uses IS NOT NULL)),
        CONSTRAINT approval_of_access CHECK (kind NOT IN ('access', 'break-glass') OR
          (scope IS NOT NULL AND reason IS NOT NULL AND uses IS NULL)),
        CONSTRAINT approval_of_glass CHECK (kind <> 'break-glass' OR
          (incident IS NOT NULL AND review_due IS NOT NULL AND lifetime <= 3600000)),
        CONSTRAINT approval_uses CHECK ((uses IS NULL) = (uses_left IS NULL)
          AND (state <> 'used' OR uses_left = 0) AND (state <> 'approved' OR uses_left IS NULL OR uses_left > 0)),
        CONSTRAINT approval_granted CHECK (state <> 'approved' OR not_before IS NOT NULL),
        CONSTRAINT approval_revoked CHECK ((state = 'revoked') = (revoked IS NOT NULL))
      )`);
    // One is asked about at a time; one whose time is over does not stand in the way of the next.
    await queryRunner.query(
      `CREATE UNIQUE INDEX approval_pending ON approval (digest) WHERE state = 'pending' AND NOT lapsed`,
    );
    await queryRunner.query(`CREATE INDEX approval_live ON approval (digest) WHERE state = 'approved'`);
    await queryRunner.query(`CREATE INDEX approval_due ON approval (expires) WHERE state IN ('pending', 'approved')`);
    await queryRunner.query(`CREATE INDEX approval_glass ON approval (id) WHERE kind = 'break-glass'`);
    await queryRunner.query(`CREATE INDEX approval_state ON approval (state, id)`);
    await queryRunner.query(
      `CREATE INDEX approval_requester ON approval ((requester->>'sub'), (requester->>'iss'), id)`,
    );
    await queryRunner.query(`
      CREATE TABLE approval_decision (
        approval text COLLATE "C" NOT NULL REFERENCES approval (id),
        iss text NOT NULL,
        sub text NOT NULL,
        "user" text NOT NULL,
        decision text NOT NULL CHECK (decision IN ('approve', 'deny')),
        rules text[] NOT NULL,
        reason text,
        rendering text NOT NULL,
        unmask text[],
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (approval, sub),
        CONSTRAINT approval_decision_reason CHECK (decision = 'approve' OR reason IS NOT NULL)
      )`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX approval_decision_user ON approval_decision (approval, lower("user"))`,
    );
    await queryRunner.query(`
      CREATE TABLE approval_wait (
        approval text COLLATE "C" NOT NULL REFERENCES approval (id),
        operation text COLLATE "C" NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        until timestamptz,
        why text,
        PRIMARY KEY (approval, operation),
        CHECK ((until IS NULL) = (why IS NULL))
      )`);
    await queryRunner.query(`
      CREATE TABLE approval_use (
        approval text COLLATE "C" NOT NULL REFERENCES approval (id),
        use_no integer NOT NULL,
        epoch text COLLATE "C" NOT NULL,
        operation text COLLATE "C" NOT NULL,
        session text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (approval, use_no),
        UNIQUE (operation, approval)
      )`);
    await queryRunner.query(`
      CREATE TABLE glass_review (
        approval text COLLATE "C" PRIMARY KEY REFERENCES approval (id),
        "by" jsonb NOT NULL,
        verdict text NOT NULL CHECK (verdict IN ('justified', 'unjustified')),
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
    await queryRunner.query(`
      CREATE TABLE notification (
        id text COLLATE "C" PRIMARY KEY DEFAULT gen_random_uuid()::text,
        kind text NOT NULL CHECK (kind IN ('requested', 'decided', 'expired', 'glass', 'reminder', 'overdue')),
        approval text COLLATE "C" NOT NULL REFERENCES approval (id),
        payload jsonb NOT NULL,
        webhook text,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
        attempts integer NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL DEFAULT now(),
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`CREATE INDEX notification_pending ON notification (next_at) WHERE state = 'pending'`);
    await queryRunner.query(`CREATE INDEX notification_approval ON notification (approval, kind)`);
    await queryRunner.query(`
      CREATE TABLE policy_version (
        hash text COLLATE "C" PRIMARY KEY CHECK (hash ~ '^sha256:[0-9a-f]{64}$'),
        rules jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'array'),
        source text NOT NULL,
        "by" text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`);
  }

  /** What no login may do, whatever it is allowed to write. */
  private async createGuards(queryRunner: QueryRunner): Promise<void> {
    const path = await searchPath(queryRunner);
    // The state machine of libs/approvals; a test compares the two.
    await queryRunner.query(`
      CREATE FUNCTION approval_guard() RETURNS trigger LANGUAGE plpgsql ${path} AS $$
      DECLARE
        follows CONSTANT jsonb := '{
          "pending": ["pending", "approved", "denied", "expired", "revoked", "withdrawn"],
          "approved": ["approved", "expired", "revoked", "used"],
          "denied": [], "expired": [], "revoked": [], "withdrawn": [],
          "used": ["revoked"]
        }';
        asked jsonb;
        may_change text[] := ARRAY['state'];
      BEGIN
        -- What is answered is on disk, whatever a login was set to: a use that a crash forgets could be used again.
        IF current_setting('synchronous_commit') = 'off' THEN
          PERFORM set_config('synchronous_commit', 'on', true);
        END IF;
        IF TG_OP = 'INSERT' THEN
          IF NEW.state NOT IN ('pending', 'approved') OR (NEW.state = 'approved') <> (NEW.kind = 'break-glass')
             OR NEW.uses_left IS DISTINCT FROM NEW.uses OR NEW.lapsed OR NEW.revoked IS NOT NULL THEN
            RAISE EXCEPTION 'an approval begins as a question' USING ERRCODE = '42501';
          END IF;
          IF NEW.kind <> 'break-glass' AND (jsonb_array_length(NEW.requirements) = 0 OR EXISTS (
               SELECT FROM jsonb_array_elements(NEW.requirements) AS each
               WHERE coalesce((each->>'quorum')::int, 0) < 1 OR each->>'rule' IS NULL)) THEN
            RAISE EXCEPTION 'an approval asks at least one person' USING ERRCODE = '42501';
          END IF;
          RETURN NEW;
        END IF;
        IF NOT (follows->OLD.state) ? NEW.state THEN
          RAISE EXCEPTION 'approval %: nothing leads from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = '42501';
        END IF;
        IF NEW.state = 'approved' AND OLD.state = 'pending' THEN
          may_change := ARRAY['state', 'unmask', 'not_before', 'expires', 'decided_at'];
          IF OLD.too_long OR OLD.expires <= clock_timestamp() OR NEW.not_before < OLD.created_at
             OR NEW.expires - NEW.not_before > make_interval(secs => OLD.lifetime / 1000.0)
             OR NEW.not_before > clock_timestamp() + interval '1 second' THEN
            RAISE EXCEPTION 'approval %: no such window', OLD.id USING ERRCODE = '42501';
          END IF;
          FOR asked IN SELECT jsonb_array_elements(OLD.requirements) LOOP
            IF (SELECT count(*) FROM approval_decision d
                WHERE d.approval = OLD.id AND d.decision = 'approve' AND asked->>'rule' = ANY (d.rules)) < (asked->>'quorum')::int
               OR EXISTS (SELECT FROM approval_decision d WHERE d.approval = OLD.id AND d.decision = 'deny') THEN
              RAISE EXCEPTION 'approval %: the quorum of "%" is not there', OLD.id, asked->>'rule' USING ERRCODE = '42501';
            END IF;
          END LOOP;
        ELSIF NEW.state = 'denied' THEN
          may_change := ARRAY['state', 'decided_at'];
          IF NOT EXISTS (SELECT FROM approval_decision d WHERE d.approval = OLD.id AND d.decision = 'deny') THEN
            RAISE EXCEPTION 'approval %: nobody denied it', OLD.id USING ERRCODE = '42501';
          END IF;
        ELSIF NEW.state = 'revoked' THEN
          may_change := ARRAY['state', 'revoked'];
        ELSIF NEW.state = 'expired' AND OLD.expires > clock_timestamp() THEN
          RAISE EXCEPTION 'approval %: its time is not over', OLD.id USING ERRCODE = '42501';
        ELSIF OLD.state = 'approved' AND NEW.state IN ('approved', 'used') THEN
          may_change := ARRAY['state', 'uses_left'];
          IF NEW.uses_left IS DISTINCT FROM OLD.uses_left - 1 OR (NEW.state = 'used') <> (NEW.uses_left = 0) THEN
            RAISE EXCEPTION 'approval %: a use counts one down', OLD.id USING ERRCODE = '42501';
          END IF;
        ELSIF NEW.state = 'pending' THEN
          may_change := ARRAY['lapsed'];
        END IF;
        IF to_jsonb(NEW) - may_change <> to_jsonb(OLD) - may_change THEN
          RAISE EXCEPTION 'approval %: what it is about does not change', OLD.id USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
      END
      $$`);
    await queryRunner.query(`
      CREATE FUNCTION approval_decision_guard() RETURNS trigger LANGUAGE plpgsql ${path} AS $$
      DECLARE
        it approval;
      BEGIN
        SELECT * INTO it FROM approval WHERE id = NEW.approval FOR UPDATE;
        IF it.state <> 'pending' OR it.expires <= clock_timestamp() THEN
          RAISE EXCEPTION 'approval % cannot be decided any more', it.id USING ERRCODE = '42501';
        END IF;
        IF lower(it.requester->>'sub') = lower(NEW.sub) OR lower(it.requester->>'user') = lower(NEW."user") THEN
          RAISE EXCEPTION 'approval %: nobody decides about their own request', it.id USING ERRCODE = '42501';
        END IF;
        IF it.rendering <> NEW.rendering OR (it.too_long AND NEW.decision = 'approve') THEN
          RAISE EXCEPTION 'approval %: this is not what was asked', it.id USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
      END
      $$`);
    await queryRunner.query(`
      CREATE FUNCTION glass_review_guard() RETURNS trigger LANGUAGE plpgsql ${path} AS $$
      BEGIN
        IF NOT EXISTS (SELECT FROM approval a WHERE a.id = NEW.approval AND a.kind = 'break-glass'
             AND lower(a.requester->>'sub') <> lower(NEW."by"->>'sub') AND lower(a.requester->>'user') <> lower(NEW."by"->>'user')) THEN
          RAISE EXCEPTION 'an emergency is reviewed by somebody else' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
      END
      $$`);
    for (const [name, table, events] of [
      ['approval_guard', 'approval', 'INSERT OR UPDATE'],
      ['approval_decision_guard', 'approval_decision', 'INSERT'],
      ['glass_review_guard', 'glass_review', 'INSERT'],
    ] as const) {
      await queryRunner.query(`ALTER FUNCTION ${name}() OWNER TO sallyport_owner`);
      await queryRunner.query(
        `CREATE TRIGGER guard BEFORE ${events} ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
      );
    }
    await queryRunner.query(`
      CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON approval
      FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()`);
  }

  /** Whoever listens learns of every change; whoever must be told stands in the outbox by the same transaction. */
  private async createNotices(queryRunner: QueryRunner): Promise<void> {
    const path = await searchPath(queryRunner);
    await queryRunner.query(`
      CREATE FUNCTION approval_changed() RETURNS trigger LANGUAGE plpgsql ${path} AS $$
      DECLARE
        notice text;
      BEGIN
        IF TG_TABLE_NAME = 'approval' THEN
          PERFORM pg_notify('sallyport_approval', NEW.id);
          IF TG_OP = 'INSERT' THEN
            notice := CASE NEW.state WHEN 'pending' THEN 'requested' ELSE 'glass' END;
          ELSIF NEW.state <> OLD.state THEN
            notice := CASE
              WHEN NEW.state IN ('approved', 'denied', 'revoked') THEN 'decided'
              WHEN NEW.state = 'expired' AND OLD.state = 'pending' THEN 'expired' END;
          END IF;
          IF notice IS NOT NULL THEN
            INSERT INTO notification (kind, approval, payload)
            VALUES (notice, NEW.id, jsonb_build_object('state', NEW.state, 'at', round(extract(epoch FROM clock_timestamp()) * 1000)));
          END IF;
        ELSE
          PERFORM pg_notify('sallyport_approval', NEW.approval);
        END IF;
        RETURN NULL;
      END
      $$`);
    await queryRunner.query('ALTER FUNCTION approval_changed() OWNER TO sallyport_owner');
    for (const [table, events] of [
      ['approval', 'INSERT OR UPDATE'],
      ['approval_decision', 'INSERT'],
      ['approval_wait', 'INSERT OR UPDATE'],
      ['glass_review', 'INSERT'],
    ])
      await queryRunner.query(
        `CREATE TRIGGER changed AFTER ${events} ON ${table} FOR EACH ROW EXECUTE FUNCTION approval_changed()`,
      );
  }

  private async createGatewayFunctions(queryRunner: QueryRunner): Promise<void> {
    const path = await searchPath(queryRunner);
    // Finds the unused grant of the digest, or joins the question that is open, or asks.
    await queryRunner.query(`
      CREATE FUNCTION approval_request(ask jsonb) RETURNS TABLE (approval text, fresh boolean)
      LANGUAGE plpgsql SECURITY DEFINER ${path} AS $$
      #variable_conflict use_column
      DECLARE
        standing approval;
        lifetime bigint := (ask->>'expires')::bigint;
      BEGIN
        IF ask->>'kind' IS NULL OR ask->>'kind' NOT IN ('operation', 'rows') THEN
          RAISE EXCEPTION 'a gateway asks about operations only' USING ERRCODE = '42501';
        END IF;
        PERFORM pg_advisory_xact_lock(hashtextextended('sallyport:approval:' || (ask->>'digest'), 0));
        -- The open question first: whoever decides about it meanwhile is waited for, and the grant found behind it.
        SELECT * INTO standing FROM approval a WHERE a.digest = ask->>'digest' AND a.state = 'pending' AND NOT a.lapsed FOR UPDATE;
        IF standing.id <> ask->>'id' AND standing.expires <= clock_timestamp() THEN
          UPDATE approval a SET lapsed = true WHERE a.id = standing.id;
          standing := NULL;
        END IF;
        IF standing.id IS NULL THEN
          SELECT * INTO standing FROM approval a
            WHERE a.digest = ask->>'digest' AND (a.id = ask->>'id'
              OR a.state = 'approved' AND a.uses_left > 0 AND clock_timestamp() BETWEEN a.not_before AND a.expires)
            ORDER BY a.id = ask->>'id' DESC, a.id LIMIT 1;
        END IF;
        IF standing.id IS NULL THEN
          INSERT INTO approval (id, kind, state, digest, target, protocol, session, operation, requester, requirements, review, rendering,
            too_long, unmask, uses, uses_left, lifetime, expires, policy)
          VALUES (ask->>'id', ask->>'kind', 'pending', ask->>'digest', ask->>'target', ask->>'protocol', ask->>'session', ask->>'operation',
            ask->'requester', ask->'requirements', ask->'review', ask->>'rendering', (ask->>'tooLong')::boolean, '{}', 1, 1, lifetime,
            clock_timestamp() + make_interval(secs => lifetime / 1000.0), ask->>'policy')
          RETURNING * INTO standing;
        END IF;
        IF standing.state = 'pending' AND standing.expires > clock_timestamp() THEN
          INSERT INTO approval_wait (approval, operation) VALUES (standing.id, ask->>'operation') ON CONFLICT DO NOTHING;
        END IF;
        RETURN QUERY SELECT standing.id, standing.operation = ask->>'operation';
      END
      $$`);
    // Compare and swap: at most once for each use, whoever races. NULL: it is not (any more) good for this digest.
    await queryRunner.query(`
      CREATE FUNCTION approval_consume(wanted text, of_digest text, by_epoch text, by_operation text, by_session text) RETURNS text[]
      LANGUAGE sql SECURITY DEFINER ${path} AS $$
        WITH used AS (
          UPDATE approval SET uses_left = uses_left - 1, state = CASE WHEN uses_left = 1 THEN 'used' ELSE state END
          WHERE id = wanted AND digest = of_digest AND state = 'approved' AND uses_left > 0
            AND clock_timestamp() BETWEEN not_before AND expires
          RETURNING id, uses - uses_left AS use_no, unmask
        ), kept AS (
          INSERT INTO approval_use (approval, use_no, epoch, operation, session)
          SELECT id, use_no, by_epoch, by_operation, by_session FROM used RETURNING approval
        )
        SELECT unmask FROM used JOIN kept ON kept.approval = used.id
      $$`);
    await queryRunner.query(`
      CREATE FUNCTION approval_leave(left_approval text, left_operation text, left_why text) RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER ${path} AS $$
      DECLARE
        it approval;
      BEGIN
        SELECT * INTO it FROM approval WHERE id = left_approval FOR UPDATE;
        UPDATE approval_wait SET until = clock_timestamp(), why = left_why
          WHERE approval = left_approval AND operation = left_operation AND until IS NULL;
        IF NOT FOUND OR it.state <> 'pending' THEN
          RETURN;
        END IF;
        IF (left_why IN ('cancelled', 'disconnected') OR it.kind = 'rows')
           AND NOT EXISTS (SELECT FROM approval_wait w WHERE w.approval = left_approval AND w.until IS NULL) THEN
          UPDATE approval SET state = 'withdrawn' WHERE id = left_approval;
        END IF;
      END
      $$`);
    for (const signature of functions.gateway) {
      await queryRunner.query(`ALTER FUNCTION ${signature} OWNER TO sallyport_owner`);
      await queryRunner.query(`REVOKE ALL ON FUNCTION ${signature} FROM PUBLIC`);
      await queryRunner.query(`GRANT EXECUTE ON FUNCTION ${signature} TO sallyport_gateway`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE ${[...tables].reverse().join(', ')}`);
    for (const signature of [...functions.gateway, ...functions.triggers])
      await queryRunner.query(`DROP FUNCTION ${signature}`);
  }
}

const functions = {
  gateway: [
    'approval_request(jsonb)',
    'approval_consume(text, text, text, text, text)',
    'approval_leave(text, text, text)',
  ],
  triggers: ['approval_guard()', 'approval_decision_guard()', 'glass_review_guard()', 'approval_changed()'],
};

/** The clause that makes a function see our schema, and nothing that a caller put in front of it. */
async function searchPath(queryRunner: QueryRunner): Promise<string> {
  const [row] = (await queryRunner.query('SELECT quote_ident(current_schema()) AS home')) as { home: string }[];
  return `SET search_path = pg_catalog, ${row!.home}, pg_temp`;
}
