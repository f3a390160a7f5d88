import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { clusterAddress } from '@app/targets';
import { parse, stringify } from 'yaml';
import type { KubeIdentity } from './command-line.js';
import { QuickstartError } from './quickstart.error.js';

/** The cluster of `--kubeconfig FILE`. */
export interface GivenCluster {
  /** name of the target */
  readonly name: string;
  /** the file as given */
  readonly file: string;
  readonly server: string;
  readonly identity: KubeIdentity;
  /** a kubeconfig of this one cluster that needs no other file */
  readonly kubeconfig: string;
}

type Entry = Readonly<Record<string, unknown>>;

/** What a kubeconfig may name as a file, and where its content may stand instead. */
const fileKeys = new Set(['certificate-authority', 'client-certificate', 'client-key']);

/**
 * Reads the current context of a kubeconfig into one that stands alone: files it names are taken in, since the gateway is
 * given a text and no folder.
 * @param name of the target; null: made from the context's
 * @throws QuickstartError naming what is missing, or a credential that only a command could give
 */
export function readGivenCluster(file: string, name: string | null, identity: KubeIdentity): GivenCluster {
  const text = readText(file, `--kubeconfig ${file}`);
  const address = clusterAddress(text);
  if (address === null)
    throw new QuickstartError(`--kubeconfig ${file}: it has no current context that leads to a cluster`, 2);
  const document = asEntry(parse(text));
  const context = asEntry(named(document['contexts'], address.context)['context']);
  const cluster = asEntry(named(document['clusters'], String(context['cluster']))['cluster']);
  const user = asEntry(named(document['users'], String(context['user']))['user']);
  for (const how of ['exec', 'auth-provider'])
    if (how in user)
      throw new QuickstartError(
        `--kubeconfig ${file}: its user gets a credential from elsewhere (${how}); give one with a certificate or a token, such as that of a service account`,
        2,
      );
  const folder = dirname(file);
  return {
    name: name ?? legalName(address.context),
    file,
    server: address.server,
    identity,
    kubeconfig: stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'cluster', cluster: standalone(cluster, folder, file) }],
      users: [{ name: 'gateway', user: standalone(user, folder, file) }],
      contexts: [{ name: address.context, context: { cluster: 'cluster', user: 'gateway' } }],
      'current-context': address.context,
    }),
  };
}

/** `admin@prod.example.com` becomes `admin-prod-example-com`. */
function legalName(context: string): string {
  const name = context
    .replaceAll(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return name === '' ? 'cluster' : name;
}

function standalone(entry: Entry, folder: string, file: string): Entry {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (fileKeys.has(key) && typeof value === 'string') {
      // data beside it wins, as for kubectl
      if (value !== '' && !(`${key}-data` in entry))
        result[`${key}-data`] = Buffer.from(readText(resolve(folder, value), `${file}: ${key}`)).toString('base64');
    } else if (key === 'tokenFile' && typeof value === 'string')
      result['token'] ??= readText(resolve(folder, value), `${file}: tokenFile`).trim();
    else result[key] = value;
  }
  return result;
}

function readText(file: string, what: string): string {
  if (!existsSync(file)) throw new QuickstartError(`${what}: there is no ${file}`, 2);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new QuickstartError(`${what}: ${(error as Error).message}`, 2);
  }
}

function named(list: unknown, name: string): Entry {
  return asEntry(Array.isArray(list) ? list.find((entry) => asEntry(entry)['name'] === name) : undefined);
}

function asEntry(value: unknown): Entry {
  return typeof value === 'object' && value !== null ? (value as Entry) : {};
}
