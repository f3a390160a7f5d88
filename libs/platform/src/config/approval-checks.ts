import type { Finding, Parsed } from './findings.js';
import { ORACLES } from './oracles.section.js';

type ParsedRule = Parsed['rules'][number];

/** Holds that nobody, or not enough people, could ever let go: legal, and still worth a look. */
export function approvalWarnings(config: Parsed): Finding[] {
  return config.rules.flatMap((rule, index): Finding[] => {
    if (rule.effect !== 'hold') return [];
    const problem = reviewersProblem(rule, config);
    return problem === null ? [] : [{ path: ['rules', index, 'approval'], message: `rule "${rule.name}" ${problem}` }];
  });
}

/** The same for what an entry of `protect` holds: whoever has the role of a reviewer decides about it. */
export function oracleWarnings({ protect, roles }: Parsed): Finding[] {
  const { groups = [], users = [] } = roles?.reviewer ?? {};
  if (roles === undefined || groups.length > 0 || users.length > 0) return [];
  return protect.flatMap(({ class: name, oracles }, index): Finding[] =>
    ORACLES.filter((kind) => oracles[kind] === 'hold').map((kind) => ({
      path: ['protect', index, 'oracles', kind],
      message: `protect of "${name}" holds ${kind}, but nobody has the role of a reviewer: nobody can approve. Name roles.reviewer`,
    })),
  );
}

function reviewersProblem({ approval, owner }: ParsedRule, { roles }: Parsed): string | null {
  const { groups = [], users = [] } = approval?.reviewers ?? {};
  if (groups.length === 0 && users.length === 0) {
    const { groups: anyGroups = [], users: anyUsers = [] } = roles?.reviewer ?? {};
    // what leaves the roles out is completed by the program that embeds it
    if (roles === undefined || anyGroups.length > 0 || anyUsers.length > 0) return null;
    return 'holds for approval, but it names no reviewers and nobody has the role of one: nobody can approve. Name approval.reviewers or roles.reviewer';
  }
  if (groups.length > 0 || users.some((user) => /[*{]/u.test(user))) return null;
  // one person may be written in two ways; whoever owns a rule does not decide about it
  const people = new Set(users.map((user) => user.toLowerCase()));
  const among = owner !== undefined && people.delete(owner.toLowerCase());
  const quorum = approval?.quorum ?? 1;
  if (people.size >= quorum) return null;
  const who = `${people.size} ${people.size === 1 ? 'person' : 'people'}`;
  const without = among ? ' beside its owner, who may not decide about it' : '';
  return `wants ${quorum} to approve and names ${who}${without}: it can never be approved. Name more reviewers or lower the quorum`;
}

/** A rule that denies by a claim that nobody takes from a token would deny nobody. */
export function untakenClaims({ identity, rules }: Parsed): Finding[] {
  if (identity?.issuers === undefined) return [];
  const taken = new Set(identity.issuers.flatMap(({ claims }) => claims.also ?? []));
  return rules.flatMap(({ name, who }, index): Finding[] =>
    Object.keys(who?.claims ?? {})
      .filter((claim) => !taken.has(claim))
      .map((claim) => ({
        path: ['rules', index, 'who', 'claims', claim],
        message: `rule "${name}" asks for the claim "${claim}", which is taken from no token; add it to identity.issuers[].claims.also`,
      })),
  );
}
