import { inspect } from 'node:util';
import { ConfigError } from './config.error.js';
import { parseConfig, parsePartialConfig, type ConfigSources } from './load-config.js';
import type { SallyportConfig } from './types.js';

const password = 'pa55-of-the-crm';
const env = {
  CRM_PASSWORD: password,
  GATEWAY_URL: 'postgresql://g:one@db/audit',
  CONTROL_URL: 'postgresql://c:two@db/audit',
  OWNER_URL: 'postgresql://o:three@db/audit',
  EMPTY: '',
};
const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const files: Record<string, string> = {
  '/etc/sallyport/cert.pem': certificate,
  '/etc/sallyport/key.pem': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  '/etc/sallyport/secrets/crm': 'from-a-file\n',
};
const sources: ConfigSources = {
  env,
  folder: '/etc/sallyport',
  cores: 4,
  readFile: (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  },
};

const whole = `identity:
  issuers:
    - url: https://login.example.com/realms/prod
      audience: sallyport
targets:
  - name: crm
    postgres: { host: db.internal, database: crm }
    credential: { user: sallyport_crm, password: env:CRM_PASSWORD }
protect:
  - class: email
    columns: [crm.public.users.email]
    mask: { keep: domain }
rules:
  - name: analysts read the CRM
    who: { groups: [analysts] }
    on: { target: crm, does: [read, session] }
    effect: allow
audit:
  journal: { dir: journal }
  database: { gateway: env:GATEWAY_URL, control: env:CONTROL_URL, migrations: env:OWNER_URL }
tls: { certificate: file:cert.pem, key: file:key.pem }
keys: { dir: file:keys }
`;

const load = (text: string) => parseConfig(text, 'sallyport.yaml', sources);

/** The message lines of the error that a text causes; fails when it is accepted. */
function problems(text: string, read: (text: string) => unknown = load): string[] {
  try {
    read(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  throw new Error('the configuration was accepted');
}

const swap = (from: string, to: string) => {
  expect(whole).toContain(from);
  return whole.replace(from, to);
};

function passwordOf({ targets: [target] }: SallyportConfig): string | undefined {
  return target?.kind === 'postgres' ? target.credential.password?.reveal() : undefined;
}

describe('a configuration that is refused', () => {
  it.each([
    ['an empty file', '', 'sallyport.yaml:1: the file is empty'],
    ['a list', '- a\n', 'sallyport.yaml:1: must be a section with keys of its own'],
    [
      'an unknown key',
      swap('audience: sallyport', 'audiance: sallyport'),
      'sallyport.yaml:4: identity.issuers[0].audiance: is not a known key; did you mean "audience"?',
    ],
    [
      'an unknown section',
      `${whole}tarets: []\n`,
      'sallyport.yaml:23: tarets: is not a known key; did you mean "targets"?',
    ],
    [
      'an unknown key in an alternative',
      swap('{ keep: domain }', '{ keeps: domain }'),
      'sallyport.yaml:12: protect[0].mask.keeps: is not a known key; did you mean "keep"?',
    ],
    [
      'an alternative that another one would be',
      swap('{ keep: domain }', '{ bucket: hour }'),
      'sallyport.yaml:12: protect[0].mask.bucket: must be a whole width, a list of ascending whole numbers, or day, week, month, quarter or year',
    ],
    [
      'bounds that do not ascend',
      swap('{ keep: domain }', '{ bucket: [5, 1] }'),
      'sallyport.yaml:12: protect[0].mask.bucket: must be a list of ascending whole numbers',
    ],
    ...['{ keep: domain, bucket: 5 }', '{}', 'initials'].map((mask) => [
      `none of the alternatives: ${mask}`,
      swap('{ keep: domain }', mask),
      'sallyport.yaml:12: protect[0].mask: must be null, constant, pseudonym, { pseudonym: email }, { keep: domain | last4 | initials | year } or { bucket: WIDTH | [BOUNDS] | day | week | month | quarter | year }',
    ]),
    [
      'a duplicate key',
      swap('keys: { dir: file:keys }', 'keys: { dir: a }\nkeys: { dir: b }'),
      'sallyport.yaml:23: this key stands twice in the same place; remove one',
    ],
    [
      'a missing key',
      swap('      audience: sallyport\n', ''),
      'sallyport.yaml:3: identity.issuers[0].audience: is missing',
    ],
    [
      'a number where a text belongs',
      swap('database: crm', 'database: 7'),
      'sallyport.yaml:7: targets[0].postgres.database: must be a text (quote it if it looks like a number, a date or yes/no)',
    ],
    [
      'a port out of range',
      swap('database: crm', 'database: crm, port: 70000'),
      'sallyport.yaml:7: targets[0].postgres.port: must not be more than 65535',
    ],
    [
      'a wrong word',
      swap('does: [read, session]', 'does: [read, reed]'),
      'sallyport.yaml:16: rules[0].on.does[1]: must be one of read, write, schema, admin, session, connect, unknown',
    ],
    [
      'a column with three parts',
      swap('crm.public.users.email', 'public.users.email'),
      'sallyport.yaml:11: protect[0].columns[0]: must have four parts, target.schema.table.column; `*` and `{a,b}` stand for many',
    ],
    [
      'an environment variable that is not set',
      swap('env:CRM_PASSWORD', 'env:NOT_THERE'),
      'sallyport.yaml:8: targets[0].credential.password: env:NOT_THERE is not set; set the environment variable NOT_THERE',
    ],
    [
      'an empty environment variable',
      swap('env:CRM_PASSWORD', 'env:EMPTY'),
      'sallyport.yaml:8: targets[0].credential.password: env:EMPTY is empty; set the environment variable EMPTY',
    ],
    [
      'a missing file',
      swap('env:CRM_PASSWORD', 'file:nowhere'),
      'sallyport.yaml:8: targets[0].credential.password: file:nowhere cannot be read (/etc/sallyport/nowhere: ENOENT)',
    ],
    [
      'a file that holds no certificate',
      swap('certificate: file:cert.pem', 'certificate: file:key.pem'),
      'sallyport.yaml:21: tls.certificate: file:key.pem holds no certificate in PEM form',
    ],
    [
      'a scheme that is not built',
      swap('env:CRM_PASSWORD', '"vault:secret/crm#password"'),
      'sallyport.yaml:8: targets[0].credential.password: the scheme "vault:" is not built into this version; write env:NAME or file:PATH',
    ],
    [
      'another scheme that is not built',
      swap('env:CRM_PASSWORD', 'aws-secrets:crm'),
      'sallyport.yaml:8: targets[0].credential.password: the scheme "aws-secrets:" is not built into this version; write env:NAME or file:PATH',
    ],
    [
      'a duration without a unit',
      `${whole}limits: { idle: '30' }\n`,
      'sallyport.yaml:23: limits.idle: is not a duration: write a number and a unit, such as 250ms, 60s, 15m, 12h or 400d',
    ],
    [
      'a size beyond its bounds',
      `${whole}limits: { messageBytes: 1B }\n`,
      'sallyport.yaml:23: limits.messageBytes: must lie between 64KiB and 1023MiB',
    ],
    [
      'a second target of the same name',
      swap('protect:', '  - name: crm\n    postgres: { host: b, database: c }\n    credential: { user: u }\nprotect:'),
      'sallyport.yaml:9: targets[1].name: another target is named "crm" too (targets[0]); names are unique',
    ],
    [
      'several issuers without a pattern of their users',
      swap('targets:', '    - { url: "https://b.example.com", audience: a, users: "*@b" }\ntargets:'),
      'sallyport.yaml:3: identity.issuers[0].users: is required with several issuers; write a glob such as *@example.com',
    ],
    [
      'an issuer in clear text',
      swap('https://login.example.com', 'http://login.example.com'),
      'sallyport.yaml:3: identity.issuers[0].url: must start with https:// (http:// only on loopback)',
    ],
    [
      'a target that is a database and a cluster',
      swap(
        'postgres: { host: db.internal, database: crm }',
        'kubernetes: { kubeconfig: env:CRM_PASSWORD }\n    postgres: { host: db.internal, database: crm }',
      ),
      'targets[0].kubernetes: stands beside postgres; a target has one of them, so make it two targets',
    ],
    [
      'a queue that leads nowhere',
      `${whole}queue: { redis: env:REDIS_URL }\n`,
      'sallyport.yaml:23: queue.redis: env:REDIS_URL is not set; set the environment variable REDIS_URL',
    ],
    [
      'a claim asked for that no token gives',
      swap('who: { groups: [analysts] }', 'who: { claims: { department: sales } }'),
      'sallyport.yaml:15: rules[0].who.claims.department: rule "analysts read the CRM" asks for the claim "department", which is taken from no token; add it to identity.issuers[].claims.also',
    ],
    [
      'an approval on a rule that does not hold',
      swap('effect: allow', 'effect: allow\n    approval: { reviewers: { groups: [x] } }'),
      'sallyport.yaml:18: rules[0].approval: belongs to a rule of effect hold; remove it or change the effect',
    ],
    [
      'no certificate',
      swap('tls: { certificate: file:cert.pem, key: file:key.pem }\n', ''),
      'sallyport.yaml:1: tls: is missing; write tls: { certificate: file:PATH, key: file:PATH }, since no listener speaks in clear text',
    ],
    ['broken YAML', 'a: [1\n', 'sallyport.yaml:2: is not valid YAML:'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'sallyport.yaml:2: the file holds several documents (---); keep one'],
  ])('%s', (_what, text, expected) => {
    const lines = problems(text);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(expected);
  });

  it('lists every problem, in the order of the file', () => {
    const text = swap('audience: sallyport', 'nonsense: x')
      .replace('env:CRM_PASSWORD', 'env:NO')
      .replace('effect: allow', 'effect: alow');
    expect(problems(text).map((line) => line.split(': ')[1])).toEqual([
      'identity.issuers[0].audience',
      'identity.issuers[0].nonsense',
      'targets[0].credential.password',
      'rules[0].effect',
    ]);
  });

  it.each(['hunter2', 'hunter:2', 'postgresql://u:hunter2@h/d', 'pass word'])(
    'never repeats a literal secret: %s',
    (secret) => {
      const [line] = problems(swap('env:CRM_PASSWORD', JSON.stringify(secret)));
      expect(line).toContain('must be a reference, not the value itself; write env:NAME or file:PATH');
      expect(line).not.toContain('hunter');
    },
  );

  it('never repeats a URL that a reference leads to', () => {
    const broken = { ...sources, env: { ...env, GATEWAY_URL: 'mysql://g:one@db/audit' } };
    const lines = problems(whole, (text) => parseConfig(text, 'sallyport.yaml', broken));
    expect(lines).toEqual([
      'sallyport.yaml:20: audit.database.gateway: the reference must lead to a URL that starts with postgresql://',
    ]);
  });
});

describe('a configuration that is accepted', () => {
  it('is completed with defaults, in milliseconds and bytes', () => {
    const config = load(whole);
    expect(config.targets[0]).toMatchObject({
      name: 'crm',
      postgres: { host: 'db.internal', port: 5432, database: 'crm', tls: 'verify-full' },
      release: 'durable',
      record: { first: 50 },
    });
    expect(config.identity.issuers[0]?.claims).toEqual({ user: 'email', groups: 'groups', purpose: 'purpose' });
    expect(config.audit.journal).toEqual({
      dir: '/etc/sallyport/journal',
      reserve: 268_435_456,
      maxBehind: { bytes: 1_073_741_824, for: 900_000 },
    });
    expect(config.keys.dir).toBe('/etc/sallyport/keys');
    expect(config.listen.postgres).toMatchObject({ host: '0.0.0.0', port: 6432, workers: 4 });
    expect(config.listen.control.tls.certificate).toBe(certificate);
    expect(config.limits).toMatchObject({
      messageBytes: 67_108_864,
      startup: 10_000,
      chunk: { bytes: 1_048_576, for: 20 },
    });
    expect(config.warnings).toEqual([]);
  });

  it('holds its secrets without showing them', () => {
    const config = load(whole);
    expect(passwordOf(config)).toBe(password);
    const shown = `${inspect(config, { depth: 20 })}${JSON.stringify(config)}`;
    for (const secret of [password, 'g:one', 'c:two', 'BEGIN PRIVATE KEY']) expect(shown).not.toContain(secret);
    expect(shown).toContain('[redacted]');
  });

  it('reads a secret from a file without its last line break', () => {
    const config = load(swap('env:CRM_PASSWORD', 'file:secrets/crm'));
    expect(passwordOf(config)).toBe('from-a-file');
  });

  it('takes one text for a list', () => {
    const config = load(swap('groups: [analysts]', 'groups: analysts'));
    expect(config.rules[0]).toMatchObject({ who: { groups: ['analysts'] }, on: { target: ['crm'] } });
  });

  it('reads `mask: null` as the mask, quoted or not', () => {
    for (const mask of ['null', "'null'", '~'])
      expect(load(swap('mask: { keep: domain }', `mask: ${mask}`)).protect[0]?.mask).toBe('null');
  });

  it('gives a listener its own certificate before the shared one', () => {
    const own = { ...files, '/etc/sallyport/own.pem': certificate.replace('AAAA', 'BBBB') };
    const config = parseConfig(
      `${whole}listen: { control: { tls: { certificate: file:own.pem, key: file:key.pem } } }\n`,
      'sallyport.yaml',
      { ...sources, readFile: (path) => own[path as keyof typeof own] ?? '' },
    );
    expect(config.listen.control.tls.certificate).toContain('BBBB');
    expect(config.listen.postgres.tls.certificate).toContain('AAAA');
  });

  it('lets a process start without the secrets of another one, and refuses to reveal them', () => {
    const { OWNER_URL: _owner, CONTROL_URL: _control, ...own } = env;
    const config = parseConfig(whole, 'sallyport.yaml', { ...sources, env: own, reader: 'postgres-gateway' });
    expect(config.audit.database.gateway.reveal()).toBe(env.GATEWAY_URL);
    expect(() => config.audit.database.migrations.reveal()).toThrow('env:OWNER_URL is not set');
    const { GATEWAY_URL: _gateway, ...without } = env;
    expect(
      problems(whole, (text) => parseConfig(text, 'f', { ...sources, env: without, reader: 'postgres-gateway' })),
    ).toHaveLength(1);
  });

  it('warns of what is legal and dangerous', () => {
    const text = swap('database: crm }', 'database: crm, tls: disable }')
      .replace('target: crm, does', 'target: [crm, crn], does')
      .replace('effect: allow', 'effect: hold')
      .replace('crm.public.users.email', 'crn.public.users.email')
      .replace(/database: \{ gateway.*/u, 'database: env:OWNER_URL');
    expect(load(text).warnings.map((line) => line.replace(/^sallyport\.yaml:(\d+): /u, '$1 '))).toEqual([
      '7 target "crm" is reached without TLS: credential and data travel in the clear',
      '16 rule "analysts read the CRM" names the target "crn", which does not exist: it matches nothing there',
      '14 rule "analysts read the CRM" holds for approval, but it names no reviewers and nobody has the role of one: nobody can approve. Name approval.reviewers or roles.reviewer',
      '11 "crn.public.users.email" names the target "crn", which does not exist: it protects nothing',
      '20 one URL for gateway, control and migrations: whoever holds it can change the record; for development only',
    ]);
  });

  it('warns of a rule about a class that nothing has', () => {
    const text = swap(
      'effect: allow',
      "effect: allow\n  - name: other\n    on: { target: crm, reads: { class: [emial, 'e*'] }, writes: { class: email } }\n    effect: deny",
    );
    expect(load(text).warnings.map((line) => line.replace(/^sallyport\.yaml:\d+: /u, ''))).toEqual([
      'rule "other" names the class "emial", which no entry of protect has: it matches nothing there',
    ]);
  });

  it('may leave out what an embedding program adds, and says what the file gave', () => {
    const text = whole.slice(whole.indexOf('targets:'), whole.indexOf('audit:'));
    const config = parsePartialConfig(text, 'sallyport.yaml', sources);
    expect(config.given).toEqual(['targets', 'protect', 'rules']);
    expect(config.audit).toBeUndefined();
    expect(problems(text)).toHaveLength(3);
  });
});
