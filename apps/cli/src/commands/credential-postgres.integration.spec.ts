import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testAuthority } from '../../../../test/support/certificates.js';
import { runCli } from '../run-cli.js';
import { AnsweringApi } from '../testing/answering-api.js';
import { credentialPostgresCommand } from './credential-postgres.command.js';

const ca = '-----BEGIN CERTIFICATE-----\n';
const secret = 'S'.repeat(43);

/** What the control API mints: `lives` ms. */
const minted = (name: string, lives: number) => ({
  name: `sp_${name.repeat(22)}`,
  secret,
  target: 'crm',
  host: 'db.example.com',
  port: 6432,
  database: 'crm',
  mintedAt: new Date(Date.now() - 1_000).toISOString(),
  expiresAt: new Date(Date.now() + lives).toISOString(),
  ca,
});

describe('sallyport credential postgres', () => {
  let api: AnsweringApi;
  let answers: Record<string, unknown>;

  beforeEach(async () => {
    answers = { 'POST /v1/credentials': minted('a', 3_600_000) };
    api = await AnsweringApi.start(testAuthority('Credentials'), answers);
  });
  afterEach(() => api.stop());

  /** In a home of its own. */
  const run = async (...args: string[]) => {
    let out = '';
    let err = '';
    const code = await runCli([credentialPostgresCommand], ['credential', 'postgres', ...args], {
      env: {
        SALLYPORT_URL: api.url,
        SALLYPORT_CA: join(api.folder, 'ca.pem'),
        SALLYPORT_TOKEN: 't',
        SALLYPORT_HOME: api.folder,
        HOME: api.folder,
      },
      cwd: api.folder,
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    });
    return { code, out, err };
  };

  it.each([
    ['no target', [], 'the target is missing'],
    ['an unknown format', ['crm', '--format', 'xml'], '--format xml: one of dsn'],
    ['nothing to write', ['crm', '--write'], '--write goes with'],
  ])('refuses %s, before it asks anybody', async (_, args, message) => {
    const said = await run(...args);
    expect([said.code, said.out]).toEqual([2, '']);
    expect(said.err).toContain(message);
    expect(api.asked).toEqual([]);
  });

  it('mints once for as long as it lasts, for its own person alone, and again when told to or asked for other things', async () => {
    expect((await run('crm', '--format', 'password')).out).toBe(`${secret}\n`);
    expect((await run('crm')).out).toContain(`postgresql://sp_${'a'.repeat(22)}:${secret}@db.example.com:6432/crm`);
    expect(api.sent).toEqual([{ target: 'crm' }]);
    const kept = join(api.folder, 'minted');
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(kept)) expect(statSync(join(kept, file)).mode & 0o777).toBe(0o600);
    await run('crm', '--ttl', '2h', '--networks', '10.0.0.0/8, 192.168.1.7', '--purpose', 'report');
    await run('crm', '--networks', 'mine');
    await run('crm', '--fresh');
    expect(api.sent.slice(1)).toEqual([
      { target: 'crm', ttl: '2h', networks: ['10.0.0.0/8', '192.168.1.7'], purpose: 'report' },
      { target: 'crm', networks: 'mine' },
      { target: 'crm' },
    ]);
  });

  it('mints anew where the kept one has less than five minutes to live', async () => {
    answers['POST /v1/credentials'] = { ...minted('a', 299_000), mintedAt: '2026-01-01T00:00:00.000Z' };
    await run('crm');
    await run('crm');
    expect(api.sent).toHaveLength(2);
  });

  it('mints one when two commands ask at once', async () => {
    const both = await Promise.all([run('crm'), run('crm')]);
    expect(both[0].out).toBe(both[1].out);
    expect(api.sent).toHaveLength(1);
  });

  it('prints the token itself and mints nothing where that is the password', async () => {
    expect((await run('crm', '--format', 'token')).out).toBe('t\n');
    expect(api.asked).toEqual([]);
  });

  it('writes a line of the password file before all others, in place of its earlier one, for the owner only', async () => {
    const file = join(api.folder, '.pgpass');
    writeFileSync(file, 'db.example.com:6432:*:*:hunter2\n', { mode: 0o644 });
    expect((await run('crm', '--format', 'pgpass', '--write')).out).toContain('psql "host=db.example.com port=6432');
    answers['POST /v1/credentials'] = minted('b', 3_600_000);
    await run('crm', '--format', 'pgpass', '--write', '--fresh');
    expect(readFileSync(file, 'utf8')).toBe(
      `db.example.com:6432:crm:sp_${'b'.repeat(22)}:${secret}\ndb.example.com:6432:*:*:hunter2\n`,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('writes a section of the service file, and leaves the others as they are', async () => {
    const file = join(api.folder, '.pg_service.conf');
    writeFileSync(file, '[sallyport-crm]\nhost=old\n\n[mine]\nhost=localhost\n');
    await run('crm', '--format', 'service', '--write');
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^\[mine\]\nhost=localhost\n\n\[sallyport-crm\]\nhost=db\.example\.com\n/);
    expect(text).not.toContain('host=old');
  });

  it('says what the control API says', async () => {
    delete answers['POST /v1/credentials'];
    expect(await run('crm')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Not found') as string });
  });
});
