import { ConfigError } from './config.error.js';
import { parseConfig, type ConfigSources } from './load-config.js';

const sources: ConfigSources = {
  env: { PASSWORD: 'pa55', AUDIT: 'postgresql://u:p@db/audit' },
  folder: '/etc/sallyport',
  cores: 2,
  readFile: () => '-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n',
};

const base = `identity: { issuers: [{ url: https://login.example.com, audience: sallyport }] }
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

const load = (more: string) => parseConfig(base + more, 'sallyport.yaml', sources);
const email = (members: string, columns = 'crm.public.users.email') =>
  `protect: [{ class: email, columns: [${columns}]${members} }]\n`;

function problem(more: string): string {
  try {
    load(more);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

describe('what may be learned of a class', () => {
  it.each([
    [', oracles: { timing: allow }', /oracles\.timing/],
    [', oracles: { join: sometimes }', /must be allow, hold, refuse or/],
    [', oracles: { join: { count: 0, per: 1h } }', /oracles\.join/],
    [', oracles: { join: { count: 5 } }', /oracles\.join/],
    [', writeBack: warn', /writeBack/],
  ])('is not accepted as %s', (members, message) => {
    expect(problem(email(members))).toMatch(message);
  });

  it('is an equality with a bound parameter, unless the entry says otherwise, and masks are never written back', () => {
    const [plain] = load(email('')).protect;
    expect(plain?.oracles).toEqual({
      equality: 'allow',
      predicate: 'refuse',
      join: 'refuse',
      ordering: 'refuse',
      grouping: 'refuse',
      evaluation: 'refuse',
    });
    expect(plain?.writeBack).toBe('refuse');
    const [other] = load(
      email(', oracles: { equality: refuse, grouping: { count: 100, per: 1h } }, writeBack: allow'),
    ).protect;
    expect(other?.oracles).toMatchObject({ equality: 'refuse', grouping: { count: 100, per: 3_600_000 } });
    expect(other?.writeBack).toBe('allow');
  });
});

describe('a kind that is held', () => {
  it('is a rule of its own behind those of the file, on the targets of the class only', () => {
    const { rules } = load(
      `${email(', oracles: { ordering: hold, equality: hold }', "crm.public.users.email, '*.hr.people.mail'")}rules: [{ name: all, on: { target: crm }, effect: allow }]\n`,
    );
    expect(rules.map(({ name, effect }) => `${effect}: ${name}`)).toEqual([
      'allow: all',
      'hold: protect email: equality',
      'hold: protect email: ordering',
    ]);
    expect(rules[2]?.on).toMatchObject({ target: ['crm', '*'], oracles: { class: ['email'], kind: ['ordering'] } });
    expect(rules[2]?.approval).toMatchObject({ quorum: 1, hold: 60_000, expires: 900_000 });
  });

  it('is warned of where nobody can let it go', () => {
    expect(load(email(', oracles: { ordering: hold }')).warnings.join('\n')).toMatch(
      /protect of "email" holds ordering, but nobody has the role of a reviewer/,
    );
    const reviewed = `roles: { reviewer: { groups: [privacy] } }\n${email(', oracles: { ordering: hold }')}`;
    expect(load(reviewed).warnings.join('\n')).not.toMatch(/reviewer/);
  });
});

describe('a rule about what is learned', () => {
  const rule = (oracles: string) =>
    `${email('')}rules: [{ name: r, on: { target: crm, oracles: ${oracles} }, effect: deny }]\n`;

  it('names a class or a kind that exists', () => {
    expect(problem(rule('{}'))).toMatch(/must name class or kind/);
    expect(problem(rule('{ kind: timing }'))).toMatch(/oracles\.kind/);
    expect(load(rule('{ class: mail }')).warnings.join('\n')).toMatch(
      /names the class "mail", which no entry of protect/,
    );
    expect(load(rule('{ class: email, kind: [join, equality] }')).rules[0]?.on.oracles).toEqual({
      class: ['email'],
      kind: ['join', 'equality'],
    });
  });
});
