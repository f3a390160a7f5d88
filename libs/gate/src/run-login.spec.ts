import { type Principal, TokenVerifier } from '@app/identity';
import { type LoginServices, runLogin } from './run-login.js';
import { samplePrincipal } from './testing/samples.js';

const alice = samplePrincipal();
const crm = { name: 'crm' };

/** Services that write down in which order they were asked. */
function services(
  replaced: Partial<LoginServices<typeof crm>> = {},
): LoginServices<typeof crm> & { readonly asked: string[] } {
  const asked: string[] = [];
  class OneTokenVerifier extends TokenVerifier {
    override async verify(token: string): Promise<Principal> {
      asked.push('verify');
      if (token !== 'good') throw new Error('the signature is wrong');
      return alice;
    }
  }
  class OneTarget {
    get(name: string): typeof crm | undefined {
      asked.push('target');
      return name === 'crm' ? crm : undefined;
    }
  }
  return {
    asked,
    verifier: new OneTokenVerifier(),
    targets: new OneTarget(),
    denied: () => null,
    denyListLoaded: () => true,
    now: () => 1_000,
    ...replaced,
  };
}

const client = (token: string | null, target = 'crm', user: string | null = 'alice@example.com') => ({
  target,
  user,
  token: async () => token,
});

describe('runLogin', () => {
  it.each([
    ['client-gone', client(null), {}],
    ['no-token', client(''), {}],
    ['bad-token', client('forged'), {}],
    ['wrong-user', client('good', 'crm', 'bob@example.com'), {}],
    ['wrong-user', client('good', 'crm', 'Alice@example.com'), {}],
    ['wrong-user', client('good', 'crm', ''), {}],
    ['not-ready', client('good'), { denyListLoaded: () => false }],
    [
      'denied',
      client('good'),
      { denied: () => ({ iss: alice.iss, kind: 'sub', value: alice.sub, expires: null }) as const },
    ],
  ] as const)('refuses with %s without a look at the targets', async (code, transport, replaced) => {
    for (const target of ['crm', 'no-such-target']) {
      const asked = services(replaced);
      const outcome = await runLogin({ ...transport, target }, asked);
      expect(outcome.principal).toBeNull();
      expect(outcome.target).toBeNull();
      expect(outcome.failure?.code).toBe(code);
      expect(outcome.failure?.reason).not.toContain(target);
      expect(asked.asked).not.toContain('target');
    }
  });

  it('refuses an unknown target only to a person it knows', async () => {
    const asked = services();
    const outcome = await runLogin(client('good', 'prod'), asked);
    expect(outcome.failure).toEqual({ code: 'unknown-target', reason: 'there is no target named "prod"' });
    expect(asked.asked).toEqual(['verify', 'target']);
  });

  it('does not repeat an endless target name, nor its line ends', async () => {
    const outcome = await runLogin(client('good', `\n${'x'.repeat(100_000)}`), services());
    expect(outcome.failure?.reason.length).toBeLessThan(120);
    expect(outcome.failure?.reason).not.toContain('\n');
  });

  it('refuses with what the verifier threw when it is no error at all', async () => {
    class Throws extends TokenVerifier {
      override verify(): Promise<Principal> {
        return Promise.reject('not an error');
      }
    }
    const outcome = await runLogin(client('good'), services({ verifier: new Throws() }));
    expect(outcome.failure).toEqual({ code: 'bad-token', reason: 'not an error' });
  });

  it('never says the token in a reason', async () => {
    const outcome = await runLogin(client('forged-but-secret'), services());
    expect(JSON.stringify(outcome)).not.toContain('forged-but-secret');
  });

  it('lets a person in with the token of the user they say they are, or who say no name', async () => {
    expect(await runLogin(client('good'), services())).toEqual({ principal: alice, target: crm, failure: null });
    expect(await runLogin(client('good', 'crm', null), services())).toMatchObject({ principal: alice });
  });
});
