import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditDatabase, ensureLogins, runMigrations, TargetCheckStore } from '@app/store';
import type { TargetReport } from '@app/targets';
import { startIssuer, type TestIssuer } from '../../../../test/support/issuer.js';
import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { RunningControl } from '../testing/running-control.js';

let postgres: TestPostgres;
let issuer: TestIssuer;
let control: RunningControl;
let gateway: AuditDatabase;
let store: TargetCheckStore;
const folder = mkdtempSync(join(tmpdir(), 'sallyport-control-'));

beforeAll(async () => {
  [postgres, issuer] = await Promise.all([startPostgres(), startIssuer()]);
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [
    { name: 'gateway_login', password: 'x', group: 'gateway' },
    { name: 'control_login', password: 'x', group: 'control' },
  ]);
  const [gatewayUrl, controlUrl] = [postgres.urlFor('gateway_login'), postgres.urlFor('control_login')];
  control = await RunningControl.start({ folder, issuer, gatewayUrl, controlUrl });
  gateway = new AuditDatabase(gatewayUrl, 1);
  store = new TargetCheckStore(gateway);
});
afterAll(async () => {
  await gateway?.close();
  await control?.stop();
  await issuer?.stop();
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const report = (what: string): TargetReport => ({
  target: 'crm',
  protocol: 'postgres',
  at: '2026-01-01T00:00:00.000Z',
  server: 'PostgreSQL 18.1 at db:5432',
  findings: [
    { code: 'superuser', severity: 'error', what, why: 'because', sql: ['ALTER ROLE "x" NOSUPERUSER;'], setting: null },
  ],
});

describe('what the check of a target found', () => {
  it('is for administrators, and for targets there are', async () => {
    for (const name of ['alice', 'carol', 'dave'])
      expect((await control.get('/v1/targets/crm/check', name)).status).toBe(403);
    expect((await control.get('/v1/targets/nowhere/check', 'root')).status).toBe(404);
  });

  it('is nothing before a gateway has looked, and then each gateway’s own with its age', async () => {
    expect((await control.get('/v1/targets/crm/check', 'root')).json).toEqual({
      target: 'crm',
      fresh: false,
      checks: [],
    });
    await store.save(report('an old finding'), 'postgres-gateway on one');
    await store.save(report('role x is a superuser'), 'postgres-gateway on one');
    await store.save(report('another'), 'postgres-gateway on two');
    const { json } = await control.get('/v1/targets/crm/check', 'root');
    expect(json['checks']).toMatchObject([
      { gateway: 'postgres-gateway on two', findings: [{ what: 'another' }] },
      { gateway: 'postgres-gateway on one', server: 'PostgreSQL 18.1 at db:5432', findings: [{ code: 'superuser' }] },
    ]);
  });

  it('is asked of the gateways anew, which answer once', async () => {
    expect(await store.wished('postgres-gateway on one')).toEqual([]);
    const asked = control.call('POST', '/v1/targets/crm/check', 'root');
    for (const end = Date.now() + 10_000; (await store.wished('postgres-gateway on one')).length === 0;)
      if (Date.now() > end) throw new Error('nobody asked');
    await store.save(report('a new finding'), 'postgres-gateway on one');
    const { status, json } = await asked;
    expect([status, json['fresh']]).toEqual([200, true]);
    expect(json['checks']).toMatchObject([{ findings: [{ what: 'a new finding' }] }, {}]);
    expect(await store.wished('postgres-gateway on one')).toEqual([]);
    expect(await store.wished('postgres-gateway on two')).toEqual(['crm']);
  });

  it('is written by gateways only, and asked for by the control API only', async () => {
    await expect(execute(postgres.urlFor('control_login'), 'DELETE FROM target_check')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(
      execute(postgres.urlFor('gateway_login'), "INSERT INTO target_check_wish (target) VALUES ('crm')"),
    ).rejects.toMatchObject({ code: '42501' });
  });
});
