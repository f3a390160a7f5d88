import { inspect } from 'node:util';
import { Secret } from '@app/platform';
import {
  configurationFindings,
  ConfiguredCredentials,
  ConfiguredTargets,
  TargetError,
  type PostgresTarget,
  warnings,
  type Target,
} from './index.js';

const canary = 'canary-4f1b-password';

function target(
  changes: Partial<Omit<PostgresTarget, 'postgres'>> & { postgres?: Partial<PostgresTarget['postgres']> } = {},
): PostgresTarget {
  const { postgres, ...rest } = changes;
  return {
    kind: 'postgres',
    name: 'crm',
    credential: { user: 'sallyport_crm', password: new Secret(canary) },
    release: 'durable',
    record: { first: 50 },
    ...rest,
    postgres: { host: 'db.internal', port: 5432, database: 'crm', tls: 'verify-full', ...postgres },
  };
}

function refusal(targets: readonly Target[]): TargetError {
  try {
    new ConfiguredTargets(targets);
  } catch (error) {
    if (error instanceof TargetError) return error;
  }
  throw new Error('was accepted');
}

describe('ConfiguredTargets', () => {
  it.each(['', 'a.b', 'crm*', '{a,b}', '-crm', 'crm\0', 'cr m', 'crm\n', 'ü', 'a'.repeat(64)])(
    'refuses the name %j and names it',
    (name) => {
      const error = refusal([target({ name })]);
      expect(error.code).toBe('bad-name');
      expect(error.message).toContain(JSON.stringify(name));
    },
  );

  it('refuses two targets of one name and names it', () => {
    const error = refusal([target(), target({ postgres: { host: 'other' } })]);
    expect(error.code).toBe('duplicate-name');
    expect(error.message).toContain('crm');
  });

  it.each([
    ['postgres.host', { host: '' }],
    ['postgres.host', { host: 'db\0.evil' }],
    ['postgres.port', { port: 0 }],
    ['postgres.port', { port: 65_536 }],
    ['postgres.database', { database: 'd'.repeat(64) }],
    ['postgres.database', { database: 'ü'.repeat(32) }],
    ['postgres.database', { database: 'crm\0x' }],
  ])('refuses a bad %s, naming key and target', (key, postgres) => {
    const error = refusal([target({ postgres })]);
    expect(error.code).toBe('bad-address');
    expect(error.message).toContain(`crm: ${key}`);
  });

  it.each(['', 'r'.repeat(64), 'role\0x'])('refuses the role name %j', (user) => {
    expect(refusal([target({ credential: { user, password: null } })]).code).toBe('bad-credential');
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to record the first %d rows', (first) => {
    expect(refusal([target({ record: { first } })]).code).toBe('bad-record');
  });

  it('finds nothing but the exact name', () => {
    const registry = new ConfiguredTargets([target(), target({ name: 'billing' })]);
    expect(registry.get('CRM')).toBeUndefined();
    expect(registry.get('crm ')).toBeUndefined();
    expect(registry.get('__proto__')).toBeUndefined();
    expect(registry.get('constructor')).toBeUndefined();
    expect(registry.get('billing')?.name).toBe('billing');
    expect(registry.list().map((each) => each.name)).toEqual(['crm', 'billing']);
  });
});

describe('ConfiguredCredentials', () => {
  it('gives no password to a target that was changed on the way', () => {
    const crm = target();
    const vault = new ConfiguredCredentials([crm]);
    const elsewhere = { ...crm, postgres: { ...crm.postgres, host: 'evil.example' } };
    expect(() => vault.passwordFor(elsewhere)).toThrow(/no credential/);
    expect(vault.passwordFor(crm)?.reveal()).toBe(canary);
  });

  it('never shows a password when a target or vault is printed or serialised', () => {
    const crm = target();
    const vault = new ConfiguredCredentials([crm]);
    const printed = [
      inspect(crm, { depth: 9, showHidden: true }),
      inspect(vault, { depth: 9, showHidden: true }),
      JSON.stringify([crm, vault, vault.passwordFor(crm)]),
      `${String(vault.passwordFor(crm))}`,
      warnings(target({ postgres: { tls: 'disable' } })).join(),
    ].join('\n');
    expect(printed).not.toContain(canary);
    expect(printed).toContain('[redacted]');
  });

  it('gives null where the server asks for no password', () => {
    const trusting = target({ credential: { user: 'u', password: null } });
    expect(new ConfiguredCredentials([trusting]).passwordFor(trusting)).toBeNull();
  });
});

describe('what the configuration alone says', () => {
  it('names a strict target and what that costs, as a note', () => {
    const strict = (postgres: { strict?: boolean }) =>
      configurationFindings(target({ postgres })).filter(({ code }) => code === 'strict');
    expect(strict({})).toEqual([]);
    expect(strict({ strict: false })).toEqual([]);
    const [found] = strict({ strict: true });
    expect(found?.severity).toBe('note');
    expect(found?.why).toContain('one exchange more');
  });
});

describe('warnings', () => {
  it.each(['disable', 'require', 'verify-ca'] as const)('warns of tls %s by name', (tls) => {
    expect(warnings(target({ postgres: { tls } }))).toEqual([
      expect.stringMatching(`^target crm: postgres.tls is ${tls}`),
    ]);
  });

  it('says that a login crosses the network in the clear, except on loopback', () => {
    expect(warnings(target({ postgres: { tls: 'disable' } }))[0]).toContain(
      'and the login cross the network to db.internal',
    );
    expect(warnings(target({ postgres: { tls: 'disable', host: '127.0.0.1' } }))[0]).toContain('development');
    expect(warnings(target({ postgres: { tls: 'disable', host: '127.0.0.1.evil.example' } }))[0]).toContain(
      'in the clear',
    );
  });

  it('warns of a missing password, of the superuser and of release written', () => {
    const found = warnings(target({ release: 'written', credential: { user: 'postgres', password: null } })).join('\n');
    expect(found).toContain('credential.password');
    expect(found).toContain('superuser');
    expect(found).toContain('release is written');
  });

  it('has nothing to say about a careful target', () => {
    expect(warnings(target())).toEqual([]);
  });
});
