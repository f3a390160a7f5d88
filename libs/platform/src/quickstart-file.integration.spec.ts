import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readQuickstartFile, writeQuickstartFile, type QuickstartFile } from './quickstart-file.js';

const file: QuickstartFile = {
  version: 1,
  pid: 4711,
  home: '/home/x/.sallyport',
  config: '/home/x/.sallyport/sallyport.yaml',
  ca: '/home/x/.sallyport/ca.pem',
  postgres: { host: '127.0.0.1', port: 6432, tls: 'required' },
  kubernetes: null,
  control: { url: 'https://127.0.0.1:8080', openapi: '/openapi.json', ready: '/health/ready' },
  metrics: ['https://127.0.0.1:8080/metrics'],
  issuer: { url: 'https://127.0.0.1:9443', audience: 'sallyport', clientId: 'sallyport-cli' },
  people: [
    {
      name: 'alice',
      user: 'alice@example.com',
      groups: ['analysts'],
      roles: ['requester'],
      agent: null,
      token: 't',
      expiresAt: '2026-01-01T00:00:00.000Z',
      kubeconfig: null,
    },
  ],
  targets: [
    {
      name: 'crm',
      kind: 'postgres',
      dsn: 'postgresql://127.0.0.1:6432/crm?sslmode=verify-full',
      direct: { url: 'postgresql://a:b@127.0.0.1:1/crm', superuserUrl: null, log: null },
      protected: ['crm.public.customers.email'],
    },
  ],
  audit: { readerUrl: null, superuserUrl: null, journals: [] },
  queue: 'postgres',
  processes: { 'postgres-gateway': [4720, 4721], 'control-api': [4722] },
};

describe('quickstart.json', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const path = join(folder, 'quickstart.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is not written in another form, and nothing is left behind', () => {
    expect(() => writeQuickstartFile(path, { ...file, pid: -1 })).toThrow();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is read back as written, and only by its owner', () => {
    writeQuickstartFile(path, file);
    writeQuickstartFile(path, { ...file, pid: 4712 });
    expect(readQuickstartFile(path)).toEqual({ ...file, pid: 4712 });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['quickstart.json']);
  });
});
