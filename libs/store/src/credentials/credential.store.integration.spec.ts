import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { AuditDatabase } from '../audit-database.js';
import { runMigrations } from '../data-source.js';
import { ensureLogins } from '../logins.js';
import { CredentialStore } from './credential.store.js';
import { type NewCredential, TooManyCredentials } from './stored-credential.js';

let postgres: TestPostgres;
let databases: AuditDatabase[];
let gateway: CredentialStore;
let control: CredentialStore;
let made = 0;

const url = (login: 'gateway' | 'control' | 'reader'): string => postgres.urlFor(`${login}_login`);
const by = { iss: 'i', sub: 's', user: 'root@example.com' };
const hour = 3_600_000;

/** A legal credential of a person. */
function minted(person: string, over: Partial<NewCredential> = {}): NewCredential {
  made += 1;
  const base64 = `${'A'.repeat(43)}=`;
  return {
    name: `sp_${String(made).padStart(22, '0')}`,
    target: 'crm',
    verifier: `SCRAM-SHA-256$4096:c2FsdHNhbHQ=$${base64}:${base64}`,
    principal: {
      iss: 'https://issuer.example',
      sub: `${person}-sub`,
      user: `${person}@example.com`,
      groups: ['analysts'],
      act: ['autogen'],
      azp: 'autogen',
      purpose: 'support',
      claims: { region: ['eu'] },
      acr: null,
      authTime: 1_700_000_000_000,
    },
    notAfter: Date.now() + hour,
    networks: ['10.0.0.0/8'],
    purpose: 'nightly report',
    ...over,
  };
}

beforeAll(async () => {
  postgres = await startPostgres();
  await runMigrations(postgres.url);
  await ensureLogins(
    postgres.url,
    (['gateway', 'control', 'reader'] as const).map((group) => ({ name: `${group}_login`, password: 'x', group })),
  );
  databases = [new AuditDatabase(url('gateway')), new AuditDatabase(url('control'), 8)];
  [gateway, control] = databases.map((database) => new CredentialStore(database)) as [CredentialStore, CredentialStore];
});

afterAll(async () => {
  for (const database of databases) await database.close();
  await postgres.stop();
});

describe('a minted credential', () => {
  it('is found by gateways as it was minted, the agent that minted it included', async () => {
    const credential = minted('alice');
    await control.mint(credential, 10);
    const { purpose: _, ...known } = credential;
    expect(await gateway.find(credential.name)).toEqual(known);
    expect(await gateway.find('sp_nobody')).toBeNull();
  });

  it('is not found once it is revoked, is denied by its name, and stays revoked', async () => {
    const credential = minted('alice');
    await control.mint(credential, 10);
    expect(await gateway.revoked()).not.toContainEqual(expect.objectContaining({ value: credential.name }));
    expect(await control.revoke(credential.name, by)).toBe(true);
    expect(await gateway.find(credential.name)).toBeNull();
    expect(await gateway.revoked()).toContainEqual({
      iss: 'https://issuer.example',
      kind: 'jti',
      value: credential.name,
      expires: null,
    });
    expect(await control.revoke(credential.name, by)).toBe(false);
    expect(await control.get(credential.name)).toMatchObject({ revokedBy: by, revokedAt: expect.any(Date) as Date });
    await expect(
      execute(
        url('control'),
        'UPDATE credential SET revoked_at = NULL, revoked_by = NULL WHERE revoked_at IS NOT NULL',
      ),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('is one of so many that a person may have, whoever races', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => control.mint(minted('bob'), 5)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    for (const attempt of attempts)
      if (attempt.status === 'rejected') expect(attempt.reason).toBeInstanceOf(TooManyCredentials);
    expect(await control.live('https://issuer.example', 'bob-sub')).toBe(5);
    const { items } = await control.list({ visibleTo: null, limit: 100 });
    await control.revoke(items.find(({ principal }) => principal.sub === 'bob-sub')!.name, by);
    await expect(control.mint(minted('bob'), 5)).resolves.toMatchObject({ target: 'crm' });
  });

  it('is listed to its own person page by page, newest first, and without its verifier', async () => {
    const mine: string[] = [];
    for (let at = 0; at < 5; at += 1) mine.unshift((await control.mint(minted('carol'), 10)).name);
    const visibleTo = { iss: 'https://issuer.example', sub: 'carol-sub' };
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await control.list({ visibleTo, limit: 2, cursor });
      found.push(...page.items.map(({ name }) => name));
      expect(JSON.stringify(page)).not.toContain('SCRAM');
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect([...found].sort()).toEqual([...mine].sort());
    await expect(control.list({ visibleTo, limit: 2, cursor: 'x' })).rejects.toThrow('cursor');
    expect((await control.list({ visibleTo, limit: 9, liveAt: new Date(Date.now() + 2 * hour) })).items).toEqual([]);
  });

  it.each([
    ['an ended one', { notAfter: Date.now() - 1 }],
    ['one for two months', { notAfter: Date.now() + 60 * 24 * hour }],
    ['a name that tells something', { name: 'sp_alice' }],
    ['a password where the verifier belongs', { verifier: 'hunter2' }],
  ])('the database refuses %s', async (_, over) => {
    await expect(control.mint(minted('erin', over), 10)).rejects.toMatchObject({ code: '23514' });
  });
});

describe('rights', () => {
  const insert = `INSERT INTO credential (name, target, verifier, principal, networks, not_after)
    SELECT 'sp_' || repeat('z', 22), 'crm', 'v', '{}', '{}', now() + interval '1 hour'`;

  it.each([
    ['a gateway', 'gateway', 'SELECT name FROM credential'],
    ['a gateway', 'gateway', 'SELECT verifier FROM credential'],
    ['a gateway', 'gateway', insert],
    ['a gateway', 'gateway', 'UPDATE credential SET revoked_at = now()'],
    ['the control API', 'control', 'SELECT verifier FROM credential'],
    ['the control API', 'control', `SELECT credential_find('sp_x')`],
    ['the control API', 'control', `UPDATE credential SET not_after = now() + interval '1 year'`],
    ['the control API', 'control', `UPDATE credential SET principal = '{}'`],
    ['the control API', 'control', 'DELETE FROM credential'],
    ['the control API', 'control', 'TRUNCATE credential'],
    ['a reader', 'reader', 'SELECT verifier FROM credential'],
    ['a reader', 'reader', `SELECT credential_find('sp_x')`],
    ['a reader', 'reader', 'SELECT * FROM credential_revocations()'],
    ['a reader', 'reader', insert],
  ] as const)('%s may not (%s): %s', async (_, login, sql) => {
    await expect(execute(url(login), sql)).rejects.toMatchObject({ code: '42501' });
  });

  it('a credential that ended a month ago is forgotten when another one is minted', async () => {
    const old = minted('frank');
    await control.mint(old, 10);
    await execute(
      postgres.superuserUrl,
      `UPDATE credential SET minted_at = now() - interval '40 days', not_after = now() - interval '35 days', revoked_at = now(),
         revoked_by = '{}' WHERE name = '${old.name}'`,
    );
    await control.mint(minted('frank'), 10);
    expect(await control.get(old.name)).toBeNull();
  });
});
