import { clientKubeconfig } from '@app/targets';
import { parse } from 'yaml';
import { mergeKubeconfig } from './merge-kubeconfig.js';

const addition = (server = 'https://gateway:6443/k8s/prod') =>
  clientKubeconfig([{ name: 'sallyport-prod', server, ca: null, namespace: null }], 'sallyport-prod', { token: 't' });

describe('a kubeconfig merged into another', () => {
  it.each([
    ['no YAML', 'a: [', 'flow sequence'],
    ['a list', '- 1\n', 'it is no mapping'],
    ['a text', 'hello', 'it is no mapping'],
    ['clusters that are no list', 'clusters: {}\n', '"clusters" is no list'],
  ])('is refused for %s, which stays as it is', (_, text, why) => {
    expect(() => mergeKubeconfig(text, addition(), 'config')).toThrow('config is no kubeconfig and was left as it is');
    expect(() => mergeKubeconfig(text, addition(), 'config')).toThrow(new RegExp(why, 'i'));
  });

  it('leaves everything of others, comments too, and the current context', () => {
    const existing = `# mine
apiVersion: v1
kind: Config
current-context: kind
clusters:
- name: kind # the local one
  cluster: {server: "https://127.0.0.1:1"}
contexts:
- name: kind
  context: {cluster: kind, user: kind}
users: []
`;
    const merged = mergeKubeconfig(existing, addition(), 'config');
    expect(merged).toContain('# mine\n');
    expect(merged).toContain('# the local one');
    const read = parse(merged) as Record<string, { name: string }[]>;
    expect(read['current-context']).toBe('kind');
    expect(read['clusters']?.map(({ name }) => name)).toEqual(['kind', 'sallyport-prod']);
    expect(read['contexts']?.map(({ name }) => name)).toEqual(['kind', 'sallyport-prod']);
    expect(read['users']).toEqual([{ name: 'sallyport-prod', user: { token: 't' } }]);
  });

  it('replaces what it added before', () => {
    const first = mergeKubeconfig(null, addition(), 'config');
    const second = mergeKubeconfig(first, addition('https://elsewhere/k8s/prod'), 'config');
    expect(parse(second)).toEqual({ ...addition('https://elsewhere/k8s/prod'), preferences: undefined });
    expect(second).not.toContain('gateway:6443');
  });

  it.each([null, '', '\n', 'clusters: null\ncontexts: null\nusers: null\ncurrent-context: ""\n'])(
    'makes a whole one of %j',
    (text) => {
      expect(parse(mergeKubeconfig(text, addition(), 'config'))).toMatchObject({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'sallyport-prod',
        clusters: [{ name: 'sallyport-prod' }],
      });
    },
  );
});
