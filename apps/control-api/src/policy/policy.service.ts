import { Injectable } from '@nestjs/common';
import { LivePolicy } from '@app/gateway';
import type { Principal } from '@app/identity';
import { compilePolicy, diffPolicies, explain, type Operation, parseRules, type Policy, type Rule } from '@app/policy';
import { PolicyVersionStore } from '@app/store';
import { TargetRegistry } from '@app/targets';
import type { Caller } from '../access/caller.js';
import { Clock } from '../access/clock.js';
import { ProblemError } from '../problem.js';
import type {
  PolicyCheckBody,
  PolicyCheckResult,
  PolicyDiffJson,
  PolicyJson,
  PolicyVersionJson,
  PolicyVersionsJson,
} from './policy.schema.js';

const CURRENT = 'current';

/** The policy in force, the ones before it, and what it would decide. */
@Injectable()
export class PolicyService {
  constructor(
    private readonly live: LivePolicy<Policy>,
    private readonly versions: PolicyVersionStore,
    private readonly targets: TargetRegistry,
    private readonly clock: Clock,
  ) {}

  current(): PolicyJson {
    const { hash, rules } = this.live.current;
    return { hash, rules: rules.map(({ rule }) => ({ ...rule })) };
  }

  async list(): Promise<PolicyVersionsJson> {
    const { hash } = this.live.current;
    const items = await this.versions.list();
    return { items: items.map(({ at, ...rest }) => ({ ...rest, at: at.toISOString(), current: rest.hash === hash })) };
  }

  /** @throws ProblemError `not-found` */
  async version(hash: string): Promise<PolicyVersionJson> {
    const wanted = hash === CURRENT ? this.live.current.hash : hash;
    const found = await this.versions.get(wanted);
    if (!found) throw new ProblemError('not-found', `no policy ${wanted} was ever in force`);
    const { source, by, at, rules } = found;
    return {
      hash: wanted,
      source,
      by,
      at: at.toISOString(),
      rules: rules.map((rule) => ({ ...rule })),
      current: wanted === this.live.current.hash,
    };
  }

  /** @throws ProblemError `not-found` */
  async diff(from: string, to: string): Promise<PolicyDiffJson> {
    const [before, after] = await Promise.all([this.rulesOf(from), this.rulesOf(to)]);
    const { added, removed, changed, reordered } = diffPolicies(before.rules, after.rules);
    const plain = (rules: readonly object[]) => rules.map((rule) => ({ ...rule }));
    return {
      from: before.hash,
      to: after.hash,
      reordered,
      added: plain(added),
      removed: plain(removed),
      changed: plain(changed),
    };
  }

  /** Decides as the gateways would, and says of each rule why. Nothing is asked of anybody. */
  async check(
    caller: Caller,
    { principal, operation, address, at, policy }: PolicyCheckBody,
  ): Promise<PolicyCheckResult> {
    const rules = policy === undefined || policy === CURRENT ? null : (await this.rulesOf(policy)).rules;
    const { decision, rules: explained } = explain(
      principal === undefined ? caller.principal : somebody(caller, principal),
      this.operationOf(operation),
      rules === null ? this.live.current : compilePolicy(rules),
      at === undefined ? this.clock.now() : Date.parse(at),
      address === undefined ? null : { address },
    );
    const { effect, code, message, obligations, approval } = decision;
    return {
      decision: {
        effect,
        code,
        message,
        rules: [...decision.rules],
        policy: decision.policy,
        obligations: { ...obligations },
        approval: approval && { ...approval },
      },
      explain: explained.map((one) => ({
        ...one,
        failed: one.failed && { ...one.failed },
        why: one.failed?.message ?? null,
      })),
    };
  }

  private operationOf({ rows, kinds, protocol, onlyReads, ...asked }: PolicyCheckBody['operation']): Operation {
    const verb = asked.verb ?? asked.effect;
    return {
      ...asked,
      ...(onlyReads === undefined ? {} : { onlyReads, objects: [...new Set([...asked.objects, ...onlyReads])] }),
      verb,
      kinds: kinds ?? [verb.split(' ')[0]!.toLowerCase()],
      protocol: protocol ?? this.targets.get(asked.target)?.kind ?? 'postgres',
      rows,
    };
  }

  private async rulesOf(hash: string): Promise<{ readonly hash: string; readonly rules: readonly Rule[] }> {
    const { current } = this.live;
    if (hash === CURRENT || hash === current.hash)
      return { hash: current.hash, rules: current.rules.map(({ rule }) => rule) };
    const found = await this.versions.get(hash);
    if (!found) throw new ProblemError('not-found', `no policy ${hash} was ever in force`);
    return { hash, rules: parseRules(found.rules, hash) };
  }
}

/** Somebody who need not exist. */
function somebody(caller: Caller, asked: NonNullable<PolicyCheckBody['principal']>): Principal {
  const { authTime, user, iss, sub, ...rest } = asked;
  const name = user ?? caller.principal.user;
  return {
    ...rest,
    user: name,
    iss: iss ?? caller.principal.iss,
    sub: sub ?? name,
    authTime: authTime === null ? null : Date.parse(authTime),
    method: 'oidc',
    jti: null,
    sid: null,
    expiresAt: caller.principal.expiresAt,
  };
}
