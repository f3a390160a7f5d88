import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keptCertificates } from './certificates.js';

const day = 86_400_000;
const now = Date.UTC(2026, 5, 1);

describe('certificates of a home', () => {
  let home: string;
  const keep = (at: number) => keptCertificates(home, join(home, 'tls'), at);

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'sallyport-certificates-'));
    mkdirSync(join(home, 'tls'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('are kept while they last, and made anew 30 days before they end', () => {
    expect(keep(now).renewed).toBe(true);
    const first = readFileSync(keep(now).certificate, 'utf8');
    expect(keep(now + 365 * day).renewed).toBe(false);
    expect(keep(now + 367 * day).renewed).toBe(true);
    expect(readFileSync(keep(now + 367 * day).certificate, 'utf8')).not.toBe(first);
  });

  it('keep their authority when only the server is renewed, so that clients need not be told', () => {
    const ca = readFileSync(keep(now).ca, 'utf8');
    const later = keep(now + 390 * day);
    expect(readFileSync(later.ca, 'utf8')).toBe(ca);
    expect(new X509Certificate(readFileSync(later.certificate)).verify(new X509Certificate(ca).publicKey)).toBe(true);
  });

  it('are made anew when a key does not belong to its certificate', () => {
    const { key } = keep(now);
    writeFileSync(key, 'damaged');
    expect(keep(now).renewed).toBe(true);
    expect(keep(now).renewed).toBe(false);
  });

  it('end with their authority, so that a kubeconfig can be made from the file', () => {
    const { ca, certificate } = keep(now);
    expect(readFileSync(certificate, 'utf8').endsWith(readFileSync(ca, 'utf8'))).toBe(true);
    writeFileSync(certificate, new X509Certificate(readFileSync(certificate)).toString());
    expect(keep(now).renewed).toBe(true);
  });

  it('have keys that only the owner reads', () => {
    expect(statSync(keep(now).key).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, 'tls', 'ca.key')).mode & 0o777).toBe(0o600);
  });
});
