import { ConfigError } from './config.error.js';
import { parseConfig, type ConfigSources } from './load-config.js';

const sources: ConfigSources = {
  env: { KUBECONFIG_TEXT: 'the-kubeconfig-canary', URL: 'postgresql://u:p@db/audit' },
  folder: '/etc/sallyport',
  cores: 4,
  readFile: (path) => {
    if (path.endsWith('key.pem')) return '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    if (path.endsWith('.pem')) return '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  },
};

const target = '{ name: prod, kubernetes: { kubeconfig: env:KUBECONFIG_TEXT } }';
const allowed = '{ name: r, on: { target: prod }, effect: allow }';

/** A configuration whose one target, rule, protect entry or listener is the given one. */
function file({ targets = [target], rules = [allowed], protect = '', listen = '' } = {}): string {
  return `identity: { issuers: [{ url: 'https://login.example.com', audience: sallyport }] }
targets:
${targets.map((each) => `  - ${each}`).join('\n')}
protect: [${protect}]
rules: [${rules.join(', ')}]
listen: {${listen}}
audit: { journal: { dir: journal }, database: env:URL }
tls: { certificate: file:cert.pem, key: file:key.pem }
keys: { dir: file:keys }
`;
}

const load = (parts: Parameters<typeof file>[0] = {}) => parseConfig(file(parts), 'f', sources);

function problems(parts: Parameters<typeof file>[0]): string {
  try {
    load(parts);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const cluster = (name: string, more: string): string =>
  `{ name: ${name}, kubernetes: { kubeconfig: env:KUBECONFIG_TEXT${more} } }`;

describe('a cluster in the configuration is refused', () => {
  it.each([
    ['without a kubeconfig', '{ name: prod, kubernetes: {} }', 'targets[0].kubernetes.kubeconfig: is missing'],
    [
      'with a kubeconfig that is not there',
      cluster('prod', '').replace('KUBECONFIG_TEXT', 'NONE'),
      'env:NONE is not set',
    ],
    [
      'with a kubeconfig in the file itself',
      '{ name: prod, kubernetes: { kubeconfig: "apiVersion: v1" } }',
      'must be a reference, not the value itself',
    ],
    [
      'with the credential of a database',
      `${cluster('prod', '').slice(0, -2)}, credential: { user: u } }`,
      'targets[0].credential: belongs to a database',
    ],
    [
      'with an identity nobody has',
      cluster('prod', ', identity: root'),
      'targets[0].kubernetes.identity: must be one of',
    ],
    ['with an unknown key', cluster('prod', ', contexts: a'), 'did you mean "context"?'],
    ['with a name no path can carry', cluster('"a/b"', ''), 'targets[0].name: must begin with a letter or digit'],
  ])('%s', (_, wrong, expected) => {
    expect(problems({ targets: [wrong] })).toContain(expected);
  });

  it('whose host leads to another one already, in whatever case', () => {
    const targets = [cluster('a', ', hosts: [Prod.example.com]'), cluster('b', ', hosts: [x, prod.EXAMPLE.com]')];
    expect(problems({ targets, rules: [] })).toContain(
      'targets[1].kubernetes.hosts: "prod.EXAMPLE.com" leads to target "a" already',
    );
  });

  it('that names a host twice', () => {
    const targets = [cluster('a', ', hosts: [h, h]')];
    expect(problems({ targets, rules: [] })).toContain('"h" leads to target "a" already');
  });

  it.each([
    ['an unknown condition', '{ namespace: [shop] }', 'did you mean "namespaces"?'],
    ['an empty pattern', '{ namespaces: "" }', 'rules[0].on.kubernetes.namespaces'],
    ['labels that are a list', '{ labels: [team] }', 'rules[0].on.kubernetes.labels'],
  ])('in a rule with %s', (_, conditions, expected) => {
    const rules = [`{ name: r, on: { target: prod, kubernetes: ${conditions} }, effect: allow }`];
    expect(problems({ rules })).toContain(expected);
  });

  it('by an entry of protect that names no place', () => {
    expect(problems({ protect: '{ class: secret }' })).toContain(
      'protect[0].columns: is missing; an entry names columns, kubernetes or patterns',
    );
  });

  it.each([
    ['a port that is none', ' kubernetes: { port: 0 } '],
    ['no workers', ' kubernetes: { workers: 0 } '],
  ])('by a listener with %s', (_, listen) => {
    expect(problems({ listen })).toContain('listen.kubernetes.');
  });
});

describe('a cluster in the configuration', () => {
  it('is completed with defaults, and does not show its credential', () => {
    const config = load();
    expect(config.targets).toMatchObject([
      {
        kind: 'kubernetes',
        name: 'prod',
        release: 'durable',
        record: { first: 50 },
        kubernetes: { identity: 'auto', hosts: [] },
      },
    ]);
    expect(JSON.stringify(config)).not.toContain('canary');
    const [prod] = config.targets;
    expect(prod?.kind === 'kubernetes' && prod.kubernetes.kubeconfig.reveal()).toBe('the-kubeconfig-canary');
    expect(config.listen.kubernetes).toMatchObject({ port: 6443, workers: 4 });
    expect(config.limits.requestBytes).toBe(4 * 1024 * 1024);
    expect(config.warnings.join()).not.toContain('prod');
  });

  it('is asked for by rules in attributes, each by the name the policy has', () => {
    const conditions = `{ verbs: get, groups: core, resources: [pods, pods/log], subresources: log, namespaces: 'shop-*',
      names: web, paths: /version, command: 'ls *', program: ls, labels: { team: [red, blue], example.com/tier: gold } }`;
    const rules = [
      `{ name: r, on: { target: prod, capabilities: exec, kubernetes: ${conditions} }, effect: allow }`,
      allowed.replace('name: r', 'name: s'),
    ];
    const [asks, other] = load({ rules }).rules;
    expect(asks?.on).toMatchObject({
      capabilities: ['exec'],
      attributes: {
        verb: ['get'],
        group: ['core'],
        resource: ['pods', 'pods/log'],
        subresource: ['log'],
        namespace: ['shop-*'],
        name: ['web'],
        path: ['/version'],
        command: ['ls *'],
        program: ['ls'],
        'label:team': ['red', 'blue'],
        'label:example.com/tier': ['gold'],
      },
    });
    expect(asks?.on).not.toHaveProperty('kubernetes');
    expect(other?.on.attributes).toBeUndefined();
  });

  it('may be protected by fields or patterns alone', () => {
    const { protect } = load({
      protect: "{ class: secret, kubernetes: [configmaps.data.password] }, { class: k, patterns: ['builtin:jwt'] }",
    });
    expect(protect).toMatchObject([
      { class: 'secret', columns: [], kubernetes: ['configmaps.data.password'], patterns: [] },
      { class: 'k', columns: [], kubernetes: [], patterns: ['builtin:jwt'] },
    ]);
  });
});

describe('words of a rule that nothing ever matches', () => {
  const warnings = (on: string) =>
    load({ rules: [allowed, `{ name: slip, on: { target: prod, ${on} }, effect: deny }`] })
      .warnings.filter((line) => line.includes('"slip"'))
      .join('\n');

  it.each([
    ['a power', 'capabilities: [exce, exec]', 'rule "slip" names the power "exce", which nothing has'],
    ['a verb', 'kubernetes: { verbs: [lst, list] }', 'rule "slip" names the verb "lst", which does not exist'],
  ])('are warned of: %s', (_, on, warning) => {
    expect(warnings(on)).toContain(warning);
    expect(warnings(on).split('\n')).toHaveLength(1);
  });

  it('are not looked for in globs', () => {
    expect(warnings("capabilities: ['mint-*', node-debug-paths], kubernetes: { verbs: ['*', post] }")).toBe('');
  });
});
