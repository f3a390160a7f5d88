import { TestGateway } from '../support/gateway.js';
import { execute, startPostgres, type TestPostgres } from '../support/postgres.js';
import { personOf } from '../support/quickstart.js';
import { type ServerFrame, WireClient } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

/** What the role of the gateway is, at both servers alike: owner of its database, and no superuser. */
const ROLE = 'CREATE ROLE app LOGIN CREATEDB CREATEROLE';

const startup = { database: 'crm', client_encoding: 'UTF8', application_name: 'transparency' };

/** One end of the comparison: opens sessions that have said nothing yet but their startup packet. */
export interface Side {
  readonly name: 'the server' | 'the gateway';
  /** a new session and all it was told up to the first ReadyForQuery */
  open(parameters: Readonly<Record<string, string>>): Promise<{ wire: WireClient; greeting: readonly ServerFrame[] }>;
  /** rows of a question asked as superuser, past everything */
  ask(sql: string): Promise<readonly Record<string, unknown>[]>;
}

/**
 * Two PostgreSQL servers made alike, one reached directly, one through a gateway on which nothing is protected and everything is allowed.
 * They run the same statements in the same order, so object identifiers and transaction numbers are the same without being rewritten.
 */
export class Sides {
  readonly direct: Side;
  readonly through: Side;
  readonly #stop: () => Promise<void>;

  private constructor(direct: Side, through: Side, stop: () => Promise<void>) {
    this.direct = direct;
    this.through = through;
    this.#stop = stop;
  }

  static async start(): Promise<Sides> {
    const [plain, guarded] = await Promise.all([preparedServer(), preparedServer()]);
    const gateway = await TestGateway.start({ config: JSON.stringify(configuration(guarded)) });
    return new Sides(directly(plain), byGateway(guarded, gateway), async () => {
      await gateway.stop();
      await Promise.all([plain.stop(), guarded.stop()]);
    });
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

/** Nothing of its own accord may take an identifier or a number, or one server would be ahead of the other. */
async function preparedServer(): Promise<TestPostgres> {
  const postgres = await startPostgres();
  const maintenance = new URL(postgres.superuserUrl);
  maintenance.pathname = '/postgres';
  for (const sql of [
    'ALTER SYSTEM SET autovacuum = off',
    "ALTER SYSTEM SET deadlock_timeout = '100ms'",
    "ALTER SYSTEM SET lc_messages = 'C'",
    'ALTER SYSTEM SET max_prepared_transactions = 0',
    'SELECT pg_reload_conf()',
    ROLE,
    'CREATE DATABASE crm OWNER app',
  ])
    await execute(maintenance.href, sql);
  return postgres;
}

function configuration(guarded: TestPostgres): object {
  return {
    targets: [
      {
        name: 'crm',
        postgres: { host: '127.0.0.1', port: guarded.port, database: 'crm', tls: 'disable' },
        credential: { user: 'app' },
      },
    ],
    rules: [
      {
        name: 'everything is allowed',
        who: { groups: ['analysts'] },
        on: { target: 'crm', does: ['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown'] },
        effect: 'allow',
      },
    ],
    listen: { postgres: { workers: 1 } },
  };
}

function superuser(postgres: TestPostgres): Side['ask'] {
  const url = new URL(postgres.superuserUrl);
  url.pathname = '/crm';
  return async (sql) => {
    const { Client } = await import('pg');
    const asking = new Client({ connectionString: url.href });
    await asking.connect();
    try {
      return (await asking.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await asking.end();
    }
  };
}

function directly(postgres: TestPostgres): Side {
  return {
    name: 'the server',
    ask: superuser(postgres),
    open: async (parameters) => {
      const wire = await WireClient.open({ postgres: { host: '127.0.0.1', port: postgres.port, tls: 'required' } });
      wire.send(client.startup({ user: 'app', ...startup, ...parameters }));
      return { wire, greeting: await wire.until('Z') };
    },
  };
}

function byGateway(postgres: TestPostgres, { file }: TestGateway): Side {
  return {
    name: 'the gateway',
    ask: superuser(postgres),
    open: async (parameters) => {
      const { user, token } = personOf(file, 'alice');
      const wire = await WireClient.encrypted(file);
      wire.send(client.startup({ user, ...startup, ...parameters }), client.password(token));
      // the request for the password, which the server has not made
      const greeting = await wire.until('Z');
      return { wire, greeting: greeting.filter(({ type, body }) => type !== 'R' || body.readInt32BE(0) === 0) };
    },
  };
}
