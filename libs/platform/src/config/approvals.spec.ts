import { inspect } from 'node:util';
import { ConfigError } from './config.error.js';
import { parseConfig, parsePartialConfig, type ConfigSources } from './load-config.js';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const env: Record<string, string> = {
  PASSWORD: 'pa55',
  AUDIT: 'postgresql://u:p@db/audit',
  SECRET: secret,
  SHORT_SECRET: `whsec_${Buffer.alloc(8).toString('base64')}`,
  REDIS_URL: 'rediss://default:hunter2@redis:6379/0',
  WRONG_REDIS: 'https://hunter2@redis',
};
const sources: ConfigSources = {
  env,
  folder: '/etc/sallyport',
  cores: 2,
  readFile: () => '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n',
};

const base = `identity: { issuers: [{ url: https://login.example.com, audience: sallyport, claims: { also: [department] } }] }
targets:
  - name: crm
    postgres: { host: db.internal, database: crm }
    credential: { user: sallyport_crm, password: env:PASSWORD }
audit:
  journal: { dir: journal }
  database: { gateway: env:AUDIT, control: env:AUDIT, migrations: env:AUDIT }
tls: { certificate: file:cert.pem, key: file:key.pem }
keys: { dir: keys }
`;

const load = (more: string, reader?: ConfigSources['reader']) =>
  parseConfig(base + more, 'sallyport.yaml', { ...sources, reader });

function problem(more: string): string {
  try {
    load(more);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

const hook = (members: string) => `notifications: { webhooks: [{ name: chat, secret: env:SECRET, ${members} }] }\n`;
const rule = (members: string) => `rules: [{ name: r, ${members} }]\n`;
const held = (approval: string, more = '') =>
  rule(`on: { target: crm }, effect: hold, approval: { ${approval} }${more}`);

/** Warnings about rules, without the place in the file. */
const warned = (more: string) =>
  load(more)
    .warnings.map((line) => line.replace(/^sallyport\.yaml:\d+: /u, ''))
    .filter((line) => line.startsWith('rule'));

describe('a queue', () => {
  it('leads to Redis or nowhere, and its URL is never shown', () => {
    const said = problem('queue: { redis: env:WRONG_REDIS }\n');
    expect(said).toContain('queue.redis: the reference must lead to a URL such as rediss://');
    expect(said).not.toContain('hunter2');
    expect(problem('queue: {}\n')).toContain('queue.redis: is missing');
    const config = load('queue: { redis: env:REDIS_URL }\n');
    expect(config.queue?.redis.reveal()).toBe(env['REDIS_URL']);
    expect(inspect(config, { depth: 10 })).not.toContain('hunter2');
  });

  it('is the audit database where none is given', () => {
    expect(load('').queue).toBeUndefined();
  });

  it('is the control API’s alone: a gateway starts without it', () => {
    expect(load('queue: { redis: env:ABSENT }\n', 'postgres-gateway').queue).toBeDefined();
    expect(() => load('queue: { redis: env:ABSENT }\n', 'control')).toThrow('env:ABSENT is not set');
  });
});

describe('a webhook', () => {
  it.each<[string, string, string]>([
    ['a URL in clear text', 'url: "http://hooks.example.com/x"', 'url: must start with https://'],
    ['no URL', 'url: hooks', 'url: is not a URL'],
    ['a URL with a password', 'url: "https://u:p@hooks.example.com"', 'url: must hold no credential'],
    ['a URL with a fragment', 'url: "https://hooks.example.com/#x"', 'url: must hold no fragment'],
    ['another scheme', 'url: "file:///etc/passwd", networks: 10.0.0.0/8', 'url: must start with https://'],
    ['an unknown event', 'url: "https://h.example.com", events: [approved]', 'events[0]: must be one of requested'],
    ['no event', 'url: "https://h.example.com", events: []', 'events'],
    ['a network that is none', 'url: "https://h.example.com", networks: [10.0.0.1/8]', 'has bits set past its prefix'],
  ])('does not have %s', (_, members, expected) => {
    expect(problem(hook(members))).toContain(expected);
  });

  it('signs with a secret long enough, which is never repeated', () => {
    const said = problem(
      'notifications: { webhooks: [{ name: a, url: "https://h.example.com", secret: env:SHORT_SECRET }] }\n',
    );
    expect(said).toContain('secret: the reference must lead to whsec_ followed by 24 to 64 bytes in base64');
    expect(said).not.toContain(env['SHORT_SECRET']);
  });

  it('has a name of its own', () => {
    const one = '{ name: a, url: "https://h.example.com", secret: env:SECRET }';
    expect(problem(`notifications: { webhooks: [${one}, ${one}] }\n`)).toContain(
      'notifications.webhooks[1].name: another webhook is named "a" too (notifications.webhooks[0])',
    );
  });

  it('hears of everything and reaches public addresses only, unless it says otherwise', () => {
    const [webhook] = load(hook('url: "https://h.example.com/x"')).notifications.webhooks;
    expect(webhook).toMatchObject({
      name: 'chat',
      url: 'https://h.example.com/x',
      events: ['requested', 'decided', 'expired', 'glass', 'reminder', 'overdue'],
      networks: [],
    });
    expect(webhook?.secret.reveal()).toBe(secret);
    const [inside] = load(hook('url: "http://chat.internal/x", networks: 10.0.0.0/8, events: [glass]')).notifications
      .webhooks;
    expect(inside).toMatchObject({ networks: ['10.0.0.0/8'], events: ['glass'] });
    expect(load(hook('url: "http://127.0.0.1:9/x", networks: [127.0.0.0/8]')).notifications.webhooks).toHaveLength(1);
    expect(load('').notifications.webhooks).toEqual([]);
  });
});

describe('a rule', () => {
  it.each<[string, string, string]>([
    [
      'a strength that says nothing',
      rule('who: { strength: {} }, on: { target: crm }, effect: allow'),
      'who.strength: must name acr or within',
    ],
    [
      'a network that is none',
      rule('who: { networks: [intranet] }, on: { target: crm }, effect: allow'),
      'is no network; write 10.0.0.0/8',
    ],
    ['a clause that is none', rule('on: { target: crm, missing: having }, effect: deny'), 'on.missing: must be'],
    [
      'limits where it denies',
      rule('on: { target: crm }, effect: deny, limits: { rows: 1 }'),
      'limits: binds nothing in a rule of effect deny',
    ],
    [
      'recording where it denies',
      rule('on: { target: crm }, effect: deny, record: all'),
      'record: binds nothing in a rule of effect deny',
    ],
    [
      'limits where it is about rows',
      rule('on: { target: crm, reads: { class: x, rows: { over: 1 } } }, effect: hold, limits: { rows: 1 }'),
      'limits: binds nothing in a rule about the number of rows',
    ],
    [
      'a level of recording that is none',
      rule('on: { target: crm }, effect: allow, record: loud'),
      'record: must be none, all or { first: NUMBER }',
    ],
    ['reads of nothing', rule('on: { target: crm, reads: {} }, effect: deny'), 'on.reads: must name class or rows'],
    ['a step-up that says nothing', held('stepUp: {}'), 'approval.stepUp: must name acr or within'],
    ['a quorum of nobody', held('quorum: 0'), 'approval.quorum: must not be less than 1'],
    [
      'a claim that no token gives',
      rule('who: { claims: { office: x } }, on: { target: crm }, effect: deny'),
      'asks for the claim "office", which is taken from no token',
    ],
  ])('does not have %s', (_, text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it('is read with all that it may say', () => {
    const config = load(
      rule(
        'who: { claims: { department: [sales, "m*"] }, strength: { acr: mfa, within: 5m }, networks: 10.0.0.0/8 }, ' +
          'on: { target: crm, missing: where, filters: { class: email } }, effect: hold, record: { first: 7 }, ' +
          'limits: { rows: 10, bytes: 1MiB, statementTimeout: 2s, readOnly: true }, ' +
          'approval: { reviewers: { groups: privacy }, quorum: 2, stepUp: { within: 5m }, inTransaction: any, remind: 1m }',
      ),
    );
    expect(config.rules[0]).toMatchObject({
      who: {
        claims: { department: ['sales', 'm*'] },
        strength: { acr: ['mfa'], within: 300_000 },
        networks: ['10.0.0.0/8'],
      },
      on: { missing: ['where'], filters: { class: ['email'] } },
      limits: { rows: 10, bytes: 1_048_576, statementTimeout: 2_000, readOnly: true },
      record: { first: 7 },
      approval: {
        quorum: 2,
        hold: 60_000,
        expires: 900_000,
        stepUp: { within: 300_000 },
        inTransaction: 'any',
        remind: 60_000,
      },
    });
  });

  it('is warned of where nobody could ever let it go', () => {
    // what the file leaves out, an embedding program may add
    const part = parsePartialConfig(
      rule('on: { target: "*" }, effect: hold') + 'targets: []\n',
      'sallyport.yaml',
      sources,
    );
    expect(part.warnings).toEqual([]);
    expect(warned(`roles: { auditor: { groups: a } }\n${rule('on: { target: crm }, effect: hold')}`)).toEqual([
      expect.stringContaining('rule "r" holds for approval, but it names no reviewers and nobody has the role of one'),
    ]);
    expect(warned(`roles: { reviewer: { groups: a } }\n${held('quorum: 3')}`)).toEqual([]);
    expect(warned(held('reviewers: { users: [c@x.org, C@x.org] }, quorum: 2'))).toEqual([
      expect.stringContaining('rule "r" wants 2 to approve and names 1 person: it can never be approved'),
    ]);
    expect(warned(held('reviewers: { users: [c@x.org] }', ', owner: c@x.org'))).toEqual([
      expect.stringContaining('names 0 people beside its owner, who may not decide about it'),
    ]);
    for (const reviewers of ['users: ["*@x.org"]', 'groups: [privacy]', 'groups: [privacy], users: [c@x.org]'])
      expect(warned(held(`reviewers: { ${reviewers} }, quorum: 2`))).toEqual([]);
  });

  it('is warned of where it limits a cluster', () => {
    const cluster = base.replace('audit:', '  - name: prod\n    kubernetes: { kubeconfig: env:PASSWORD }\naudit:');
    const limited = rule('on: { target: [crm, prod] }, effect: allow, limits: { rows: 1 }');
    const { warnings } = parseConfig(cluster + limited, 'sallyport.yaml', sources);
    expect(warnings.filter((line) => line.includes('limits'))).toEqual([
      expect.stringContaining('"prod" is a cluster, which has neither: they bind nothing there'),
    ]);
  });

  it('is warned of where it names a class that nothing has', () => {
    expect(warned(rule('on: { target: crm, filters: { class: emial } }, effect: deny'))).toEqual([
      'rule "r" names the class "emial", which no entry of protect has: it matches nothing there',
    ]);
  });
});

describe('the role of break-glass', () => {
  it('is held by nobody unless somebody is named', () => {
    expect(load('').roles.breakGlass).toEqual({});
    expect(load('roles: { breakGlass: { groups: oncall } }\n').roles.breakGlass).toEqual({ groups: ['oncall'] });
  });
});
