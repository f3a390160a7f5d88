import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, parseConfig } from './load-config.js';
import type { ConfigReader } from './references.js';
import type { SallyportConfig } from './types.js';

const top = new URL('../../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, top), 'utf8');
const compose = z
  .object({ services: z.record(z.string(), z.looseObject({ secrets: z.string().array().optional() })) })
  .parse(parse(read('docker-compose.yml'), { merge: true }));

/** What the secrets of a container hold. */
function content(name: string): string {
  if (name === 'tls-certificate') return '-----BEGIN CERTIFICATE-----';
  if (name === 'tls-key') return '-----BEGIN PRIVATE KEY-----';
  if (name === 'queue-url') return 'redis://:x@redis:6379/0';
  return name.endsWith('-url') ? `postgresql://${name}:x@postgres/audit` : 'x';
}

function load(service: string, reader: ConfigReader) {
  const mounted = compose.services[service]?.secrets ?? [];
  return parseConfig(read('deploy/compose/sallyport.yaml'), 'sallyport.yaml', {
    env: {},
    folder: '/etc/sallyport',
    reader,
    readFile: (path) => {
      const secret = mounted.find((name) => path === `/run/secrets/${name}`);
      if (secret !== undefined) return content(secret);
      throw Object.assign(new Error(path), { code: 'ENOENT' });
    },
  });
}

function passwordOf({ targets }: SallyportConfig): string | undefined {
  const target = targets.find(({ kind }) => kind === 'postgres');
  return target?.kind === 'postgres' ? target.credential.password?.reveal() : undefined;
}

function kubeconfigOf({ targets }: SallyportConfig): string | undefined {
  const target = targets.find(({ kind }) => kind === 'kubernetes');
  return target?.kind === 'kubernetes' ? target.kubernetes.kubeconfig.reveal() : undefined;
}

describe('the Compose deployment', () => {
  it('gives no container the passwords of another', () => {
    expect(() => load('postgres-gateway', 'postgres-gateway').audit.database.migrations.reveal()).toThrow('ENOENT');
    expect(() => load('kube-gateway', 'kube-gateway').audit.database.control.reveal()).toThrow('ENOENT');
    expect(() => passwordOf(load('control-api', 'control'))).toThrow('ENOENT');
    expect(() => kubeconfigOf(load('control-api', 'control'))).toThrow('ENOENT');
    expect(() => passwordOf(load('kube-gateway', 'kube-gateway'))).toThrow('ENOENT');
    expect(() => kubeconfigOf(load('postgres-gateway', 'postgres-gateway'))).toThrow('ENOENT');
    expect(() => load('migrations', 'migrations').listen.control.tls.key.reveal()).toThrow('ENOENT');
    expect(() => load('migrations', 'postgres-gateway')).toThrow('tls.key');
  });

  it('gives each container what its process needs, and its configuration loads without a warning', () => {
    const gateway = load('postgres-gateway', 'postgres-gateway');
    expect(gateway.warnings).toEqual([]);
    expect(passwordOf(gateway)).toBe('x');
    expect(gateway.audit.database.gateway.reveal()).toContain('audit-gateway-url');
    expect(gateway.listen.postgres.tls.key.reveal()).toContain('PRIVATE KEY');
    const clusters = load('kube-gateway', 'kube-gateway');
    expect(clusters.warnings).toEqual([]);
    expect(kubeconfigOf(clusters)).toBe('x');
    expect(clusters.listen.kubernetes.tls.key.reveal()).toContain('PRIVATE KEY');
    expect(clusters.audit.database.gateway.reveal()).toContain('audit-gateway-url');
    expect(load('control-api', 'control').audit.database.control.reveal()).toContain('audit-control-url');
    expect(load('migrations', 'migrations').audit.database.migrations.reveal()).toContain('audit-migrations-url');
  });

  it('reads the file from its place', () => {
    expect(() => loadConfig(new URL('deploy/compose/none.yaml', top).pathname, {})).toThrow('the file cannot be read');
  });
});
