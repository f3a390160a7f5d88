import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, parseConfig } from './load-config.js';
import type { ConfigReader } from './references.js';
import type { SallyportConfig } from './types.js';

const top = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, top), 'utf8');
const compose = z
  .object({ services: z.record(z.string(), z.looseObject({ secrets: z.array(z.string()).optional() })) })
  .parse(parse(read('docker-compose.yml'), { merge: true }));

/** What the secrets of a container hold. */
function content(name: string): string {
  if (name === 'tls-certificate') return '-----BEGIN CERTIFICATE-----';
  if (name === 'tls-key') return '-----BEGIN PRIVATE KEY-----';
  return name.endsWith('-url') ? `postgresql://${name}:x@postgres/audit` : 'x';
}

function load(service: string, reader: ConfigReader) {
  const mounted = compose.services[service]?.secrets ?? [];
  return parseConfig(read('deploy/compose/sallyport.yaml'), 'sallyport.yaml', {
    env: {},
    folder: '/etc/sallyport',
    reader,
    readFile: (path) => {
      const name = path.replace('/run/secrets/', '');
      if (mounted.includes(name)) return content(name);
      throw Object.assign(new Error(path), { code: 'ENOENT' });
    },
  });
}

function passwordOf({ targets: [target] }: SallyportConfig): string | undefined {
  return target?.kind === 'postgres' ? target.credential.password?.reveal() : undefined;
}

describe('the Compose deployment', () => {
  it('gives no container the passwords of another', () => {
    expect(() => load('postgres-gateway', 'gateway').audit.database.migrations.reveal()).toThrow('ENOENT');
    expect(() => passwordOf(load('control-api', 'control'))).toThrow('ENOENT');
    expect(() => load('migrations', 'migrations').listen.control.tls.key.reveal()).toThrow('ENOENT');
    expect(() => load('migrations', 'gateway')).toThrow('tls.key');
  });

  it('gives each container what its process needs, and its configuration loads without a warning', () => {
    const gateway = load('postgres-gateway', 'gateway');
    expect(gateway.warnings).toEqual([]);
    expect(passwordOf(gateway)).toBe('x');
    expect(gateway.audit.database.gateway.reveal()).toContain('audit-gateway-url');
    expect(gateway.listen.postgres.tls.key.reveal()).toContain('PRIVATE KEY');
    expect(load('control-api', 'control').audit.database.control.reveal()).toContain('audit-control-url');
    expect(load('migrations', 'migrations').audit.database.migrations.reveal()).toContain('audit-migrations-url');
  });

  it('reads the file from its place', () => {
    expect(() => loadConfig(new URL('deploy/compose/none.yaml', top).pathname, {})).toThrow('the file cannot be read');
  });
});
