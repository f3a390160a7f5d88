import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { loadPartialConfig } from '@app/platform';
import type { PartialConfig, TargetConfig } from '@app/platform';
import { clusterAddress, hostsOf } from '@app/targets';
import { Document, isMap, isScalar, parseDocument, visit } from 'yaml';
import type { GivenCluster } from './given-cluster.js';
import { isLoopback } from './ports.js';
import { QuickstartError } from './quickstart.error.js';

/** The configuration a person brings, or an empty one; `has` speaks of what the file itself says. */
export interface OwnConfiguration {
  readonly file: string | null;
  readonly parsed: PartialConfig | null;
  /** with references made absolute, since it is read again from the home */
  readonly document: Document;
  has(...path: string[]): boolean;
}

/** @throws ConfigError listing every problem of the file with its line */
export function readOwnConfiguration(file: string | null, environment: NodeJS.ProcessEnv): OwnConfiguration {
  if (file === null) return { file, parsed: null, document: new Document({}), has: () => false };
  const parsed = loadPartialConfig(file, environment);
  const document: Document = parseDocument(readFileSync(file, 'utf8'));
  makeAbsolute(document, dirname(file));
  return { file, parsed, document, has: (...path) => document.hasIn(path) };
}

function makeAbsolute(document: Document, folder: string): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && node.value.startsWith('file:'))
        node.value = `file:${resolve(folder, node.value.slice('file:'.length))}`;
    },
  });
  for (const path of [
    ['audit', 'journal', 'dir'],
    ['keys', 'dir'],
  ]) {
    const node = document.getIn(path, true);
    if (isScalar(node) && typeof node.value === 'string' && !node.value.startsWith('file:') && !isAbsolute(node.value))
      node.value = resolve(folder, node.value);
  }
}

/** The parts that Sallyport brings itself where the file does not. */
export interface Embedded {
  readonly issuer: boolean;
  readonly audit: boolean;
  readonly sample: boolean;
  readonly tls: boolean;
  /** there is a cluster among the targets */
  readonly clusters: boolean;
}

/**
 * Decides what is embedded, and refuses what must not be.
 * @throws QuickstartError naming what production lacks, or what keeps the development issuer from starting
 */
export function decideEmbedded(
  own: OwnConfiguration,
  given: GivenCluster | null,
  development: boolean,
  production: boolean,
): Embedded {
  const clusters = given !== null || (own.parsed?.targets ?? []).some(({ kind }) => kind === 'kubernetes');
  const listeners = ['postgres', 'control', ...(clusters ? ['kubernetes'] : [])];
  const tls = !own.has('tls') && !listeners.every((listener) => own.has('listen', listener, 'tls'));
  const embedded = {
    issuer: !own.has('identity', 'issuers'),
    audit: !own.has('audit'),
    sample: !own.has('targets'),
    tls,
    clusters,
  };
  if (production) expectComplete(own, embedded);
  if (embedded.issuer && !development) expectLoopback(own, given);
  return embedded;
}

function expectComplete(own: OwnConfiguration, embedded: Embedded): void {
  const missing = [
    ...(embedded.issuer ? ['identity.issuers'] : []),
    ...(embedded.audit ? ['audit'] : []),
    ...(embedded.tls ? ['tls'] : []),
    ...['targets', 'roles', 'listen', 'keys'].filter((section) => !own.has(section)),
  ];
  if (missing.length === 0) return;
  const where = own.file === null ? 'there is no --config, so all of it' : own.file;
  throw new QuickstartError(
    `with --production nothing is embedded or generated; missing in the configuration (${where}): ${missing.join(', ')}`,
  );
}

/** Anyone can be anybody at the development issuer: it must not guard what others can reach, or what is not at hand. */
function expectLoopback(own: OwnConfiguration, given: GivenCluster | null): void {
  const hosts: (readonly [what: string, host: string])[] = [];
  for (const target of own.parsed?.targets ?? [])
    for (const host of hostNamesOf(target)) hosts.push([`target "${target.name}"`, host]);
  if (given !== null) hosts.push([`the cluster of ${given.file}`, hostOfUrl(given.server)]);
  for (const listener of ['postgres', 'kubernetes', 'control'])
    if (own.has('listen', listener, 'host'))
      hosts.push([`listen.${listener}`, String(own.document.getIn(['listen', listener, 'host']))]);
  for (const [what, host] of hosts)
    if (!isLoopback(host))
      throw new QuickstartError(
        `the development issuer lets anybody sign in as anybody, and ${what} is not on loopback (${host}); ` +
          'configure identity.issuers, or start with --development',
      );
}

/** The hosts of a target; of a kubeconfig that cannot be read an empty one. */
function hostNamesOf(target: TargetConfig): readonly string[] {
  if (target.kind === 'postgres') return hostsOf(target.postgres).map(({ host }) => host);
  const { kubeconfig, context } = target.kubernetes;
  return [hostOfUrl(clusterAddress(kubeconfig.reveal(), context)?.server ?? '')];
}

function hostOfUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

/** Writes `value` at `path` unless the file has something there. */
export function complete(document: Document, path: readonly string[], value: unknown): void {
  if (document.hasIn(path)) return;
  const parent = path.slice(0, -1);
  // `listen:` without a value is YAML's null and cannot take keys
  if (parent.length > 0 && !isMap(document.getIn(parent, true))) document.setIn(parent, document.createNode({}));
  document.setIn(path, document.createNode(value));
}
