import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type Admission, type DescribedOperation, type Gate, type LoginServices, runLogin } from '@app/gate';
import type { Principal } from '@app/identity';
import type { Logger } from '@app/platform';
import type { KubernetesTarget, RecordingLevel } from '@app/targets';
import { type Cluster, type ClusterAccess, ClusterError } from './cluster.js';
import type { ClusterRegistry, ResolvedIdentity } from './cluster-registry.js';
import type { DescribedReads } from './described-reads.js';
import type { Fallbacks } from './fallbacks.js';
import type { KubeSession, KubeSessions, SessionExchange } from './kube-sessions.js';
import { type StatusError, StatusFailure } from './kube-status.js';
import type { Protection } from './protection.js';
import { BadRequest, bearerToken, type Impersonation, impersonationOf } from './request/index.js';
import { routeOf } from './route.js';
import type { UpstreamProxy } from './upstream-proxy.js';

/** What every exchange of a worker shares. */
export interface ExchangeParts {
  readonly gate: Gate;
  readonly login: LoginServices<KubernetesTarget>;
  readonly clusters: ClusterRegistry;
  readonly sessions: KubeSessions;
  readonly proxy: UpstreamProxy;
  readonly protection: Protection;
  readonly fallbacks: Fallbacks;
  readonly reads: DescribedReads;
  readonly logger: Logger;
  /** names of targets by host name */
  readonly hosts: ReadonlyMap<string, string>;
  readonly limits: {
    readonly requestBytes: number;
    readonly chunkBytes: number;
    readonly chunkMs: number;
    readonly exchanges: number;
    readonly perPerson: number;
  };
  readonly hmac: (text: string) => string;
  readonly newId: () => string;
  /** whether a rule in force asks for labels: then the object is looked at first */
  readonly asksForLabels: () => boolean;
  /** whether a rule would allow an operation, without anything being recorded: for `auth can-i` */
  readonly wouldAllow: (
    principal: Principal,
    described: DescribedOperation,
    address: string,
  ) => { readonly allowed: boolean; readonly reason: string };
  /** which rule would have allowed a command, had it been another one; null: none */
  readonly nearMiss: (
    principal: Principal,
    operation: DescribedOperation['operation'],
    address: string,
  ) => string | null;
}

/** Who asks, of which cluster. */
export interface Entered {
  readonly principal: Principal;
  readonly target: KubernetesTarget;
  readonly cluster: Cluster;
  readonly access: ClusterAccess;
  readonly identity: ResolvedIdentity;
  readonly session: KubeSession;
  /** `Kubectl-Session`: a hint of the client */
  readonly invocation: string | null;
  /** request target behind the prefix */
  readonly rest: string;
}

const SESSIONS_PER_EXCHANGE = 4;
const unauthorized: StatusError = { code: 401, reason: 'Unauthorized', message: 'Unauthorized' };

/**
 * Finds out who asks and of which target, in the order of every login: token, person, deny-list, target.
 * @param exchange counted from the check of the limits on; it belongs to its session when this resolves
 * @throws StatusFailure what the client is told; a failed login is in the record by then
 */
export async function enter(parts: ExchangeParts, req: IncomingMessage, exchange: SessionExchange): Promise<Entered> {
  const { gate, login, clusters, sessions } = parts;
  const socket: Socket = req.socket;
  const route = routeOf(req.url ?? '', req.headers.host, parts.hosts);
  const failed = (target: string, code: string, reason: string): void => {
    const id = parts.newId();
    const address = socket.remoteAddress ?? '';
    parts.logger.warn('a login was refused', { session: id, target, code, reason, address });
    gate.loginFailed({ target, protocol: 'kubernetes', code, reason, user: null, address, method: 'bearer' }, id);
  };
  let token: string | null;
  try {
    token = bearerToken(req.rawHeaders);
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    throw new StatusFailure({ code: error.code, reason: error.reason, message: error.message });
  }
  const outcome = await runLogin(
    {
      target: route?.target ?? '',
      user: null,
      address: socket.remoteAddress ?? '',
      proof: () => Promise.resolve({ kind: 'token', token: token ?? '' }),
    },
    login,
  );
  if (outcome.failure !== null) {
    const { code, reason } = outcome.failure;
    // a client without a token asks to be asked: nothing failed
    if (code !== 'no-token') failed(route?.target ?? '', code, reason);
    if (code === 'not-ready')
      throw new StatusFailure({
        code: 503,
        reason: 'ServiceUnavailable',
        message: 'The gateway is not ready yet: it has not read its deny-list.',
      });
    if (code === 'unknown-target')
      throw new StatusFailure({
        code: 404,
        reason: 'NotFound',
        message:
          route === null
            ? 'No target is named: the server of the kubeconfig has to end in /k8s/TARGET.'
            : `There is no cluster named ${JSON.stringify(route.target)} behind this gateway.`,
      });
    throw new StatusFailure(unauthorized);
  }
  const { principal, target } = outcome;
  if (!gate.accepting)
    throw new StatusFailure({
      code: 503,
      reason: 'ServiceUnavailable',
      message: `The gateway cannot record operations right now${gate.closedReason === null ? '' : ` (${gate.closedReason})`}, so it runs none.`,
    });
  if (
    sessions.exchanges >= parts.limits.exchanges ||
    sessions.exchangesOf(principal) >= parts.limits.perPerson ||
    // idle sessions stay a while: names of invocations are the client's to make up, and nobody may use up those of others
    sessions.sessionsOf(principal) >= SESSIONS_PER_EXCHANGE * parts.limits.perPerson ||
    sessions.size >= SESSIONS_PER_EXCHANGE * parts.limits.exchanges
  )
    throw new StatusFailure({
      code: 429,
      reason: 'TooManyRequests',
      message: 'Too many requests are under way at once; end some watches or commands.',
    });
  const cluster = clusters.of(target);
  // many that come at once are all counted before the first of them has its session
  const entered = sessions.entering(principal);
  try {
    const [access, identity] = await Promise.all([cluster.access(), clusters.identityOf(target)]);
    const invocation = hint(req.headers['kubectl-session']);
    const session = sessions.of({
      principal,
      target,
      socket,
      invocation,
      application: hint(req.headers['user-agent']),
      about: { server: cluster.url, user: cluster.account, identity, command: hint(req.headers['kubectl-command']) },
    });
    session.exchanges.add(exchange);
    return { principal, target, cluster, access, identity, session, invocation, rest: route?.rest ?? '' };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    parts.logger.warn(error.message);
    throw new StatusFailure({
      code: 503,
      reason: 'ServiceUnavailable',
      message: `The cluster ${target.name} cannot be used right now: it cannot be reached, or the gateway's credential is missing.`,
    });
  } finally {
    entered();
  }
}

/** A word of the client for the record: never trusted, never long. */
function hint(value: string | string[] | undefined): string | null {
  const text = Array.isArray(value) ? value[0] : value;
  return text === undefined || text === '' ? null : text.slice(0, 200);
}

/** How the cluster is to see the principal. @throws BadRequest for names no cluster may be shown */
export function impersonationFor({ identity, principal, session }: Entered): Impersonation | null {
  return identity === 'impersonate' ? impersonationOf(principal, session.gate.facts.session) : null;
}

/** How many items of an operation's answer the record keeps. */
export function keptItems(level: RecordingLevel, { loud, decision }: Pick<Admission, 'loud' | 'decision'>): number {
  const least = loud ? 'all' : decision.obligations.record;
  return Math.max(itemsOf(level), least === undefined ? 0 : itemsOf(least));
}

function itemsOf(level: RecordingLevel): number {
  if (level === 'none') return 0;
  return level === 'all' ? Number.MAX_SAFE_INTEGER : level.first;
}
