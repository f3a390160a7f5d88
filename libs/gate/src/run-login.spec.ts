import { type MintedCredential, MintedPrincipals, type Principal, TokenVerifier } from '@app/identity';
import { type LoginFailureCode, type LoginServices, type LoginTransport, type Proof, runLogin } from './run-login.js';
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
    minted: new MintedPrincipals(),
    targets: new OneTarget(),
    denied: () => null,
    denyListLoaded: () => true,
    now: () => 1_000,
    ...replaced,
  };
}

const by = (proof: Proof, user: string | null = alice.user, target = 'crm', address = '10.1.2.3'): LoginTransport => ({
  target,
  user,
  address,
  proof: async () => proof,
});
const client = (token: string, target = 'crm', user: string | null = alice.user): LoginTransport =>
  by({ kind: 'token', token }, user, target);
const gone = by({ kind: 'none', code: 'client-gone', reason: 'the client closed the connection' });

const name = `sp_${'a'.repeat(22)}`;
const { iss, sub, user, groups, act, azp, purpose, claims, acr, authTime } = alice;
const credential: MintedCredential = {
  name,
  target: 'crm',
  verifier: 'looked at before',
  principal: { iss, sub, user, groups, act, azp, purpose, claims, acr, authTime },
  notAfter: 2_000,
  networks: ['10.0.0.0/8', '2001:db8::/32'],
};
const secret = (of: Partial<MintedCredential> = {}, target = 'crm', address = '10.1.2.3', as = name): LoginTransport =>
  by({ kind: 'minted', credential: { ...credential, ...of } }, as, target, address);
const certificate = (of: Partial<Principal> = {}, as = alice.user): LoginTransport =>
  by({ kind: 'certificate', principal: { ...alice, method: 'certificate', expiresAt: 2_000, ...of } }, as);

describe('runLogin', () => {
  it.each<[LoginFailureCode, LoginTransport, Partial<LoginServices<typeof crm>>]>([
    ['client-gone', gone, {}],
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
    ['expired', secret({ notAfter: 1_000 }), {}],
    ['wrong-network', secret({}, 'crm', '192.0.2.1'), {}],
    ['wrong-network', secret({}, 'crm', ''), {}],
    ['wrong-user', secret({}, 'crm', '10.1.2.3', alice.user), {}],
    ['wrong-target', secret({ target: 'other' }), {}],
    ['not-ready', secret(), { denyListLoaded: () => false }],
    [
      'denied',
      secret(),
      {
        denied: (principal: Principal) =>
          principal.jti === name ? ({ iss, kind: 'jti', value: name, expires: null } as const) : null,
      },
    ],
    ['bad-secret', secret(), { minted: undefined }],
    ['bad-secret', by({ kind: 'none', code: 'bad-secret', reason: 'the client does not know the secret' }, name), {}],
    ['expired', certificate({ expiresAt: 1_000 }), {}],
    ['wrong-user', certificate({}, 'bob@example.com'), {}],
    ['not-ready', certificate(), { denyListLoaded: () => false }],
    ['denied', certificate(), { denied: () => ({ iss, kind: 'sub', value: sub, expires: null }) as const }],
  ])('refuses with %s without a look at the targets', async (code, transport, replaced) => {
    const isMinted = (await transport.proof()).kind === 'minted';
    for (const target of isMinted ? ['crm'] : ['crm', 'no-such-target']) {
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

  it('refuses a credential for another target, though that one exists', async () => {
    const outcome = await runLogin(secret({}, 'no-such-target'), services());
    expect(outcome.failure?.code).toBe('wrong-target');
  });

  it('lets whoever minted a credential in by it, up to its end and under its name', async () => {
    const asked = services();
    const { principal } = await runLogin(secret(), asked);
    expect(principal).toEqual({ ...alice, method: 'minted', jti: name, sid: null, expiresAt: 2_000 });
    // decisions are cached by identity
    expect((await runLogin(secret(), asked)).principal).toBe(principal);
    expect((await runLogin(secret({ networks: [] }, 'crm', ''), services())).failure).toBeNull();
    expect((await runLogin(secret({}, 'crm', '::ffff:10.9.9.9'), services())).failure).toBeNull();
  });

  it('lets in whom a certificate names', async () => {
    expect((await runLogin(certificate(), services())).principal).toMatchObject({ method: 'certificate' });
  });

  it('lets a person in with the token of the user they say they are, or who say no name', async () => {
    expect(await runLogin(client('good'), services())).toEqual({ principal: alice, target: crm, failure: null });
    expect(await runLogin(client('good', 'crm', null), services())).toMatchObject({ principal: alice });
  });
});
