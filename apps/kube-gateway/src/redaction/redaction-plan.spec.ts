import { mayMask } from './redaction-plan.js';
import { factsOf, planOf } from './testing/answers.js';
import { plan, withPatterns } from './testing/objects.js';

describe('mayMask', () => {
  const asked = (resource: string, subresource = '', chosen = plan): boolean =>
    mayMask(chosen, { ...factsOf(resource), subresource });

  it('is true wherever a rule or a pattern could find something', () => {
    for (const resource of ['secrets', 'pods', 'configmaps', 'deployments.apps', 'x.example.org'])
      expect(asked(resource)).toBe(true);
    expect(asked('serviceaccounts', 'token', planOf([]))).toBe(true);
    expect(asked('nodes', '', withPatterns)).toBe(true);
  });

  it('is false for other resources, and for what is no object', () => {
    for (const resource of ['nodes', 'services', 'roles.rbac.authorization.k8s.io', ''])
      expect(asked(resource)).toBe(false);
    expect(asked('pods', '', planOf([]))).toBe(false);
    expect(asked('pods', 'log', withPatterns)).toBe(false);
    expect(asked('pods', 'proxy', withPatterns)).toBe(false);
  });
});
