import {
  compileNetwork,
  type DenyEntry,
  type MintedCredential,
  type MintedPrincipals,
  type Principal,
  type TokenVerifier,
} from '@app/identity';

/** What a client proved itself by; how it did is the protocol's affair. */
export type Proof =
  | { readonly kind: 'token'; readonly token: string }
  /** the client knows the secret of this credential */
  | { readonly kind: 'minted'; readonly credential: MintedCredential }
  /** the client has the key of a certificate that makes it this principal */
  | { readonly kind: 'certificate'; readonly principal: Principal }
  | { readonly kind: 'none'; readonly code: LoginFailureCode; readonly reason: string };

/** What a protocol must be able to do during a login; the order belongs to {@link runLogin}. */
export interface LoginTransport {
  /** name of the target the client asks for */
  readonly target: string;
  /** the user name the client gives; null where the protocol has none */
  readonly user: string | null;
  /** IP address of the client */
  readonly address: string;
  /** has the client prove itself; what it proved is judged by {@link runLogin} alone */
  proof(): Promise<Proof>;
}

/** What a login needs; one per process. */
export interface LoginServices<T> {
  readonly verifier: TokenVerifier;
  /** absent where a protocol takes no minted credentials */
  readonly minted?: MintedPrincipals;
  /** what a protocol's targets are is its own affair */
  readonly targets: { get(name: string): T | undefined };
  denied(principal: Principal): DenyEntry | null;
  /** the deny-list has been loaded at least once: before that nobody is accepted */
  denyListLoaded(): boolean;
  now(): number;
}

interface Failed {
  readonly principal: null;
  readonly target: null;
  readonly failure: { readonly code: LoginFailureCode; readonly reason: string };
}

/** `client-gone`: nobody is there to be told. The reason is for the log and the record, never for the client. */
export type LoginOutcome<T> = { readonly principal: Principal; readonly target: T; readonly failure: null } | Failed;

/**
 * Why a login failed. `asked`: nothing was tried, the client wants to know where it gets a token. `unavailable`: what it tried cannot
 * be checked now.
 */
export type LoginFailureCode =
  | 'client-gone'
  | 'asked'
  | 'no-token'
  | 'bad-token'
  | 'bad-secret'
  | 'bad-certificate'
  | 'malformed'
  | 'downgraded'
  | 'wrong-user'
  | 'wrong-target'
  | 'wrong-network'
  | 'expired'
  | 'denied'
  | 'unknown-target'
  | 'unavailable'
  | 'not-ready';

const failed = (code: LoginFailureCode, reason: string): Failed => ({
  principal: null,
  target: null,
  failure: { code, reason },
});

/**
 * The whole login once, for every protocol: proof, person, deny-list, target. A target is looked up only after the person is known,
 * so that a stranger learns nothing of which targets exist.
 */
export async function runLogin<T>(transport: LoginTransport, services: LoginServices<T>): Promise<LoginOutcome<T>> {
  const known = await whoIsIt(await transport.proof(), transport, services);
  if ('failure' in known) return known;
  if (!services.denyListLoaded()) return failed('not-ready', 'the deny-list has not been loaded yet');
  if (services.denied(known)) return failed('denied', 'the principal is on the deny-list');
  const target = services.targets.get(transport.target);
  if (!target)
    return failed('unknown-target', `there is no target named ${JSON.stringify(transport.target.slice(0, 64))}`);
  return { principal: known, target, failure: null };
}

async function whoIsIt(
  proof: Proof,
  transport: LoginTransport,
  services: LoginServices<unknown>,
): Promise<Principal | Failed> {
  switch (proof.kind) {
    case 'none':
      return failed(proof.code, proof.reason);
    case 'token': {
      if (proof.token.length === 0) return failed('no-token', 'the client sent no token');
      let principal: Principal;
      try {
        principal = await services.verifier.verify(proof.token, services.now());
      } catch (error) {
        return failed('bad-token', error instanceof Error ? error.message : String(error));
      }
      return named(principal, 'token', transport);
    }
    case 'certificate':
      if (services.now() >= proof.principal.expiresAt) return failed('expired', 'the certificate has expired');
      return named(proof.principal, 'certificate', transport);
    case 'minted':
      return minted(proof.credential, transport, services);
    default:
      return proof satisfies never;
  }
}

function named(principal: Principal, what: string, { user }: LoginTransport): Principal | Failed {
  return user === null || user === principal.user
    ? principal
    : failed('wrong-user', `the user name of the connection is not the user of the ${what}`);
}

/** A credential opens one target, from where it was bound to, until it ends. */
function minted(
  credential: MintedCredential,
  transport: LoginTransport,
  services: LoginServices<unknown>,
): Principal | Failed {
  const { name, target, networks, notAfter } = credential;
  if (!services.minted) return failed('bad-secret', 'no minted credentials are taken here');
  if (transport.user !== name) return failed('wrong-user', 'the user name of the connection is not the credential');
  if (services.now() >= notAfter) return failed('expired', 'the credential has expired');
  if (networks.length > 0 && !networks.some((network) => compileNetwork(network).contains(transport.address)))
    return failed('wrong-network', 'the credential is not for the address that the client comes from');
  if (transport.target !== target) return failed('wrong-target', 'the credential is for another target');
  return services.minted.of(credential);
}
