import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureLogins, runMigrations } from '@app/store';
import { startIssuer, type TestIssuer } from '../../../test/support/issuer.js';
import { execute, startPostgres, type TestPostgres } from '../../../test/support/postgres.js';
import { type Answer, RunningControl } from './testing/running-control.js';

let postgres: TestPostgres;
let issuer: TestIssuer;
let control: RunningControl;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-control-'));

const get = (url: string, as: string | null): Promise<Answer> => control.get(url, as);
const ids = (answer: Answer): unknown[] => answer.json.items.map((item) => item['id']);
const today = new Date().toISOString().slice(0, 10);

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

describe('operations', () => {
  it('hides what is of others from everyone but auditors, administrators included', async () => {
    expect(ids(await get('/v1/operations', 'bob'))).toEqual(['O-lost']);
    expect(ids(await get('/v1/operations', 'root'))).toEqual([]);
    expect(ids(await get('/v1/operations', 'carol'))).toEqual([]);
    expect(ids(await get('/v1/operations?person=alice', 'bob'))).toEqual([]);
    for (const name of ['bob', 'root', 'carol']) expect((await get('/v1/operations/O-read', name)).status).toBe(404);
    // the same e-mail address with another subject is someone else
    expect(ids(await get('/v1/operations', control.tokenOf('alice', { sub: 'other' })))).toEqual([]);
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
    ['decision=deny', ['O-drop']],
    ['decision=hold', []],
    ['verb=drop%20table', ['O-drop']],
    ['verb=drop', []],
    ['effect=read&decision=allow', ['O-commit', 'O-read']],
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
      id: 'O-read',
      session: 'S-alice',
      target: 'crm',
      protocol: 'postgres',
      durationMs: 3.1,
      principal: {
        user: 'alice@example.com',
        groups: ['analysts'],
        act: [],
        purpose: 'support',
        method: 'oidc',
      },
      effect: 'read',
      verb: 'SELECT',
      objects: ['crm.public.customers'],
      classes: ['email'],
      statement: 'SELECT id, email FROM customers WHERE id = $1',
      parameters: ['7'],
      decision: {
        effect: 'allow',
        rules: ['analysts read the CRM'],
        policy: 'sha256:abc',
        approval: null,
      },
      result: {
        status: 'ok',
        rows: 1,
        bytes: 61,
        columns: [
          {
            name: 'id',
            masked: 0,
          },
          {
            name: 'email',
            masked: 1,
          },
        ],
      },
      rows: [['7', '****@example.com']],
      erased: false,
      unreadable: null,
    });
    expect(json['event']).toEqual({ epoch: expect.stringMatching(/^[0-9a-f]{32}$/) as string, n: 2 });
  });

  it('shows what still waits for people to who asked for it by name', async () => {
    expect((await get('/v1/operations/O-held', 'alice')).json).toMatchObject({
      statement: 'SELECT email FROM customers',
      decision: { effect: 'hold', rules: ['bulk export'], approval: 'A-1' },
      result: { status: 'held', complete: false },
    });
    expect((await get('/v1/operations/O-held', 'bob')).status).toBe(404);
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
      id: 'S-agent',
      live: false,
      why: 'client',
      termination: null,
      erased: false,
      principal: {
        user: 'alice@example.com',
        act: ['autogen'],
      },
      client: { application: 'psql' },
      upstream: {
        pid: 99,
        host: 'db',
      },
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
      control.call('POST', `/v1/sessions/${id}/terminate`, as, { reason: 'left the desk' });
    expect((await end('S-alice', 'bob')).status).toBe(404);
    expect((await end('S-alice', 'dave')).json).toMatchObject({ status: 403 });
    expect((await end('S-agent', 'alice')).json).toMatchObject({ status: 409, code: 'conflict' });
    expect((await control.call('POST', '/v1/sessions/S-alice/terminate', 'root', {})).status).toBe(400);
    const own = await end('S-alice', 'alice');
    expect(own.status).toBe(202);
    expect(own.json).toMatchObject({ termination: { by: 'alice@example.com', reason: 'left the desk' } });
    expect((await end('S-bob', 'root')).status).toBe(202);
  });
});

describe('reading the record', () => {
  it('is recorded before it is answered: who, and what', async () => {
    await get('/v1/operations?text=secret-search', 'dave');
    await get('/v1/operations/O-read', 'dave');
    await get('/v1/sessions/S-bob', 'root');
    const bodies = control.ownEvents().slice(-3);
    const by = (name: string): object => ({ iss: issuer.url, sub: `${name}-sub`, user: `${name}@example.com` });
    expect(bodies).toEqual([
      { kind: 'search.ran', body: { by: by('dave'), query: { of: 'operations', text: 'secret-search', limit: 50 } } },
      { kind: 'recording.viewed', body: { by: by('dave'), query: { operation: 'O-read' } } },
      { kind: 'recording.viewed', body: { by: by('root'), query: { session: 'S-bob' } } },
    ]);
    expect(control.ownEvents().map((event) => event.kind)).toContain('session.terminated');
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
