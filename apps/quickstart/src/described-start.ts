import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QuickstartFile, SallyportConfig, TargetConfig } from '@app/platform';
import type { Child } from './child.js';
import type { Cluster } from './embedded-postgres.js';
import type { Home } from './home.js';
import { parse } from 'yaml';
import { clientId, signToken } from './issuer-keys.js';
import type { IssuerKeys } from './issuer-keys.js';
import { people } from './people.js';
import type { Person } from './people.js';

/** Everything of a running start that `quickstart.json` tells. */
export interface StartedParts {
  readonly home: Home;
  readonly config: SallyportConfig;
  /** what clients trust: our own authority, or the certificate of the configuration */
  readonly ca: string;
  readonly issuerKeys: IssuerKeys | null;
  readonly gateway: Child;
  /** null: there is no cluster */
  readonly kubeGateway: Child | null;
  readonly control: Child;
  readonly audit: { readonly readerUrl: string; readonly superuserUrl: string } | null;
  readonly sample: { readonly cluster: Cluster; readonly log: string } | null;
}

const tokenHours = 12;

/** The contents of `<home>/quickstart.json`; `now` in ms since 1970. */
export function describeStart(parts: StartedParts, now: number): QuickstartFile {
  const { config, gateway, kubeGateway, control } = parts;
  const host = reachable(config.listen.postgres.host);
  const controlUrl = `https://${bracketed(reachable(config.listen.control.host))}:${config.listen.control.port}`;
  const issuer = config.identity.issuers[0];
  return {
    version: 1,
    pid: process.pid,
    home: parts.home.folder,
    config: parts.home.config,
    ca: parts.ca,
    postgres: { host, port: config.listen.postgres.port, tls: 'required' },
    kubernetes: kubeGateway && { url: kubernetesUrl(config), prefix: clusterPrefix },
    control: { url: controlUrl, openapi: '/openapi.json', ready: '/health/ready' },
    metrics: [`${controlUrl}/metrics`],
    issuer: issuer ? { url: issuer.url, audience: issuer.audience, clientId } : null,
    people: parts.issuerKeys === null || issuer === undefined ? [] : everyone(parts, parts.issuerKeys, issuer.url, now),
    targets: config.targets.map((target) =>
      target.kind === 'postgres' ? describeDatabase(target, parts, host) : describeCluster(target, parts),
    ),
    audit: {
      readerUrl: parts.audit?.readerUrl ?? null,
      superuserUrl: parts.audit?.superuserUrl ?? null,
      journals: [gateway, kubeGateway, control].flatMap((app) => app?.ready?.journals ?? []),
    },
    queue: config.queue?.redis === undefined ? 'postgres' : 'redis',
    processes: Object.fromEntries(
      [gateway, kubeGateway, control].flatMap((app) => (app === null ? [] : [[app.name, pidsOf(app)]])),
    ),
  };
}

/** Below it each cluster has its name: `https://HOST:PORT/k8s/prod`. */
export const clusterPrefix = '/k8s/';

/** Where clients of clusters connect. */
export function kubernetesUrl({ listen: { kubernetes } }: SallyportConfig): string {
  return `https://${bracketed(reachable(kubernetes.host))}:${kubernetes.port}`;
}

/** The kubeconfig of a person, or of one through an agent. */
export function kubeconfigFile({ folder }: Pick<Home, 'folder'>, { name, agent }: Person): string {
  return join(folder, `kubeconfig-${name}${agent === null ? '' : `-${agent}`}`);
}

function everyone({ config, home, kubeGateway }: StartedParts, keys: IssuerKeys, issuer: string, now: number) {
  const ttl = tokenHours * 3600;
  return people.map((person) => ({
    name: person.name,
    user: person.user,
    groups: [...person.groups],
    roles: rolesIn(config, person),
    agent: person.agent,
    token: signToken(keys, { issuer, person, agent: person.agent, purpose: null, ttl, now }),
    expiresAt: new Date((Math.floor(now / 1000) + ttl) * 1000).toISOString(),
    kubeconfig: kubeGateway && kubeconfigFile(home, person),
  }));
}

/** As a token's holder is told, and as the configuration calls it. */
const roleNames = [
  ['reviewer', 'reviewer'],
  ['auditor', 'auditor'],
  ['break-glass', 'breakGlass'],
  ['administrator', 'administrator'],
] as const;

/** The roles of a person under the configuration in force, which may not be the sample's. */
function rolesIn(config: SallyportConfig, person: Person): string[] {
  const held = roleNames.filter(([, section]) => {
    const { groups = [], users = [] } = config.roles[section];
    return groups.some((group) => person.groups.includes(group)) || users.includes(person.user);
  });
  return ['requester', ...held.map(([role]) => role)];
}

function describeDatabase(target: Extract<TargetConfig, { kind: 'postgres' }>, parts: StartedParts, host: string) {
  const { postgres, credential } = target;
  const password = credential.password === null ? '' : `:${encodeURIComponent(credential.password.reveal())}`;
  const address = `${bracketed(postgres.host)}:${postgres.port}/${encodeURIComponent(postgres.database)}`;
  return {
    name: target.name,
    kind: 'postgres' as const,
    dsn: `postgresql://${bracketed(host)}:${parts.config.listen.postgres.port}/${target.name}?sslmode=verify-full&sslrootcert=${encodeURIComponent(parts.ca)}`,
    direct: {
      url: `postgresql://${encodeURIComponent(credential.user)}${password}@${address}?sslmode=${postgres.tls}`,
      superuserUrl: parts.sample?.cluster.superuserUrl(postgres.database) ?? null,
      log: parts.sample?.log ?? null,
    },
    protected: parts.config.protect
      .flatMap(({ columns }) => columns)
      .flatMap((column) => columnsOf(target.name, column)),
  };
}

function describeCluster({ name }: TargetConfig, { home, config }: StartedParts) {
  const kubeconfig = kubeconfigReference(home.config, name);
  return {
    name,
    kind: 'kubernetes' as const,
    dsn: null,
    direct: kubeconfig === null ? null : { kubeconfig },
    protected: config.protect.flatMap(({ kubernetes }) => kubernetes),
  };
}

/** The file that a target's kubeconfig is in; null: it comes from elsewhere. */
function kubeconfigReference(file: string, name: string): string | null {
  const { targets } = parse(readFileSync(file, 'utf8')) as {
    targets?: readonly { readonly name?: unknown; readonly kubernetes?: { readonly kubeconfig?: unknown } }[];
  };
  const reference = targets?.find((target) => target.name === name)?.kubernetes?.kubeconfig;
  return typeof reference === 'string' && reference.startsWith('file:') ? reference.slice('file:'.length) : null;
}

/** The column as this target has it: the first part of `target.schema.table.column` may be a glob. */
function columnsOf(target: string, column: string): string[] {
  const end = targetPartEnd(column);
  const pattern = column
    .slice(0, end)
    .split(/(\*|\{|\}|,)/)
    .map((part) => ({ '*': '.*', '{': '(?:', '}': ')', ',': '|' })[part] ?? part.replace(/[^\w-]/g, '\\$&'))
    .join('');
  return new RegExp(`^${pattern}$`).test(target) ? [target + column.slice(end)] : [];
}

function targetPartEnd(column: string): number {
  let depth = 0;
  for (let at = 0; at < column.length; at++) {
    if (column[at] === '{') depth++;
    else if (column[at] === '}') depth--;
    else if (column[at] === '.' && depth === 0) return at;
  }
  return column.length;
}

function pidsOf(child: Child): number[] {
  const { pids, pid } = child.ready ?? {};
  return pids ? [...pids] : pid === undefined ? [] : [pid];
}

/** An address to connect to, for one that only says where to listen. */
function reachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);
