import type { Finding } from './finding.js';

/** The part of a SelfSubjectRulesReview's answer that is judged. @see https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/ */
export interface AccessRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames: readonly string[];
  }[];
  readonly incomplete: boolean;
}

const RBAC = 'rbac.authorization.k8s.io';

/** Rights by which whoever has them gets all others. */
const LADDERS: readonly (readonly [verb: string, group: string, resource: string, why: string])[] = [
  ['escalate', RBAC, 'clusterroles', 'it writes roles with rights it does not have'],
  ['bind', RBAC, 'clusterroles', 'it gives any role to anybody, itself included'],
  ['create', '', 'serviceaccounts/token', 'it makes tokens of other accounts, which need no gateway'],
  ['create', '', 'nodes/proxy', 'it runs commands in every pod of a node, past the API server’s own checks'],
  ['update', 'certificates.k8s.io', 'certificatesigningrequests/approval', 'it signs client certificates for anybody'],
];

/** What speaks against the account a cluster is reached by. @param account as the kubeconfig names it */
export function accessFindings(account: string, rules: AccessRules): readonly Finding[] {
  const may = (verb: string, group: string, resource: string): boolean =>
    rules.resourceRules.some(
      (rule) =>
        rule.resourceNames.length === 0 &&
        has(rule.verbs, verb) &&
        has(rule.apiGroups, group) &&
        has(rule.resources, resource),
    );
  const found: Finding[] = [];
  const say = (finding: Pick<Finding, 'code' | 'severity' | 'what' | 'why'>, setting: string) =>
    found.push({ ...finding, sql: [], setting });
  const everything = rules.resourceRules.some(
    ({ verbs, apiGroups, resources }) => verbs.includes('*') && apiGroups.includes('*') && resources.includes('*'),
  );
  if (everything)
    say(
      {
        code: 'cluster-admin',
        severity: 'error',
        what: `account ${account} may do everything in the cluster (verbs, groups and resources are *)`,
        why: 'only the rules of Sallyport stand between a person and the whole cluster; a mistake in them has no second wall',
      },
      'Give the kubeconfig a service account of its own: impersonation of users and groups only (identity: impersonate), or the rights its people need.',
    );
  else {
    for (const [verb, group, resource, why] of LADDERS)
      if (may(verb, group, resource))
        say(
          {
            code: 'climbing',
            severity: verb === 'escalate' || verb === 'bind' ? 'error' : 'warning',
            what: `account ${account} may ${verb} ${resource}`,
            why,
          },
          `Take the verb ${verb} on ${resource} out of the roles of ${account}.`,
        );
    if (may('impersonate', '', 'groups'))
      say(
        {
          code: 'impersonates-any-group',
          severity: 'note',
          what: `account ${account} may impersonate any group, system:masters included`,
          why: 'the gateway impersonates only whom a token names, with the groups of the token; an issuer that hands out such a group hands out the cluster',
        },
        'Name the groups of your people in resourceNames of that rule.',
      );
    if (may('get', '', 'secrets') || may('list', '', 'secrets'))
      say(
        {
          code: 'reads-secrets',
          severity: 'note',
          what: `account ${account} may read Secrets`,
          why: 'their values are masked on the way, but only by the gateway',
        },
        'With identity: impersonate the account itself needs no rights but impersonation.',
      );
  }
  if (rules.incomplete)
    say(
      {
        code: 'rules-incomplete',
        severity: 'note',
        what: `the cluster could not tell all that account ${account} may do`,
        why: 'an authorizer of the cluster (a webhook) does not list its rules, so some findings may be missing',
      },
      'Look at the rights of the account in the cluster itself.',
    );
  return found;
}

function has(list: readonly string[], word: string): boolean {
  return list.includes('*') || list.includes(word) || list.includes(`*/${word.split('/')[1] ?? '-'}`);
}
