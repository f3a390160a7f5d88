import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Review } from '@app/approvals';
import { createLogger, Secret, ulid } from '@app/platform';
import { ApprovalStore, AuditDatabase, ensureLogins, runMigrations, type StoredApproval } from '@app/store';
import { Client } from 'pg';
import { startIssuer, type TestIssuer } from '../../../../test/support/issuer.js';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import type { NotificationBody } from '../notifications/notification.js';
import { signatureHeaders } from '../notifications/webhook-signature.js';
import { RunningControl } from '../testing/running-control.js';
import { redisMissing, startRedis, type TestRedis } from '../testing/redis.js';
import { BackgroundWork } from './background-work.js';
import { openBackend } from './open-backend.js';

const noRedis = redisMissing();
if (noRedis !== null) process.stdout.write(`timers and notifications on Redis are not tested: ${noRedis}\n`);

const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const HIDDEN = 'hunter2@example.com';

interface Received {
  readonly headers: Record<string, unknown>;
  readonly text: string;
  readonly body: NotificationBody;
}

async function until<Value>(look: () => Promise<Value | null | undefined | false>): Promise<Value> {
  const end = performance.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error('it did not happen within 45 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.each(noRedis === null ? ['PostgreSQL', 'Redis'] : ['PostgreSQL'])('timers and notifications on %s', (kind) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-background-'));
  let postgres: TestPostgres;
  let issuer: TestIssuer;
  let redis: TestRedis | null = null;
  let hooks: Server;
  let url: string;
  let control: RunningControl;
  let gatewayDatabase: AuditDatabase;
  let controlDatabase: AuditDatabase;
  let gateway: ApprovalStore;
  let store: ApprovalStore;
  let status = 200;
  let received: Received[] = [];

  const start = async (): Promise<void> => {
    const [gatewayUrl, controlUrl] = [postgres.urlFor('gateway_login'), postgres.urlFor('control_login')];
    const backend = openBackend(
      { redis: redis ? new Secret(redis.url) : null, postgres: controlUrl },
      createLogger('spec', { level: 'silent' }),
    );
    const all = ['requested', 'decided', 'expired', 'glass', 'reminder', 'overdue'] as const;
    const webhooks = [
      { name: 'inbox', url, secret, events: all, networks: ['127.0.0.1/32'] },
      // not allowed to reach this machine
      { name: 'outside', url, secret, events: ['glass'] as const, networks: [] },
    ];
    control = await RunningControl.start(
      { folder: mkdtempSync(join(folder, 'run-')), issuer, gatewayUrl, controlUrl, background: { backend, webhooks } },
      async () => undefined,
    );
  };

  beforeAll(async () => {
    [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
    await runMigrations(postgres.url);
    await ensureLogins(postgres.url, [
      { name: 'gateway_login', password: 'x', group: 'gateway' },
      { name: 'control_login', password: 'x', group: 'control' },
    ]);
    if (kind === 'Redis') redis = await startRedis();
    hooks = createServer((request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      request.on('end', () => {
        if (status === 200)
          received.push({ headers: request.headers, text, body: JSON.parse(text) as NotificationBody });
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(hooks.address() as AddressInfo).port}/`;
    gatewayDatabase = new AuditDatabase(postgres.urlFor('gateway_login'));
    controlDatabase = new AuditDatabase(postgres.urlFor('control_login'));
    gateway = new ApprovalStore(gatewayDatabase);
    store = new ApprovalStore(controlDatabase);
    await start();
  });

  beforeEach(() => {
    status = 200;
    received = [];
  });

  afterAll(async () => {
    await control?.stop();
    await gatewayDatabase?.close();
    await controlDatabase?.close();
    await redis?.stop();
    hooks?.closeAllConnections();
    hooks?.close();
    await issuer?.stop();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const person = { iss: 'https://login.test', sub: 'alice-sub', user: 'alice@example.com' };
  const requester = { ...person, groups: ['analysts'], act: ['autogen'], azp: null, purpose: 'support' };

  async function ask(expires: number, remind: number | null = null): Promise<string> {
    const id = ulid(Date.now());
    const review: Review = {
      target: 'crm',
      protocol: 'postgres',
      effect: 'write',
      verb: 'DELETE',
      statement: `DELETE FROM customers WHERE email = '${HIDDEN}'`,
      parameters: [HIDDEN],
      objects: ['crm.public.customers'],
      reads: ['email'],
      writes: [],
      estimatedRows: 3,
      diff: null,
      notes: [HIDDEN],
      requester: person,
      act: ['autogen'],
      purpose: 'support',
      rules: ['deletes are seen'],
      rowsOut: null,
    };
    const rule = { rule: 'deletes are seen', owner: null, reviewers: { groups: ['privacy'], users: [] }, quorum: 1 };
    const requirements = [{ ...rule, stepUp: null, remind }];
    const digest = `sha256:${Buffer.from(id).toString('hex').padEnd(64, '0').slice(0, 64)}`;
    const common = { target: 'crm', protocol: 'postgres', session: 'S', policy: 'sha256:p', requester, requirements };
    await gateway.request({ id, kind: 'operation', operation: ulid(Date.now()), digest, expires, review, ...common });
    return id;
  }

  const sent = (type: string, approval: string): Promise<Received> =>
    until(async () => received.find(({ body }) => body.type === type && body.data.approval === approval));
  const inState = (id: string, state: string): Promise<StoredApproval> =>
    until(async () => {
      const approval = await store.get(id);
      return approval?.state === state ? approval : null;
    });
  const dead = (approval: string): Promise<Record<string, unknown>> =>
    until(async () => {
      const { json } = await control.get('/v1/notifications?state=dead&limit=100', 'root');
      return json.items.find((item) => item['approval'] === approval);
    });

  it('a webhook is told of a question, signed, without a value of the target', async () => {
    const id = await ask(600_000);
    const { headers, text, body } = await sent('approval.requested', id);
    expect(body.data).toMatchObject({
      approval: id,
      kind: 'operation',
      state: 'pending',
      target: 'crm',
      verb: 'DELETE',
      requester: 'alice@example.com',
      agents: ['autogen'],
      rules: ['deletes are seen'],
      link: `/v1/approvals/${id}`,
    });
    expect(text).not.toContain(HIDDEN);
    expect(text).not.toContain('customers');
    const at = Number(headers['webhook-timestamp']) * 1000;
    const message = { id: String(headers['webhook-id']), at, body: text };
    expect(headers).toMatchObject(signatureHeaders(message, secret));
  });

  it('a question that nobody answers expires by itself, in the record first', async () => {
    const id = await ask(400);
    await inState(id, 'expired');
    const events = control.ownEvents().filter((event) => event.kind === 'approval.expired' && event.approval === id);
    expect(events.length).toBeGreaterThanOrEqual(1);
    expect((await sent('approval.expired', id)).body.data.state).toBe('expired');
  });

  it('reviewers are reminded once, where the rule says so', async () => {
    const id = await ask(600_000, 300);
    await sent('approval.reminder', id);
    expect(received.filter(({ body }) => body.type === 'approval.reminder' && body.data.approval === id)).toHaveLength(
      1,
    );
    const rows = await controlDatabase.query(
      `SELECT 1 FROM notification WHERE approval = $1 AND kind = 'reminder' AND webhook IS NULL`,
      [id],
    );
    expect(rows).toHaveLength(1);
  });

  it('of an emergency everybody is told, and of its review that is late', async () => {
    const id = ulid(Date.now());
    await store.breakGlass({
      id,
      requester,
      scope: { targets: ['crm'] },
      duration: 60_000,
      reviewWithin: 1_000,
      reason: `because of ${HIDDEN}`,
      incident: 'INC-1',
      unmask: [],
      policy: 'sha256:p',
    });
    const broken = await sent('break-glass.broken', id);
    expect(broken.text).not.toContain(HIDDEN);
    await sent('break-glass.reminder', id);
    expect((await sent('break-glass.overdue', id)).body.data.reviewDue).not.toBeNull();
    // the other webhook may not reach this machine: it waits for its next attempt and says why
    const waiting = await until(async () => {
      const { json } = await control.get('/v1/notifications?state=pending&limit=100', 'root');
      return json.items.find(
        (item) => item['webhook'] === 'outside' && item['approval'] === id && item['lastError'] !== null,
      );
    });
    expect(waiting['lastError']).toContain('loopback');
  });

  it('a receiver that wants no more makes a dead letter, which an administrator sends again', async () => {
    status = 410;
    const id = await ask(600_000);
    const letter = await dead(id);
    expect(letter).toMatchObject({ state: 'dead', attempts: 1, lastError: 'answered 410', webhook: 'inbox' });
    for (const [who, expected] of [
      ['alice', 403],
      ['carol', 403],
      ['dave', 403],
    ] as const)
      expect((await control.call('POST', `/v1/notifications/${String(letter['id'])}/retry`, who)).status).toBe(
        expected,
      );
    expect((await control.get('/v1/notifications', 'alice')).status).toBe(403);
    expect((await control.get('/v1/notifications', 'dave')).status).toBe(200);
    expect((await control.call('POST', '/v1/notifications/none/retry', 'root')).status).toBe(404);
    status = 200;
    const again = await control.call('POST', `/v1/notifications/${String(letter['id'])}/retry`, 'root');
    expect(again.status).toBe(200);
    expect((await sent('approval.requested', id)).headers['webhook-id']).toBe(letter['id']);
    const done = await until(async () => {
      const answer = await control.call('POST', `/v1/notifications/${String(letter['id'])}/retry`, 'root');
      return answer.status === 409 ? answer : null;
    });
    expect(done.json['detail']).toContain('only a dead one');
  });

  it('a receiver that fails is tried again later, and its last failure is a dead letter', async () => {
    status = 500;
    const id = await ask(600_000);
    const first = await until(async () => {
      const { json } = await control.get('/v1/notifications?state=pending&limit=100', 'root');
      return json.items.find((item) => item['approval'] === id && item['lastError'] !== null);
    });
    expect(first).toMatchObject({ attempts: 1, lastError: 'answered 500' });
    const wait = new Date(String(first['nextAttempt'])).getTime() - new Date(String(first['at'])).getTime();
    expect(wait).toBeGreaterThan(11_000);
    expect(wait).toBeLessThan(60_000);
    // seven attempts are behind it and the eighth is due
    await controlDatabase.query(`UPDATE notification SET attempts = 7, next_at = clock_timestamp() WHERE id = $1`, [
      first['id'],
    ]);
    control.app.get(BackgroundWork).changed(id);
    expect(await dead(id)).toMatchObject({ attempts: 8, lastError: 'answered 500' });
  });

  it('are derived again from the rows when the queue forgot everything', async () => {
    const [reminded, expiring] = [await ask(600_000, 3_000), await ask(4_000)];
    await sent('approval.requested', reminded);
    await sent('approval.requested', expiring);
    if (redis) await redis.flush();
    else {
      const client = new Client({ connectionString: postgres.superuserUrl });
      await client.connect();
      await client.query('DELETE FROM bullmq.job');
      await client.end();
    }
    control.app.get(BackgroundWork).changed(null);
    await sent('approval.reminder', reminded);
    await inState(expiring, 'expired');
    await sent('approval.expired', expiring);
  });

  it('what happened while nobody was there is made up for at the next start', async () => {
    await control.stop();
    const id = await ask(100);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await start();
    await sent('approval.requested', id);
    await inState(id, 'expired');
    await sent('approval.expired', id);
  });

  it('are measured', async () => {
    const text = await until(async () => {
      const answer = await control.app.inject({ method: 'GET', url: '/metrics' });
      return answer.body.includes('sallyport_queue_up{process="control-api"} 1') ? answer.body : null;
    });
    expect(text).toMatch(/sallyport_notifications_dead\{process="control-api"\} [1-9]/);
    expect(text).toMatch(/sallyport_notifications_sent_total\{.*webhook="inbox".*\} [1-9]/);
    expect(text).toContain('sallyport_notifications_pending');
  });

  if (kind === 'Redis') {
    it('a Redis that dies delays and loses nothing', async () => {
      await redis!.kill();
      const id = await ask(1_000);
      await new Promise((resolve) => setTimeout(resolve, 200));
      await redis!.start();
      await sent('approval.requested', id);
      await inState(id, 'expired');
    });

    it('without Redis the API serves and approvals expire; once it is there, the rest follows', async () => {
      await redis!.kill();
      await control.stop();
      const id = await ask(100);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await start();
      await inState(id, 'expired');
      expect((await control.get('/v1/notifications', 'root')).status).toBe(200);
      expect((await control.app.inject({ method: 'GET', url: '/metrics' })).body).toContain(
        'sallyport_queue_up{process="control-api"} 0',
      );
      expect(received.some(({ body }) => body.data.approval === id)).toBe(false);
      await redis!.start();
      await sent('approval.requested', id);
      await sent('approval.expired', id);
    });
  }
});
