import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseScramVerifier, scramVerifier } from '@app/identity';
import { AuditDatabase, CredentialStore, ensureLogins, runMigrations } from '@app/store';
import { startIssuer, type TestIssuer } from '../../../../test/support/issuer.js';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { type Answer, RunningControl } from '../testing/running-control.js';

let postgres: TestPostgres;
let issuer: TestIssuer;
let control: RunningControl;
let database: AuditDatabase;
/** as a gateway asks */
let known: CredentialStore;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-credentials-'));

const mint = (as: string, body: object = {}): Promise<Answer> =>
  control.call('POST', '/v1/credentials', as, { target: 'crm', ...body });
const revoke = (as: string, name: unknown): Promise<Answer> =>
  control.call('DELETE', `/v1/credentials/${String(name)}`, as);

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [
    { name: 'gateway_login', password: 'x', group: 'gateway' },
    { name: 'control_login', password: 'x', group: 'control' },
  ]);
  const [gatewayUrl, controlUrl] = [postgres.urlFor('gateway_login'), postgres.urlFor('control_login')];
  database = new AuditDatabase(gatewayUrl);
  known = new CredentialStore(database);
  control = await RunningControl.start({ folder, issuer, gatewayUrl, controlUrl });
});

afterAll(async () => {
  await control?.stop();
  await database?.close();
  await issuer?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('minting', () => {
  it.each([
    ['nobody', null, {}, 401, 'unauthenticated'],
    ['a target that does not exist', 'alice', { target: 'nowhere' }, 404, 'not-found'],
    ['a cluster', 'alice', { target: 'prod' }, 400, 'bad-request'],
    ['longer than the configuration allows', 'alice', { ttl: '13h' }, 400, 'bad-request'],
    ['no time', 'alice', { ttl: '0s' }, 400, 'bad-request'],
    ['a time without a unit', 'alice', { ttl: '60' }, 400, 'bad-request'],
    ['a network that is none', 'alice', { networks: ['10.0.0.1/8'] }, 400, 'bad-request'],
    ['an empty list of networks', 'alice', { networks: [] }, 400, 'bad-request'],
    ['networks of somebody else', 'alice', { networks: 'theirs' }, 400, 'bad-request'],
    ['for somebody else', 'alice', { user: 'root@example.com' }, 400, 'bad-request'],
    ['with groups of its own', 'alice', { groups: ['platform'] }, 400, 'bad-request'],
  ])('refuses %s', async (_, as, body, status, code) => {
    const answer = await control.call('POST', '/v1/credentials', as, { target: 'crm', ...body });
    expect(answer).toMatchObject({ status, json: { code } });
  });

  it('says how long it may be', async () => {
    expect((await mint('alice', { ttl: '2d' })).json['detail']).toContain('at most 12h (credentials.maxTtl');
  });

  it('gives a name and a secret once, of which only the verifier is kept, in the record before the answer', async () => {
    const before = Date.now();
    const token = control.tokenOf('alice', { act: { sub: 'autogen' }, purpose: 'support' });
    const { status, json } = await mint(token, { ttl: '2h', purpose: 'nightly report', networks: ['10.0.0.0/8'] });
    expect(status).toBe(201);
    expect(json).toMatchObject({
      name: expect.stringMatching(/^sp_[0-9A-Za-z]{22}$/) as string,
      secret: expect.stringMatching(/^[\w-]{43}$/) as string,
      target: 'crm',
      user: 'alice@example.com',
      act: ['autogen'],
      networks: ['10.0.0.0/8'],
      purpose: 'nightly report',
      host: 'localhost',
      port: 6432,
      database: 'crm',
      dsn: `postgresql://${String(json['name'])}@localhost:6432/crm?sslmode=verify-full`,
      ca: 'the authority\n',
    });
    const expiresAt = Date.parse(String(json['expiresAt']));
    expect(expiresAt).toBeGreaterThanOrEqual(before + 2 * 3_600_000);
    expect(expiresAt).toBeLessThanOrEqual(Date.now() + 2 * 3_600_000);
    const kept = await known.find(String(json['name']));
    expect(kept).toMatchObject({
      target: 'crm',
      notAfter: expiresAt,
      networks: ['10.0.0.0/8'],
      principal: {
        iss: issuer.url,
        sub: 'alice-sub',
        user: 'alice@example.com',
        groups: ['analysts'],
        act: ['autogen'],
        purpose: 'support',
      },
    });
    const verifier = parseScramVerifier(kept!.verifier)!;
    expect(scramVerifier(String(json['secret']), verifier.salt, verifier.iterations)).toEqual(verifier);
    const event = control.ownEvents().find(({ kind }) => kind === 'credential.minted');
    expect(event?.body).toMatchObject({
      by: { sub: 'alice-sub', act: ['autogen'] },
      credential: json['name'],
      target: 'crm',
      ttl: 2 * 3_600_000,
      networks: ['10.0.0.0/8'],
    });
    expect(JSON.stringify(control.ownEvents())).not.toContain(json['secret']);
    expect(JSON.stringify(control.ownEvents())).not.toContain('SCRAM');
  });

  it('binds to the address of the request where asked to', async () => {
    const { json } = await mint('bob', { networks: 'mine' });
    expect(json['networks']).toEqual(['127.0.0.1']);
  });

  it('outlives the token by its own time, an hour unless said otherwise', async () => {
    const token = control.tokenOf('bob', { exp: Math.floor(Date.now() / 1000) + 30 });
    const { json } = await mint(token);
    expect(Date.parse(String(json['expiresAt'])) - Date.parse(String(json['mintedAt']))).toBeGreaterThan(3_500_000);
  });

  it('ends at as many as one person may have, and says what to do', async () => {
    const names: unknown[] = [];
    for (let at = 0; at < 5; at += 1) names.push((await mint('carol')).json['name']);
    const refused = await mint('carol');
    expect(refused).toMatchObject({ status: 409, json: { code: 'conflict' } });
    expect(refused.json['detail']).toContain('revoke one');
    expect((await revoke('carol', names[0])).status).toBe(204);
    expect((await mint('carol')).status).toBe(201);
  });

  it('is described in the OpenAPI document', async () => {
    const { json } = await control.get('/openapi.json', null);
    expect(Object.keys(json['paths'] as object)).toEqual(
      expect.arrayContaining(['/v1/credentials', '/v1/credentials/{name}']),
    );
  });
});

describe('seeing and revoking', () => {
  it('shows everyone their own, auditors and administrators all, and nobody a secret or a verifier', async () => {
    const mine = (await mint('bob')).json['name'];
    const names = async (as: string): Promise<unknown[]> => {
      const answer = await control.get('/v1/credentials?limit=100', as);
      expect(JSON.stringify(answer.json)).not.toMatch(/SCRAM|secret|verifier/);
      return answer.json.items.map(({ name }) => name);
    };
    expect(await names('bob')).toContain(mine);
    expect(await names('alice')).not.toContain(mine);
    expect(await names('dave')).toContain(mine);
    expect(await names('root')).toContain(mine);
    expect(control.ownEvents().some(({ kind }) => kind === 'search.ran')).toBe(true);
  });

  it('refuses those who see nothing of it, those who may only see it, and what is no name', async () => {
    const { name } = (await mint('bob')).json;
    expect(await revoke('alice', name)).toMatchObject({ status: 404, json: { code: 'not-found' } });
    expect(await revoke('dave', name)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await revoke('root', 'sp_1')).status).toBe(400);
    expect((await revoke('root', `sp_${'0'.repeat(22)}`)).status).toBe(404);
    expect(await known.find(String(name))).not.toBeNull();
  });

  it.each(['alice', 'root'])(
    'a credential of alice that %s revokes is found no more, and denied by its name',
    async (as) => {
      const { name } = (await mint('alice')).json;
      expect((await revoke(as, name)).status).toBe(204);
      expect(await known.find(String(name))).toBeNull();
      expect(await known.revoked()).toContainEqual(
        expect.objectContaining({ iss: issuer.url, kind: 'jti', value: name }),
      );
      const { items } = (await control.get('/v1/credentials', 'alice')).json;
      expect(items.find((item) => item['name'] === name)).toMatchObject({
        state: 'revoked',
        revokedBy: `${as}@example.com`,
      });
      const live = (await control.get('/v1/credentials?live=true', 'alice')).json.items;
      expect(live.map((item) => item['name'])).not.toContain(name);
      expect(
        control
          .ownEvents()
          .filter(({ kind }) => kind === 'credential.revoked')
          .at(-1)?.body,
      ).toMatchObject({
        by: { sub: `${as}-sub` },
        credential: name,
        of: { sub: 'alice-sub' },
      });
      // once more changes nothing
      const events = control.ownEvents().length;
      expect((await revoke(as, name)).status).toBe(204);
      expect(control.ownEvents()).toHaveLength(events);
    },
  );
});
