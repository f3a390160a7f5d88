import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@app/platform';
import { keptCertificates } from './certificates.js';
import { carryRules } from './follow-rules.js';

const target =
  'targets: [{ name: shop, postgres: { host: 127.0.0.1, database: shop, tls: disable }, credential: { user: u } }]\n';
const rest = `identity: { issuers: [{ url: "https://127.0.0.1:9443", audience: sallyport }] }
audit: { journal: { dir: journal }, database: env:AUDIT }
keys: { dir: keys }
tls: { certificate: file:server.pem, key: file:server.key }
`;
const rule = (name: string) => `rules: [{ name: ${name}, on: { target: shop, does: [read] }, effect: allow }]\n`;
const environment = { AUDIT: 'postgresql://u@127.0.0.1/audit' };

describe('rules of one’s own, changed while Sallyport runs', () => {
  let folder: string;
  let file: string;
  let running: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-rules-'));
    file = join(folder, 'own.yaml');
    running = join(folder, 'sallyport.yaml');
    keptCertificates(folder, folder, Date.now());
    writeFileSync(file, target + rule('first'));
    writeFileSync(running, target + rest + rule('first'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const names = () => loadConfig(running, environment).rules.map(({ name }) => name);

  it('stay as they were when the file cannot be used', () => {
    const before = readFileSync(running, 'utf8');
    writeFileSync(file, `${target}rules: [{ nome: x }]\n`);
    expect(() => carryRules(file, running, environment)).toThrow('own.yaml:2: rules[0].nome');
    expect(readFileSync(running, 'utf8')).toBe(before);
  });

  it('stay as they were when the running configuration could not be used with them', () => {
    const before = target + rule('first');
    writeFileSync(running, before);
    writeFileSync(file, target + rule('second'));
    expect(() => carryRules(file, running, environment)).toThrow('identity: is missing');
    expect(readFileSync(running, 'utf8')).toBe(before);
  });

  it('are carried over, and nothing else of the file', () => {
    writeFileSync(file, target.replace('database: shop', 'database: other') + rule('second'));
    carryRules(file, running, environment);
    expect(names()).toEqual(['second']);
    expect(loadConfig(running, environment).targets[0]).toMatchObject({ postgres: { database: 'shop' } });
    expect(readdirSync(folder).filter((name) => name.startsWith('sallyport'))).toEqual(['sallyport.yaml']);
  });

  it('are none when the file with targets has none any more', () => {
    writeFileSync(file, target);
    carryRules(file, running, environment);
    expect(names()).toEqual([]);
  });
});
