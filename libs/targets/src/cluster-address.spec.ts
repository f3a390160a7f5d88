import { clusterAddress } from './index.js';

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: prod
contexts:
  - { name: prod, context: { cluster: a, user: u } }
  - { name: test, context: { cluster: b, user: u } }
  - { name: lost, context: { cluster: none, user: u } }
clusters:
  - { name: a, cluster: { server: https://10.0.0.1:6443 } }
  - { name: b, cluster: { server: https://127.0.0.1:7443/prefix } }
users:
  - { name: u, user: { token: canary-of-the-cluster } }
`;

describe('the address in a kubeconfig', () => {
  it.each([
    ['an unknown context', kubeconfig, 'none'],
    ['a context without its cluster', kubeconfig, 'lost'],
    ['no current context', kubeconfig.replace('current-context: prod', ''), undefined],
    ['something that is no YAML', 'token: "canary', undefined],
    ['a list', '- 1', undefined],
    ['nothing', '', undefined],
  ])('is nowhere with %s', (_, text, context) => {
    expect(clusterAddress(text, context)).toBeNull();
  });

  it('is that of the context, or of the current one, and has no credential', () => {
    expect(clusterAddress(kubeconfig)).toEqual({ context: 'prod', server: 'https://10.0.0.1:6443' });
    expect(clusterAddress(kubeconfig, 'test')).toEqual({ context: 'test', server: 'https://127.0.0.1:7443/prefix' });
  });
});
