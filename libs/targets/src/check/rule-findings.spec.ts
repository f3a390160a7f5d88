import { accessFindings, type AccessRules } from './rule-findings.js';

type Rule = AccessRules['resourceRules'][number];
const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames: string[] = []): Rule => ({
  verbs,
  apiGroups,
  resources,
  resourceNames,
});
const codes = (...resourceRules: Rule[]) =>
  accessFindings('gateway', { resourceRules, incomplete: false }).map(({ code, severity }) => `${code} ${severity}`);

describe('the rights of the account that a cluster is reached by', () => {
  it('are an error when they are all there are', () => {
    const [finding, ...rest] = accessFindings('gateway', {
      resourceRules: [rule(['*'], ['*'], ['*'])],
      incomplete: false,
    });
    expect(finding).toMatchObject({ code: 'cluster-admin', severity: 'error' });
    expect(finding?.what).toContain('gateway');
    expect(rest).toEqual([]);
  });

  it.each<[string, Rule, string]>([
    [
      'to write roles beyond their own',
      rule(['escalate'], ['rbac.authorization.k8s.io'], ['clusterroles']),
      'climbing error',
    ],
    ['to bind roles', rule(['*'], ['rbac.authorization.k8s.io'], ['*']), 'climbing error'],
    ['to mint tokens of accounts', rule(['create'], [''], ['serviceaccounts/token']), 'climbing warning'],
    ['to go through nodes', rule(['create'], [''], ['nodes/*', '*/proxy']), 'climbing warning'],
    ['to impersonate any group', rule(['impersonate'], [''], ['users', 'groups']), 'impersonates-any-group note'],
    ['to read Secrets', rule(['get', 'list'], [''], ['secrets']), 'reads-secrets note'],
  ])('%s are named', (_, given, expected) => {
    expect(codes(given)).toContain(expected);
  });

  it('are fine when they impersonate named groups and read what is no secret', () => {
    expect(
      codes(
        rule(['impersonate'], [''], ['users']),
        rule(['impersonate'], [''], ['groups'], ['analysts']),
        rule(['get', 'list', 'watch'], ['', 'apps'], ['pods', 'deployments']),
      ),
    ).toEqual([]);
  });

  it('may be more than the cluster can tell', () => {
    expect(accessFindings('gateway', { resourceRules: [], incomplete: true })).toMatchObject([
      { code: 'rules-incomplete', severity: 'note' },
    ]);
  });
});
