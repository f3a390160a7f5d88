import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { FileJournal, JournalReader, DiskSource, KeyStore } from '@app/audit';
import { DenyList, OidcTokenVerifier } from '@app/identity';
import { createLogger, Metrics, Secret } from '@app/platform';
import { AuditDatabase, ensureLogins, PgAuditSink, runMigrations } from '@app/store';
import { ConfiguredTargets } from '@app/targets';
import { startIssuer, type TestIssuer } from '../../../test/support/issuer.js';
import { execute, startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { RoleBook } from './access/role-book.js';
import { SystemClock } from './access/clock.js';
import { createApp } from './app.js';
import { IssuerCheck } from './health/issuer-check.js';
import { openRecording, openSession, operation, type RecordedPerson } from './testing/recorded.js';

let postgres: TestPostgres;
let issuer: TestIssuer;
let app: NestFastifyApplication;
let journal: FileJournal;
let keys: KeyStore;
let database: AuditDatabase;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-control-'));

class IssuersUp extends IssuerCheck {
  override check(): void {
    // the issuer of this spec is up
  }
}

const today = new Date().toISOString().slice(0, 10);
const groups: Record<string, string[]> = {
  alice: ['analysts'],
  bob: ['analysts'],
  carol: ['privacy'],
  dave: ['audit'],
  root: ['platform'],
};

function person(name: string, act: readonly string[] = []): RecordedPerson {
  return {
    iss: issuer.url,
    sub: `${name}-sub`,
    user: `${name}@example.com`,
    groups: groups[name] ?? [],
    act,
    purpose: 'support',
  };
}

function tokenOf(name: string, over: Record<string, unknown> = {}): string {
  return issuer.token({ sub: `${name}-sub`, email: `${name}@example.com`, groups: groups[name], ...over });
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly json: Record<string, unknown> & { items: Record<string, unknown>[]; next: string | null };
}

async function call(
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  as: string | null,
  payload?: object | string,
): Promise<Answer> {
  const authorization = as === null ? {} : { authorization: `Bearer ${as.includes('.') ? as : tokenOf(as)}` };
  const type = payload === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await app.inject({
    method,
    url,
    headers: { ...authorization, ...type },
    ...(payload === undefined ? {} : { payload }),
  });
  const json = answer.body === '' ? {} : (JSON.parse(answer.body) as Answer['json']);
  return { status: answer.statusCode, headers: answer.headers, json: json as Answer['json'] };
}

const get = (url: string, as: string | null): Promise<Answer> => call('GET', url, as);
const ids = (answer: Answer): unknown[] => answer.json.items.map((item) => item['id']);

/** Events of our own journal, with their clear bodies. */
function ownEvents(): { kind: string; body: unknown }[] {
  const source = new DiskSource(join(folder, 'control', journal.epoch));
  const reader = new JournalReader(source, journal.epoch, keys);
  const events: { kind: string; body: unknown }[] = [];
  for (let batch = reader.next(journal.durable); batch !== null; batch = reader.next(journal.durable))
    for (const event of batch)
      events.push({ kind: event.kind, body: event.body ? JSON.parse(event.body.body.toString()) : null });
  source.close();
  return events;
}

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [
    { name: 'gateway_login', password: 'x', group: 'gateway' },
    { name: 'control_login', password: 'x', group: 'control' },
  ]);
  keys = new KeyStore({ folder: join(folder, 'keys') });
  await record();
  const writer = { kind: 'control-api', version: '0', process: process.pid };
  journal = await FileJournal.open(join(folder, 'control'), {
    keys,
    writer,
    segmentBytes: 1024 * 1024,
    reserveBytes: 0,
  });
  database = new AuditDatabase(postgres.urlFor('control_login'));
  const logger = createLogger('spec', { level: 'silent' });
  const claims = { user: 'email', groups: 'groups', purpose: 'purpose' };
  const issuers = [{ url: issuer.url, audience: issuer.audience, claims }];
  const credential = { user: 'sallyport_crm', password: new Secret('hunter2-of-the-target') };
  app = await createApp(
    {
      ...{
        database,
        keys,
        journal,
        logger,
        denyList: new DenyList(),
        issuers: new IssuersUp(),
        clock: new SystemClock(),
      },
      verifier: new OidcTokenVerifier({ issuers, insecureLoopback: true }),
      targets: new ConfiguredTargets([
        {
          name: 'crm',
          postgres: { host: 'db.internal', port: 5432, database: 'crm', tls: 'verify-full' },
          ...{ credential, release: 'durable', record: { first: 50 } },
        },
      ]),
      roles: new RoleBook({
        reviewer: { groups: ['privacy'] },
        auditor: { groups: ['audit'] },
        administrator: { groups: ['platform'] },
      }),
      metrics: new Metrics({ process: 'control-api' }),
    },
    null,
  );
});

afterAll(async () => {
  await app?.close();
  await journal?.close();
  await database?.close();
  await issuer?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Three sessions of alice, alice by her agent, and bob. */
async function record(): Promise<void> {
  let at = Date.now() - 60_000;
  const sink = new PgAuditSink({ url: postgres.urlFor('gateway_login') });
  const recording = await openRecording(folder, keys, sink, () => (at += 1_000));
  openSession(recording, 'S-alice', 'u_alice', person('alice'));
  recording.append(
    'op',
    'S-alice',
    {
      ...operation(
        'O-read',
        'u_alice',
        'SELECT',
        ['public.customers'],
        'SELECT id, email FROM customers WHERE id = $1',
        { cls: ['email'] },
      ),
      ...{
        rows: 1,
        cols: 2,
        masked: { email: 1 },
        clear: { id: 1 },
        bytes: 61,
        subj: [],
        subj_complete: true,
        chunk: 0,
        last: true,
      },
      ...{ status: 'ok', code: null, ms: 3.1, tag: 'SELECT 1' },
    },
    {
      statement: 'SELECT id, email FROM customers WHERE id = $1',
      parameters: ['7'],
      columns: [
        { name: 'id', masked: false },
        { name: 'email', masked: true },
      ],
      rows: [['7', '****@example.com']],
    },
  );
  recording.append(
    'op.blocked',
    'S-alice',
    {
      ...operation('O-drop', 'u_alice', 'DROP TABLE', ['public.customers'], 'DROP TABLE customers', {
        eff: 'schema',
        verdict: 'deny',
        rule: ['no destructive statements'],
      }),
      why: 'rule',
    },
    {
      statement: 'DROP TABLE customers',
      parameters: [],
      refusal: { rule: 'no destructive statements', message: 'Use the pipeline.' },
    },
  );
  openSession(recording, 'S-agent', 'u_agent', person('alice', ['autogen']));
  recording.append(
    'op.intent',
    'S-agent',
    operation('O-write', 'u_agent', 'UPDATE', ['public.orders'], 'UPDATE orders SET state = ? WHERE id = ?', {
      eff: 'write',
      act: ['autogen'],
    }),
    { statement: `UPDATE orders SET state = 'paid' WHERE id = 3`, parameters: [] },
  );
  recording.append('op.end', 'S-agent', {
    o: 'O-write',
    pid: 'u_agent',
    act: ['autogen'],
    tgt: 'crm',
    proto: 'postgres',
    status: 'ok',
    code: null,
    ms: 2,
    tag: 'UPDATE 1',
  });
  recording.append(
    'op.intent',
    'S-agent',
    operation('O-commit', 'u_agent', 'COMMIT', [], 'COMMIT', { act: ['autogen'] }),
    { statement: 'COMMIT', parameters: [] },
  );
  recording.append('op.end', 'S-agent', {
    o: 'O-commit',
    pid: 'u_agent',
    tgt: 'crm',
    proto: 'postgres',
    settles: ['O-write'],
    status: 'ok',
    code: null,
    ms: 1,
    tag: 'COMMIT',
  });
  recording.append('session.close', 'S-agent', { pid: 'u_agent', tgt: 'crm', proto: 'postgres', why: 'client' });
  openSession(recording, 'S-bob', 'u_bob', person('bob'));
  recording.append(
    'op.intent',
    'S-bob',
    operation('O-lost', 'u_bob', 'INSERT', ['public.tickets'], 'INSERT INTO tickets VALUES (?)', { eff: 'write' }),
    { statement: 'INSERT INTO tickets VALUES (1)', parameters: [] },
  );
  recording.append('op.recovered', 'S-bob', {
    o: 'O-lost',
    pid: 'u_bob',
    tgt: 'crm',
    proto: 'postgres',
    old: { e: 'e', n: 1, o: 'O-lost' },
    status: 'unknown',
  });
  await recording.ship();
  await sink.close();
}

describe('who is let in', () => {
  it.each(['/v1/whoami', '/v1/operations', '/v1/sessions', '/v1/targets', '/v1/deny'])(
    'refuses %s without a token, with a challenge and a problem',
    async (url) => {
      const answer = await get(url, null);
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="sallyport"');
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.json).toMatchObject({ status: 401, code: 'unauthenticated', instance: url });
    },
  );

  it.each([
    ['another audience', { aud: 'someone-else' }],
    ['a past expiry', { exp: 1_700_000_000 }],
    ['another issuer', { iss: 'https://elsewhere.example' }],
    ['no verified e-mail', { email_verified: false }],
  ])('refuses a token with %s, without saying why', async (_, claims) => {
    const answer = await get('/v1/whoami', tokenOf('alice', claims));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(answer.json['detail']).toBe('the token is not accepted');
  });

  it('tells who the token is', async () => {
    const { json } = await get('/v1/whoami', 'dave');
    expect(json).toMatchObject({
      user: 'dave@example.com',
      sub: 'dave-sub',
      roles: ['requester', 'auditor'],
      groups: ['audit'],
    });
  });
});

describe('problems', () => {
  it.each([
    ['GET', '/v1/nothing', undefined, 404, 'not-found'],
    ['GET', '/v1/operations?persn=alice', undefined, 400, 'bad-request'],
    ['GET', '/v1/operations?limit=1000', undefined, 400, 'bad-request'],
    ['GET', '/v1/operations?from=yesterday', undefined, 400, 'bad-request'],
    ['GET', '/v1/operations?cursor=abc', undefined, 400, 'bad-cursor'],
    ['GET', '/v1/operations/none', undefined, 404, 'not-found'],
    ['POST', '/v1/deny', '{"iss":', 400, 'bad-request'],
    ['POST', '/v1/deny', '{}', 400, 'bad-request'],
    ['POST', '/v1/deny', `{"iss":"${'x'.repeat(70_000)}"}`, 413, 'too-large'],
  ] as const)('%s %s is a problem', async (method, url, payload, status, code) => {
    const answer = await call(method, url, 'root', payload);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({
      status,
      code,
      type: `urn:sallyport:problem:${code}`,
      instance: url.split('?')[0],
    });
    expect(answer.status).toBe(status);
    expect(typeof answer.json['detail']).toBe('string');
  });
});

describe('operations', () => {
  it('hides what is of others from everyone but auditors, administrators included', async () => {
    expect(ids(await get('/v1/operations', 'bob'))).toEqual(['O-lost']);
    expect(ids(await get('/v1/operations', 'root'))).toEqual([]);
    expect(ids(await get('/v1/operations', 'carol'))).toEqual([]);
    expect(ids(await get('/v1/operations?person=alice', 'bob'))).toEqual([]);
    for (const name of ['bob', 'root', 'carol']) expect((await get('/v1/operations/O-read', name)).status).toBe(404);
    // the same e-mail address with another subject is someone else
    expect(ids(await get('/v1/operations', tokenOf('alice', { sub: 'other' })))).toEqual([]);
  });

  it('shows an auditor all, newest first, and each their own', async () => {
    expect(ids(await get('/v1/operations', 'dave'))).toEqual(['O-lost', 'O-commit', 'O-write', 'O-drop', 'O-read']);
    expect(ids(await get('/v1/operations', 'alice'))).toEqual(['O-commit', 'O-write', 'O-drop', 'O-read']);
  });

  it.each([
    ['person=alice', ['O-commit', 'O-write', 'O-drop', 'O-read']],
    ['person=alice@example.com&agent=autogen', ['O-commit', 'O-write']],
    ['person=bob-sub', ['O-lost']],
    ['person=%25', []],
    ['agent=auto', []],
    ['target=crm&object=orders', ['O-write']],
    ['object=public.customers', ['O-drop', 'O-read']],
    ['object=crm.public.customers', ['O-drop', 'O-read']],
    ['object=other.public.customers', []],
    ['object=public', []],
    ['target=other', []],
    ['text=drop%20%20table', ['O-drop']],
    ['text=crm.public.orders', ['O-write']],
    ['text=where%20id%20%3D%20%241', ['O-read']],
    ['text=_', []],
    ['text=paid', []],
    [`from=${today}T00:00:00Z&text=insert`, ['O-lost']],
    ['to=2020-01-01', []],
  ])('are found by %s', async (query, found) => {
    expect(ids(await get(`/v1/operations?${query}`, 'dave'))).toEqual(found);
  });

  it('come page by page, each once', async () => {
    const found: unknown[] = [];
    let next: string | null = '';
    do {
      const page: Answer = await get(`/v1/operations?limit=2${next ? `&cursor=${next}` : ''}`, 'dave');
      found.push(...ids(page));
      ({ next } = page.json);
    } while (next !== null);
    expect(found).toEqual(['O-lost', 'O-commit', 'O-write', 'O-drop', 'O-read']);
  });

  it('shows a read as the record keeps it', async () => {
    const { json } = await get('/v1/operations/O-read', 'alice');
    expect(json).toMatchObject({
      ...{ id: 'O-read', session: 'S-alice', target: 'crm', protocol: 'postgres', durationMs: 3.1 },
      principal: { user: 'alice@example.com', groups: ['analysts'], act: [], purpose: 'support', method: 'oidc' },
      ...{ effect: 'read', verb: 'SELECT', objects: ['crm.public.customers'], classes: ['email'] },
      ...{ statement: 'SELECT id, email FROM customers WHERE id = $1', parameters: ['7'] },
      decision: { effect: 'allow', rules: ['analysts read the CRM'], policy: 'sha256:abc', approval: null },
      result: {
        status: 'ok',
        rows: 1,
        bytes: 61,
        columns: [
          { name: 'id', masked: 0 },
          { name: 'email', masked: 1 },
        ],
      },
      ...{ rows: [['7', '****@example.com']], erased: false, unreadable: null },
    });
    expect(json['event']).toEqual({ epoch: expect.stringMatching(/^[0-9a-f]{32}$/) as string, n: 2 });
  });

  it('shows a refusal, a settled write and a lost outcome for what they are', async () => {
    expect((await get('/v1/operations/O-drop', 'alice')).json).toMatchObject({
      decision: { effect: 'deny', rules: ['no destructive statements'] },
      result: { status: 'refused', code: 'rule', rows: 0 },
      refusal: { message: 'Use the pipeline.' },
    });
    expect((await get('/v1/operations/O-write', 'alice')).json).toMatchObject({
      principal: { act: ['autogen'] },
      result: { status: 'ok', tag: 'UPDATE 1' },
      settledBy: { operation: 'O-commit', status: 'ok' },
    });
    expect((await get('/v1/operations/O-lost', 'bob')).json).toMatchObject({ result: { status: 'unknown' } });
  });
});

describe('sessions', () => {
  it('are listed to administrators and auditors, and to each their own', async () => {
    for (const name of ['root', 'dave'])
      expect(ids(await get('/v1/sessions', name))).toEqual(['S-bob', 'S-agent', 'S-alice']);
    expect(ids(await get('/v1/sessions', 'alice'))).toEqual(['S-agent', 'S-alice']);
    expect(ids(await get('/v1/sessions', 'carol'))).toEqual([]);
    expect((await get('/v1/sessions/S-bob', 'alice')).status).toBe(404);
  });

  it('are found by person, agent, target and whether they live', async () => {
    expect(ids(await get('/v1/sessions?live=true', 'root'))).toEqual(['S-bob', 'S-alice']);
    expect(ids(await get('/v1/sessions?live=false', 'root'))).toEqual(['S-agent']);
    expect(ids(await get('/v1/sessions?agent=autogen&target=crm', 'root'))).toEqual(['S-agent']);
    expect(ids(await get('/v1/sessions?person=bob', 'root'))).toEqual(['S-bob']);
  });

  it('show who, from where, and how they ended', async () => {
    expect((await get('/v1/sessions/S-agent', 'alice')).json).toMatchObject({
      ...{ id: 'S-agent', live: false, why: 'client', termination: null, erased: false },
      principal: { user: 'alice@example.com', act: ['autogen'] },
      client: { application: 'psql' },
      upstream: { pid: 99, host: 'db' },
    });
  });

  it('keep their operations from an administrator who is no auditor', async () => {
    expect((await get('/v1/sessions/S-alice/operations', 'root')).json).toMatchObject({
      status: 403,
      code: 'forbidden',
    });
    expect(ids(await get('/v1/sessions/S-alice/operations?limit=1', 'alice'))).toEqual(['O-drop']);
    expect(ids(await get('/v1/sessions/S-alice/operations', 'dave'))).toEqual(['O-drop', 'O-read']);
  });

  it('are ended by an administrator or by whose they are, by nobody else, once they have not ended', async () => {
    const end = (id: string, as: string): Promise<Answer> =>
      call('POST', `/v1/sessions/${id}/terminate`, as, { reason: 'left the desk' });
    expect((await end('S-alice', 'bob')).status).toBe(404);
    expect((await end('S-alice', 'dave')).json).toMatchObject({ status: 403 });
    expect((await end('S-agent', 'alice')).json).toMatchObject({ status: 409, code: 'conflict' });
    expect((await call('POST', '/v1/sessions/S-alice/terminate', 'root', {})).status).toBe(400);
    const own = await end('S-alice', 'alice');
    expect(own.status).toBe(202);
    expect(own.json).toMatchObject({ termination: { by: 'alice@example.com', reason: 'left the desk' } });
    expect((await end('S-bob', 'root')).status).toBe(202);
  });
});

describe('targets', () => {
  it('tell everyone their names, administrators where they are, and nobody a password', async () => {
    const seen = await get('/v1/targets', 'alice');
    expect(seen.json.items).toEqual([
      { name: 'crm', protocol: 'postgres', release: 'durable', record: { first: 50 }, address: null },
    ]);
    const all = await get('/v1/targets/crm', 'root');
    expect(all.json['address']).toEqual({
      host: 'db.internal',
      port: 5432,
      database: 'crm',
      tls: 'verify-full',
      user: 'sallyport_crm',
    });
    expect(JSON.stringify([seen, all])).not.toContain('hunter2');
    expect((await get('/v1/targets/none', 'root')).status).toBe(404);
  });
});

describe('the deny-list', () => {
  it('is changed by administrators only, and read by auditors too', async () => {
    for (const name of ['alice', 'carol', 'dave'])
      expect(
        (await call('POST', '/v1/deny', name, { iss: 'i', kind: 'sub', value: 'v', reason: 'r' })).json,
      ).toMatchObject({ status: 403 });
    for (const name of ['alice', 'carol']) expect((await get('/v1/deny', name)).status).toBe(403);
    expect((await get('/v1/deny', 'dave')).status).toBe(200);
    expect((await call('DELETE', '/v1/deny/none', 'root')).status).toBe(404);
  });

  it('refuses whom it names, here at once, until it is taken back', async () => {
    const added = await call('POST', '/v1/deny', 'root', {
      iss: issuer.url,
      kind: 'sub',
      value: 'bob-sub',
      reason: 'left',
    });
    expect(added.status).toBe(201);
    expect(added.json).toMatchObject({ kind: 'sub', value: 'bob-sub', by: 'root@example.com', expires: null });
    expect((await get('/v1/whoami', 'bob')).status).toBe(401);
    expect((await get('/v1/whoami', 'alice')).status).toBe(200);
    expect((await call('DELETE', `/v1/deny/${String(added.json['id'])}`, 'root')).status).toBe(204);
    expect((await get('/v1/whoami', 'bob')).status).toBe(200);
  });

  it('takes no entry that has already expired', async () => {
    const entry = { iss: 'i', kind: 'jti', value: 'v', reason: 'r', expires: '2020-01-01T00:00:00Z' };
    expect((await call('POST', '/v1/deny', 'root', entry)).json).toMatchObject({ status: 400 });
  });
});

describe('reading the record', () => {
  it('is recorded before it is answered: who, and what', async () => {
    await get('/v1/operations?text=secret-search', 'dave');
    await get('/v1/operations/O-read', 'dave');
    await get('/v1/sessions/S-bob', 'root');
    const bodies = ownEvents().slice(-3);
    const by = (name: string): object => ({ iss: issuer.url, sub: `${name}-sub`, user: `${name}@example.com` });
    expect(bodies).toEqual([
      { kind: 'search.ran', body: { by: by('dave'), query: { of: 'operations', text: 'secret-search', limit: 50 } } },
      { kind: 'recording.viewed', body: { by: by('dave'), query: { operation: 'O-read' } } },
      { kind: 'recording.viewed', body: { by: by('root'), query: { session: 'S-bob' } } },
    ]);
    expect(ownEvents().map((event) => event.kind)).toEqual(
      expect.arrayContaining(['session.terminated', 'deny.changed']),
    );
  });
});

describe('erasure', () => {
  it('leaves the operation and takes its contents', async () => {
    await execute(postgres.superuserUrl, `DELETE FROM dek WHERE dk LIKE '%/S-bob'`);
    const { json } = await get('/v1/operations/O-lost', 'dave');
    expect(json).toMatchObject({
      erased: true,
      statement: null,
      parameters: null,
      verb: 'INSERT',
      principal: { user: 'bob@example.com' },
    });
    await execute(postgres.superuserUrl, `DELETE FROM principal_map WHERE pid = 'u_bob'`);
    expect((await get('/v1/operations/O-lost', 'dave')).json).toMatchObject({ principal: null });
    expect((await get('/v1/operations/O-lost', 'bob')).status).toBe(404);
  });

  it('is told apart from a body that was changed', async () => {
    await execute(
      postgres.superuserUrl,
      `SET session_replication_role = replica; UPDATE audit_body SET ct = set_byte(ct, 50, get_byte(ct, 50) # 1) WHERE dk LIKE '%/S-alice'`,
    );
    const { json } = await get('/v1/operations/O-read', 'dave');
    expect(json).toMatchObject({ erased: false, statement: null, rows: null });
    expect(json['unreadable']).toContain('corrupt');
  });
});

describe('health, metrics and the description', () => {
  it('need no token', async () => {
    expect((await get('/health/live', null)).json).toEqual({ status: 'ok' });
    expect((await get('/health/ready', null)).json).toMatchObject({ status: 'ok' });
    const metrics = await app.inject({ url: '/metrics' });
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.body).toMatch(/^sallyport_control_request_seconds_count\{.*status="401".*\} \d+$/m);
  });

  it('describe every path of the API with its filters and answers', async () => {
    const { json } = await get('/openapi.json', null);
    const paths = json['paths'] as Record<string, Record<string, { parameters?: { name: string }[] }>>;
    expect(Object.keys(paths).sort()).toEqual([
      ...['/v1/deny', '/v1/deny/{id}', '/v1/operations', '/v1/operations/{id}', '/v1/sessions', '/v1/sessions/{id}'],
      ...[
        '/v1/sessions/{id}/operations',
        '/v1/sessions/{id}/terminate',
        '/v1/targets',
        '/v1/targets/{name}',
        '/v1/whoami',
      ],
    ]);
    const filters = paths['/v1/operations']?.['get']?.parameters?.map((parameter) => parameter.name);
    expect(filters?.toSorted()).toEqual([
      'agent',
      'cursor',
      'from',
      'limit',
      'object',
      'person',
      'target',
      'text',
      'to',
    ]);
    expect(Object.keys((json['components'] as { schemas: object }).schemas)).toEqual(
      expect.arrayContaining(['Operation', 'Session']),
    );
  });
});

describe('when a part is missing', () => {
  it('answers 503 and releases nothing when the database is down, and again when it is up', async () => {
    await postgres.crash();
    const down = await get('/v1/operations', 'dave');
    expect(down.json).toMatchObject({ status: 503, code: 'database-unavailable' });
    const ready = await get('/health/ready', null);
    expect(ready.status).toBe(503);
    expect(ready.json).toMatchObject({ error: { database: { status: 'down' } } });
    await postgres.start();
    expect((await get('/v1/operations', 'dave')).status).toBe(200);
  });

  it('answers 503 and nothing of the record when it cannot be recorded', async () => {
    await journal.close();
    for (const url of [
      '/v1/operations',
      '/v1/operations/O-read',
      '/v1/sessions',
      '/v1/sessions/S-alice',
      '/v1/sessions/S-alice/operations',
    ])
      expect((await get(url, 'dave')).json).toMatchObject({ status: 503, code: 'not-recordable' });
    expect(
      (await call('POST', '/v1/deny', 'root', { iss: 'i', kind: 'sub', value: 'v', reason: 'r' })).json,
    ).toMatchObject({ code: 'not-recordable' });
    expect((await get('/v1/deny', 'root')).json.items).toEqual([]);
    expect((await get('/v1/whoami', 'dave')).status).toBe(200);
  });
});
