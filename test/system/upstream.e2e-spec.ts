import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { parseDocument } from 'yaml';
import { Places, textOf } from '../support/canaries.js';
import { TestGateway, until } from '../support/gateway.js';
import { offerTls } from '../support/guarded-postgres.js';
import { personOf } from '../support/quickstart.js';
import { UpstreamTargets } from '../support/upstream-targets.js';
import { client } from '../support/wire-frames.js';

// The leg between gateway and target, and what of the configuration shows there: rows kept, policy replaced while it runs.

let upstreams: UpstreamTargets;
let gateway: TestGateway;

beforeAll(async () => {
  upstreams = await UpstreamTargets.start();
  const rule = {
    name: 'analysts read everything',
    who: { groups: ['analysts'] },
    on: { target: '*', does: ['read', 'session'] },
    effect: 'allow',
  };
  const config = {
    targets: upstreams.targets,
    rules: [rule],
    listen: { postgres: { workers: 1 } },
    limits: { connect: '5s' },
  };
  gateway = await TestGateway.start({ config: JSON.stringify(config), env: upstreams.env });
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  await gateway?.stop();
  await upstreams?.stop();
});

async function inDatabase(url: string | null, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url ?? undefined });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const connect = (database: string): Promise<Client> => gateway.pg('alice', { database });
const logFile = (): string => join(gateway.file.home, 'log', 'postgres-gateway.log');
const log = (): Record<string, unknown>[] =>
  readFileSync(logFile(), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const nothingSecret = (text: string): void => {
  for (const word of [...upstreams.secrets, 'BEGIN']) expect(text).not.toContain(word);
};

const overheard = (name: string): string => upstreams.between.get(name)?.overheard().toString('latin1') ?? '';

/** Everything the gateway knows of one session's upstream connection, as the server's own views tell it. */
async function upstreamOf(session: string): Promise<Record<string, unknown>> {
  const [backend] = await inDatabase(
    upstreams.postgres.superuserUrl,
    `SELECT a.pid, a.usename, a.application_name, a.backend_start, s.ssl, s.version
       FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.application_name LIKE 'sp:${session}:%'`,
  );
  if (!backend) throw new Error(`the server has no session named sp:${session}`);
  return backend;
}

const UNREACHABLE = 'cannot be reached';
const NO_LOGIN = 'could not log in';

async function refusal(name: string, why: RegExp, said: typeof UNREACHABLE | typeof NO_LOGIN): Promise<void> {
  const from = log().length;
  const error: unknown = await connect(name).then(
    () => new Error('the gateway let the session begin'),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({
    severity: 'FATAL',
    code: '08006',
    message: said === NO_LOGIN ? `the gateway could not log in to target ${name}` : `target ${name} cannot be reached`,
    detail: undefined,
  });
  const heard = JSON.stringify(error);
  nothingSecret(heard);
  expect(heard).not.toMatch(/sp_\w+|SCRAM|certificate/i);
  const lines = log()
    .slice(from)
    .filter((line) => line['target'] === name);
  expect(lines).toMatchObject([{ level: expect.anything() as unknown, error: expect.stringMatching(why) as unknown }]);
}

describe('a session is refused, and only the log says why,', () => {
  it.each<[string, string, RegExp, typeof UNREACHABLE | typeof NO_LOGIN]>([
    [
      'whose certificate another authority signed',
      'wrong-ca',
      /TLS with target wrong-ca failed: .*(certificate|issuer)/,
      UNREACHABLE,
    ],
    [
      'whose certificate another authority signed, its name aside',
      'wrong-ca-only',
      /TLS with target wrong-ca-only failed/,
      UNREACHABLE,
    ],
    ['whose certificate is for another host', 'middle-full', /does not match certificate's altnames/, UNREACHABLE],
    ['that refuses the password', 'wrong-password', /refused the login \(28P01\)/, NO_LOGIN],
    [
      'that asks for a password where none is configured',
      'no-password',
      /no credential\.password is configured/,
      NO_LOGIN,
    ],
    ['that asks for an MD5 password', 'md5-role', /MD5 password, which is refused/, NO_LOGIN],
    [
      'that asks for the password itself and was not verified',
      'clear-required',
      /clear text over a connection that is not verified/,
      NO_LOGIN,
    ],
    ['where nobody listens', 'closed-port', /cannot reach localhost:1: .*ECONNREFUSED/, UNREACHABLE],
    ['that never answers', 'silent', /did not answer within 5 s/, UNREACHABLE],
    ['that says something before encryption begins', 'early', /does not offer TLS|before TLS/, UNREACHABLE],
    [
      'that breaks SCRAM off without proof that it knows the password',
      'pretender',
      /without proving that it knows the password/,
      NO_LOGIN,
    ],
  ])('at a target %s', async (_what, name, why, said) => {
    await refusal(name, why, said);
  });

  it('at a target that offers no TLS, until it does', async () => {
    await offerTls(upstreams.postgres, false);
    try {
      await refusal('good', /does not offer TLS/, UNREACHABLE);
      await refusal('required', /does not offer TLS/, UNREACHABLE);
    } finally {
      await offerTls(upstreams.postgres, true);
    }
    const session = await connect('good');
    expect((await session.query('SELECT note FROM plans')).rows).toEqual([{ note: 'none' }]);
  });

  it('while sessions at other targets go on and begin', async () => {
    const before = await connect('good');
    await refusal('wrong-password', /28P01/, NO_LOGIN);
    await refusal('wrong-ca', /TLS/, UNREACHABLE);
    const after = await connect('by-address');
    for (const session of [before, after])
      expect((await session.query('SELECT count(*)::int AS n FROM numbers')).rows).toEqual([{ n: 20_000 }]);
  });
});

describe('a man in the middle', () => {
  it('is found out by channel binding, though the certificate passes', async () => {
    for (const name of ['middle-ca', 'middle-require'])
      await refusal(name, /refused the login \(28\w+\): SCRAM channel binding check failed/, NO_LOGIN);
  });

  it('is found out when it hides that the server can bind', async () => {
    await refusal('stripper', /refused the login \(28\w+\): SCRAM channel binding negotiation error/, NO_LOGIN);
  });

  it('never hears a password, not even when it asks for one', async () => {
    await refusal('asker', /clear text over a connection that is not verified/, NO_LOGIN);
    for (const name of upstreams.between.keys()) nothingSecret(overheard(name));
    expect(overheard('asker')).toContain('sp_clear');
    expect(overheard('pretender')).toContain('SCRAM-SHA-256');
  });

  it('passes where nothing binds: same certificate, or a role that needs no password', async () => {
    for (const name of ['faithful', 'middle-open']) {
      const session = await connect(name);
      expect((await session.query('SELECT note FROM plans')).rows).toEqual([{ note: 'none' }]);
    }
    expect(overheard('middle-open')).toContain('SELECT note FROM plans');
  });

  it('sees no cancel request outside of TLS when a client goes away', async () => {
    const { user, token } = personOf(gateway.file, 'alice');
    const wire = await gateway.wireWith(user, token, { database: 'middle-open' });
    const busy = (): Promise<Record<string, unknown>[]> =>
      inDatabase(
        upstreams.postgres.superuserUrl,
        "SELECT 1 FROM pg_stat_activity WHERE usename = 'sp_open' AND state = 'active'",
      );
    wire.query('SELECT pg_sleep(30)').catch(() => undefined);
    await until('the statement runs', 5_000, async () => (await busy()).length === 1);
    wire.destroy();
    await until('the statement is cancelled', 5_000, async () => (await busy()).length === 0);
    expect(upstreams.between.get('middle-open')?.inTheClear()).toEqual(Buffer.alloc(0));
  });
});

describe('a session at a target', () => {
  it.each([
    ['good', 'sp_scram', true],
    ['by-address', 'sp_scram', true],
    ['by-ca', 'sp_scram', true],
    ['required', 'sp_scram', true],
    ['open', 'sp_open', true],
    ['clear-verified', 'sp_clear', true],
    ['plain', 'sp_plain', false],
  ])('%s is logged in as %s, encrypted: %s, and is joined to its backend in the record', async (name, role, ssl) => {
    const { user, token } = personOf(gateway.file, 'alice');
    const wire = await gateway.wireWith(user, token, { database: name, application_name: 'report-bot' });
    expect(wire.parameters.get('application_name')).toBe('report-bot');
    const label = `seen_by_${name.replaceAll('-', '_')}`;
    expect((await wire.query(`SELECT note AS ${label} FROM plans`)).rows).toEqual([['none']]);
    const { session } = await gateway.recorded({ target: name, text: label });
    const backend = await upstreamOf(session);
    expect(backend).toMatchObject({ usename: role, ssl, ...(ssl ? { version: 'TLSv1.3' } : { version: null }) });
    const [opened] = await inDatabase(
      gateway.file.audit.readerUrl,
      `SELECT convert_from(line, 'UTF8')::json AS line FROM audit_event WHERE type = 'session.open' AND session = '${session}'`,
    );
    expect(opened?.['line']).toMatchObject({
      tgt: name,
      up: {
        pid: backend['pid'],
        start: expect.stringContaining((backend['backend_start'] as Date).toISOString().slice(0, 22)) as unknown,
      },
    });
  });

  it('reports the client’s own application name, which it may change, and SHOW tells what the target has', async () => {
    const { user, token } = personOf(gateway.file, 'alice');
    const wire = await gateway.wireWith(user, token, { database: 'good', application_name: 'report-bot' });
    const reported = async (sql: string): Promise<string[]> => {
      wire.send(client.query(sql));
      return (await wire.until('Z')).filter(({ type }) => type === 'S').map(({ body }) => body.toString());
    };
    expect((await wire.query('SHOW application_name')).rows).toEqual([[expect.stringMatching(/^sp:[0-9A-Z]{26}:/)]]);
    expect(await reported("SET application_name = 'mine'")).toEqual(['application_name\0mine\0']);
    expect((await wire.query('SHOW application_name')).rows).toEqual([['mine']]);
    expect(await reported('RESET application_name')).toEqual(['application_name\0report-bot\0']);
  });

  it('without TLS, or without a check, is warned of at the start', () => {
    const warned = log().map((line) => String(line['msg']));
    for (const words of [
      'plain: postgres.tls is disable',
      'required: postgres.tls is require',
      'open: credential.password is left out',
    ])
      expect(warned).toContainEqual(expect.stringContaining(`target ${words}`));
    expect(warned).not.toContainEqual(expect.stringContaining('target good:'));
  });

  it('leaves nothing secret in what the gateway wrote', () => {
    nothingSecret(readFileSync(logFile(), 'utf8'));
    nothingSecret(gateway.sallyport.output());
    nothingSecret(readFileSync(gateway.file.config, 'utf8'));
  });
});

describe('the rows of a result', () => {
  it.each([
    ['rows-none', []],
    ['rows-two', ['1', '2']],
    ['rows-all', Array.from({ length: 70 }, (_, i) => String(i + 1))],
    ['good', Array.from({ length: 50 }, (_, i) => String(i + 1))],
  ])('at the target %s are kept as its level says', async (name, kept) => {
    const session = await connect(name);
    expect((await session.query('SELECT n FROM numbers WHERE n <= 70 ORDER BY n')).rowCount).toBe(70);
    const operation = await shown(name, 'WHERE n');
    expect(operation.result).toMatchObject({ status: 'ok', rows: 70 });
    expect(operation.rows.map(([n]) => n)).toEqual(kept);
  });

  it('are counted over a whole result, not over each piece of it', async () => {
    const session = await connect('rows-two');
    expect((await session.query('SELECT n, pad FROM numbers ORDER BY n')).rowCount).toBe(20_000);
    const operation = await shown('rows-two', 'pad');
    expect(operation.result).toMatchObject({ status: 'ok', rows: 20_000 });
    expect(operation.rows).toEqual([
      ['1', 'x'.repeat(100)],
      ['2', 'x'.repeat(100)],
    ]);
  });
});

describe('a secret that a client sends, at a target without protected columns,', () => {
  it('stands nowhere: not in the record of a statement that ran, failed, was refused or did not parse, nor in its answers', async () => {
    const secret = (n: number): string => `hunter2-${n}-of-bob`;
    const wire = await gateway.wire('alice', { database: 'good' });
    const texts = [
      `SET my.secret = '${secret(0)}'`,
      'SHOW my.secret',
      "SELECT current_setting('my.secret')",
      `SELECT set_config('app.token', '${secret(1)}', false)`,
      `SELECT 'postgres://bob:${secret(2)}@db/shop'::int`,
      `SELECT n FROM numbers WHERE n = 'password=${secret(3)}'`,
      `EXPLAIN VERBOSE SELECT n, 'password=${secret(4)}' FROM numbers`,
      `ALTER USER bob PASSWORD '${secret(5)}'`,
      `ALTER USER bob PASSWORD "${secret(6)}"`,
      `ALTER USER bob PASSWRD '${secret(7)}'`,
      `CREATE SUBSCRIPTION s CONNECTION 'host=a ${secret(8)}' PUBLICATION p`,
      `CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', password '${secret(9)}')`,
      `DO $$ BEGIN EXECUTE 'ALTER USER bob PASSWORD ''${secret(10)}'''; END $$`,
      `SELECT pgp_sym_encrypt('x', '${secret(11)}')`,
      `COPY numbers TO PROGRAM 'curl -H "X-Key: ${secret(12)}" x'`,
      `EXECUTE p('${secret(13)}')`,
      `SELECT 1 -- password=${secret(14)}`,
      `SELECT * FROM dblink('host=a ${secret(15)}', 'SELECT 1') AS t(a int)`,
    ];
    for (const text of texts) await wire.query(text);
    await wire.exchange(
      client.parse('', "SELECT set_config('app.token', $1, false), $2::text::int"),
      client.bind('', { values: [secret(16), Buffer.from(secret(17))] }),
      client.execute(),
      client.sync(),
    );
    // what is harmless in the same session is recorded as it is
    expect((await wire.query("SELECT 'a harmless one' AS harmless_end")).rows).toEqual([['a harmless one']]);
    const { session } = await gateway.recorded({ text: 'harmless_end' }, 10_000);
    const operations = await textOf(gateway, `/v1/sessions/${session}/operations?limit=100`);
    const timeline = await textOf(gateway, `/v1/sessions/${session}/recording`);
    const places = await Places.of(gateway, { operations, timeline });
    expect(places.with('a harmless one')).toEqual(expect.arrayContaining(['operations', 'timeline']));
    expect(timeline).toContain("ALTER USER bob PASSWORD '***'");
    expect(timeline).toContain('withheld: the operation carries secrets');
    expect(Array.from({ length: 18 }, (_, n) => places.with(secret(n)))).toEqual(Array.from({ length: 18 }, () => []));
  });
});

async function shown(name: string, text: string) {
  const { id } = await gateway.recorded({ target: name, text });
  const { status, body } = await gateway.call(`/v1/operations/${id}`);
  expect(status).toBe(200);
  return body as { readonly result: object; readonly rows: readonly (readonly unknown[])[] };
}

describe('the policy of a running gateway', () => {
  const reloadMs = 5_000;
  const change = (edit: (text: string) => string): string => {
    const before = readFileSync(gateway.file.config, 'utf8');
    writeFileSync(gateway.file.config, edit(before), { mode: 0o600 });
    return before;
  };
  const outcome = async (session: Client, name: string): Promise<string> => {
    try {
      await session.query({ name, text: 'SELECT note FROM plans' });
      return 'allowed';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const withDeny = (text: string): string => {
    const document = parseDocument(text);
    document.addIn(['rules'], {
      name: 'plans are closed',
      on: { target: 'good', objects: ['good.public.plans'] },
      effect: 'deny',
      message: 'Plans are closed this week.',
    });
    return document.toString();
  };
  const policies = async (): Promise<{ before: string | null; after: string }[]> => {
    const rows = await inDatabase(
      gateway.file.audit.readerUrl,
      "SELECT convert_from(line, 'UTF8')::json AS line FROM audit_event WHERE type = 'policy.changed' ORDER BY ts, n",
    );
    return rows.map(({ line }) => line as { before: string | null; after: string });
  };

  it('closes to open sessions and prepared statements within 5 s, outlives a file that is wrong, and opens again', async () => {
    const session = await connect('good');
    expect(await outcome(session, 'kept')).toBe('allowed');
    const original = change(withDeny);
    await until('the rule is in force', reloadMs, async () => (await outcome(session, 'kept')) !== 'allowed');
    expect(await outcome(session, 'kept')).toBe('Plans are closed this week.');
    expect(await outcome(session, 'another')).toBe('Plans are closed this week.');
    expect((await session.query('SELECT count(*)::int AS n FROM numbers')).rows).toEqual([{ n: 20_000 }]);

    for (const [broken, named] of [
      ['rules: [', /sallyport\.yaml/],
      [original.replace('effect: allow', 'efect: allow').replace('"effect"', '"efect"'), /efect/],
      [original.replace('analysts read everything', 'analysts read everything\u0000'), /sallyport\.yaml/],
    ] as const) {
      const from = log().length;
      const complaint = (): Record<string, unknown> | undefined =>
        log()
          .slice(from)
          .find((line) => String(line['msg']).includes('the old policy stays in force'));
      change(() => broken);
      await until('the file is found wrong', reloadMs, () => complaint() !== undefined);
      expect(complaint()).toMatchObject({ error: expect.stringMatching(named) as unknown });
      expect(await outcome(session, 'kept')).toBe('Plans are closed this week.');
    }

    change(() => original);
    await until('the first policy is back', reloadMs, async () => (await outcome(session, 'kept')) === 'allowed');
    await until('three changes are in the record', 2_000, async () => (await policies()).length === 3);
    const [first, second, third] = await policies();
    expect(first).toMatchObject({
      before: null,
      after: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      why: 'start',
    });
    expect(second).toMatchObject({
      before: first?.after,
      after: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as unknown,
      why: 'reload',
    });
    expect(second?.after).not.toBe(first?.after);
    expect(third).toMatchObject({ before: second?.after, after: first?.after, why: 'reload' });
    const plans = { target: 'good', object: 'good.public.plans', text: 'note' };
    await until('the newest operation is in the record, under the first policy', 10_000, async () => {
      const { decision } = await gateway.recorded(plans);
      return (decision as { policy: string }).policy === first?.after;
    });
    const under = (await gateway.operations(plans)).map(({ decision }) => (decision as { policy: string }).policy);
    expect(new Set(under)).toEqual(new Set([first?.after, second?.after]));
  });
});
