import { Injectable } from '@nestjs/common';
import type { Principal, PrincipalRecord } from '@app/identity';
import type { CredentialsConfig } from '@app/platform';
import { CredentialStore, type StoredCredential, TooManyCredentials } from '@app/store';
import { TargetRegistry } from '@app/targets';
import { AccessRecord } from '../access/access-record.js';
import { type Caller, isAdministrator, isVisible, visibleSessions } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ProblemError } from '../problem.js';
import type {
  CredentialJson,
  CredentialPageJson,
  CredentialsQuery,
  MintedCredentialJson,
  NewCredentialBody,
} from './credential.schema.js';
import { mint } from './mint.js';
import { PostgresListener } from './postgres-listener.js';

const HOUR = 3_600_000;

/** What the configuration says of credentials. */
export abstract class CredentialLimits implements CredentialsConfig {
  abstract readonly maxTtl: number;
  abstract readonly perPerson: number;
}

/** Mints, lists and revokes; every mint and every revocation is in the record before it takes effect. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly store: CredentialStore,
    private readonly targets: TargetRegistry,
    private readonly listener: PostgresListener,
    private readonly limits: CredentialLimits,
    private readonly access: AccessRecord,
    private readonly clock: Clock,
  ) {}

  /**
   * A credential of whoever asks, through whom they ask: it acts as they do, for as long as it lives, whatever becomes of their token.
   * @param from address of the request @param reached host name of the request
   */
  async mint(caller: Caller, body: NewCredentialBody, from: string, reached: string): Promise<MintedCredentialJson> {
    const { target, purpose = null } = body;
    this.checkTarget(target);
    const ttl = this.ttlOf(body.ttl);
    const networks = body.networks === 'mine' ? [plainAddress(from)] : (body.networks ?? []);
    const { iss, sub } = caller.principal;
    if ((await this.store.live(iss, sub)) >= this.limits.perPerson)
      throw tooMany(new TooManyCredentials(this.limits.perPerson));
    const { name, secret, verifier } = mint();
    const notAfter = this.clock.now() + ttl;
    await this.access.credential('credential.minted', caller, target, {
      credential: name,
      target,
      ttl,
      expires: new Date(notAfter).toISOString(),
      networks,
      purpose,
    });
    const principal = recordOf(caller.principal);
    const stored = await this.keep({ name, target, verifier, principal, notAfter, networks, purpose });
    const host = this.listener.hostFor(reached);
    const { port, ca } = this.listener;
    const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    return {
      ...describe(stored),
      secret,
      host: host.replace(/^\[|\]$/g, ''),
      port,
      database: target,
      dsn: `postgresql://${name}@${authority}:${port}/${encodeURIComponent(target)}?sslmode=verify-full`,
      ca,
    };
  }

  /** One's own; for auditors and administrators everyone's. */
  async list(caller: Caller, query: CredentialsQuery): Promise<CredentialPageJson> {
    const now = this.clock.now();
    const { live, target, cursor, limit } = query;
    const page = await this.store.list({
      visibleTo: visibleSessions(caller),
      liveAt: live === 'true' ? new Date(now) : undefined,
      target,
      cursor,
      limit,
    });
    return { items: page.items.map((item) => toJson(item, now)), next: page.next };
  }

  /** One's own, or as an administrator anyone's; one that has ended stays as it is. */
  async revoke(caller: Caller, name: string): Promise<void> {
    const credential = await this.store.get(name);
    if (!credential || !isVisible(visibleSessions(caller), credential.principal))
      throw new ProblemError('not-found', `there is no credential ${name}`);
    const { principal, target, notAfter } = credential;
    const own = principal.iss === caller.principal.iss && principal.sub === caller.principal.sub;
    if (!own && !isAdministrator(caller))
      throw new ProblemError('forbidden', 'only who minted a credential, or an administrator, may revoke it');
    if (credential.revokedAt !== null) return;
    await this.access.credential('credential.revoked', caller, target, {
      credential: name,
      target,
      of: { iss: principal.iss, sub: principal.sub, user: principal.user },
      expires: notAfter.toISOString(),
    });
    const { iss, sub, user } = caller.principal;
    await this.store.revoke(name, { iss, sub, user });
  }

  private checkTarget(name: string): void {
    const target = this.targets.get(name);
    if (!target)
      throw new ProblemError('not-found', `there is no target named ${JSON.stringify(name)}; see GET /v1/targets`);
    if (target.kind !== 'postgres')
      throw new ProblemError(
        'bad-request',
        `target ${name} is a cluster; credentials are for PostgreSQL targets (a cluster takes the token itself, see its kubeconfig)`,
      );
  }

  private ttlOf(asked: number | undefined): number {
    const { maxTtl } = this.limits;
    if (asked === undefined) return Math.min(HOUR, maxTtl);
    if (asked <= maxTtl) return asked;
    const message = `must be at most ${durationText(maxTtl)} (credentials.maxTtl of the configuration)`;
    throw new ProblemError('bad-request', `"ttl": ${message}`, { errors: [{ at: 'ttl', message }] });
  }

  private async keep(credential: Parameters<CredentialStore['mint']>[0]): Promise<StoredCredential> {
    try {
      return await this.store.mint(credential, this.limits.perPerson);
    } catch (error) {
      if (error instanceof TooManyCredentials) throw tooMany(error);
      throw error;
    }
  }
}

function tooMany(error: TooManyCredentials): ProblemError {
  return new ProblemError('conflict', `${error.message} (DELETE /v1/credentials/{name})`, { cause: error });
}

/** What of a principal outlives its token. */
function recordOf(principal: Principal): PrincipalRecord {
  const { iss, sub, user, groups, act, azp, purpose, claims, acr, authTime } = principal;
  return { iss, sub, user, groups, act, azp, purpose, claims, acr, authTime };
}

function describe({ name, target, principal, networks, purpose, mintedAt, notAfter }: StoredCredential) {
  return {
    name,
    target,
    user: principal.user,
    groups: [...principal.groups],
    act: [...principal.act],
    networks: [...networks],
    purpose,
    mintedAt: mintedAt.toISOString(),
    expiresAt: notAfter.toISOString(),
  };
}

function toJson(credential: StoredCredential, now: number): CredentialJson {
  const { revokedAt, revokedBy, notAfter } = credential;
  const state = revokedAt !== null ? 'revoked' : notAfter.getTime() <= now ? 'expired' : 'live';
  return {
    ...describe(credential),
    state,
    revokedAt: revokedAt?.toISOString() ?? null,
    revokedBy: revokedBy?.user ?? null,
  };
}

/** An IPv4 address as such, although the socket speaks IPv6; no zone. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

function durationText(ms: number): string {
  const [unit, size] = [['d', 24 * HOUR] as const, ['h', HOUR] as const, ['m', 60_000] as const].find(
    ([, length]) => ms % length === 0,
  ) ?? ['s', 1_000];
  return `${ms / size}${unit}`;
}
