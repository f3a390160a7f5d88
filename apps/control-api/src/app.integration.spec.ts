import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureLogins, runMigrations } from '@app/store';
import { startIssuer, type TestIssuer } from '../../../test/support/issuer.js';
import { startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { type Answer, RunningControl } from './testing/running-control.js';

let postgres: TestPostgres;
let issuer: TestIssuer;
let control: RunningControl;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-control-'));

const get = (url: string, as: string | null): Promise<Answer> => control.get(url, as);

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [
    { name: 'gateway_login', password: 'x', group: 'gateway' },
    { name: 'control_login', password: 'x', group: 'control' },
  ]);
  const [gatewayUrl, controlUrl] = [postgres.urlFor('gateway_login'), postgres.urlFor('control_login')];
  control = await RunningControl.start({ folder, issuer, gatewayUrl, controlUrl });
});

afterAll(async () => {
  await control?.stop();
  await issuer?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

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
    const answer = await get('/v1/whoami', control.tokenOf('alice', claims));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(answer.json['detail']).toBe('it may have expired; the log of the control API says why');
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
    const answer = await control.call(method, url, 'root', payload);
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

describe('targets', () => {
  it('tell everyone their names, administrators where they are, and nobody a password', async () => {
    const seen = await get('/v1/targets', 'alice');
    expect(seen.json.items).toEqual([
      { name: 'crm', protocol: 'postgres', release: 'durable', record: { first: 50 }, address: null },
      { name: 'prod', protocol: 'kubernetes', release: 'durable', record: { first: 50 }, address: null },
    ]);
    const all = await get('/v1/targets/crm', 'root');
    expect(all.json['address']).toEqual({
      host: 'db.internal',
      port: 5432,
      database: 'crm',
      tls: 'verify-full',
      user: 'sallyport_crm',
    });
    const cluster = await get('/v1/targets/prod', 'root');
    expect(cluster.json['address']).toEqual({
      server: 'https://10.0.0.1:6443',
      context: 'admin',
      identity: 'impersonate',
    });
    expect(JSON.stringify([seen, all, cluster])).not.toContain('hunter2');
    expect((await get('/v1/targets/none', 'root')).status).toBe(404);
  });

  it('give a kubeconfig of a cluster that leads through the gateway and holds no credential', async () => {
    expect((await get('/v1/targets/crm/kubeconfig', 'alice')).json).toMatchObject({ status: 404, code: 'not-found' });
    expect((await get('/v1/targets/none/kubeconfig', 'alice')).status).toBe(404);
    const { json } = await get('/v1/targets/prod/kubeconfig', 'alice');
    expect(json).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      preferences: {},
      clusters: [
        {
          name: 'sallyport-prod',
          cluster: {
            // the gateway listens everywhere: the name that led here is as good for it
            server: 'https://localhost:6443/k8s/prod',
            'certificate-authority-data': Buffer.from('the authority\n').toString('base64'),
          },
        },
      ],
      users: [
        {
          name: 'sallyport-prod',
          user: {
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1',
              command: 'sallyport',
              args: ['credential', 'kubernetes'],
              interactiveMode: 'IfAvailable',
              provideClusterInfo: false,
              installHint: expect.any(String) as string,
            },
          },
        },
      ],
      contexts: [{ name: 'sallyport-prod', context: { cluster: 'sallyport-prod', user: 'sallyport-prod' } }],
      'current-context': 'sallyport-prod',
    });
  });
});

describe('the deny-list', () => {
  it('is changed by administrators only, and read by auditors too', async () => {
    for (const name of ['alice', 'carol', 'dave'])
      expect(
        (await control.call('POST', '/v1/deny', name, { iss: 'i', kind: 'sub', value: 'v', reason: 'r' })).json,
      ).toMatchObject({ status: 403 });
    for (const name of ['alice', 'carol']) expect((await get('/v1/deny', name)).status).toBe(403);
    expect((await get('/v1/deny', 'dave')).status).toBe(200);
    expect((await control.call('DELETE', '/v1/deny/none', 'root')).status).toBe(404);
  });

  it('refuses whom it names, here at once, until it is taken back', async () => {
    const added = await control.call('POST', '/v1/deny', 'root', {
      iss: issuer.url,
      kind: 'sub',
      value: 'bob-sub',
      reason: 'left',
    });
    expect(added.status).toBe(201);
    expect(added.json).toMatchObject({ kind: 'sub', value: 'bob-sub', by: 'root@example.com', expires: null });
    expect((await get('/v1/whoami', 'bob')).status).toBe(401);
    expect((await get('/v1/whoami', 'alice')).status).toBe(200);
    expect((await control.call('DELETE', `/v1/deny/${String(added.json['id'])}`, 'root')).status).toBe(204);
    expect((await get('/v1/whoami', 'bob')).status).toBe(200);
    const changes = control.ownEvents().filter((event) => event.kind === 'deny.changed');
    expect(changes).toMatchObject([
      { body: { by: { sub: 'root-sub' }, query: { added: { value: 'bob-sub', reason: 'left' } } } },
      { body: { by: { sub: 'root-sub' }, query: { removed: { value: 'bob-sub' } } } },
    ]);
  });

  it('takes no entry that has already expired', async () => {
    const entry = { iss: 'i', kind: 'jti', value: 'v', reason: 'r', expires: '2020-01-01T00:00:00Z' };
    expect((await control.call('POST', '/v1/deny', 'root', entry)).json).toMatchObject({ status: 400 });
  });
});

describe('health, metrics and the description', () => {
  it('need no token', async () => {
    expect((await get('/health/live', null)).json).toEqual({ status: 'ok' });
    expect((await get('/health/ready', null)).json).toMatchObject({ status: 'ok' });
    const metrics = await control.app.inject({ url: '/metrics' });
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.body).toMatch(/^sallyport_control_request_seconds_count\{.*status="401".*\} \d+$/m);
  });

  it('describe every path of the API with its filters and answers', async () => {
    const { json } = await get('/openapi.json', null);
    const paths = json['paths'] as Record<string, Record<string, { parameters?: { name: string }[] }>>;
    expect(Object.keys(paths).sort()).toEqual([
      '/v1/access-requests',
      '/v1/approvals',
      '/v1/approvals/events',
      '/v1/approvals/{id}',
      '/v1/approvals/{id}/decision',
      '/v1/approvals/{id}/revoke',
      '/v1/break-glass',
      '/v1/break-glass/{id}/review',
      '/v1/credentials',
      '/v1/credentials/{name}',
      '/v1/deny',
      '/v1/deny/{id}',
      '/v1/grants',
      '/v1/notifications',
      '/v1/notifications/{id}/retry',
      '/v1/operations',
      '/v1/operations/{id}',
      '/v1/operations/{id}/recording',
      '/v1/policy',
      '/v1/policy/check',
      '/v1/policy/diff',
      '/v1/policy/versions',
      '/v1/policy/versions/{hash}',
      '/v1/sessions',
      '/v1/sessions/{id}',
      '/v1/sessions/{id}/operations',
      '/v1/sessions/{id}/recording',
      '/v1/sessions/{id}/terminate',
      '/v1/targets',
      '/v1/targets/{name}',
      '/v1/targets/{name}/check',
      '/v1/targets/{name}/kubeconfig',
      '/v1/whoami',
    ]);
    const filters = paths['/v1/operations']?.['get']?.parameters?.map((parameter) => parameter.name);
    expect(filters?.toSorted()).toEqual([
      'agent',
      'cursor',
      'decision',
      'effect',
      'from',
      'limit',
      'object',
      'person',
      'target',
      'text',
      'to',
      'verb',
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
    await control.journal.close();
    for (const url of [
      '/v1/operations',
      '/v1/operations/O-read',
      '/v1/sessions',
      '/v1/sessions/S-alice',
      '/v1/sessions/S-alice/operations',
      '/v1/operations/O-read/recording',
      '/v1/sessions/S-alice/recording',
    ])
      expect((await get(url, 'dave')).json).toMatchObject({ status: 503, code: 'not-recordable' });
    expect(
      (await control.call('POST', '/v1/deny', 'root', { iss: 'i', kind: 'sub', value: 'v', reason: 'r' })).json,
    ).toMatchObject({ code: 'not-recordable' });
    expect((await get('/v1/deny', 'root')).json.items).toEqual([]);
    expect((await get('/v1/whoami', 'dave')).status).toBe(200);
  });
});
