import type { DenyEntry, Principal, TokenVerifier } from '@app/identity';

/** What a protocol must be able to do during a login; the order belongs to {@link runLogin}. */
export interface LoginTransport {
  /** name of the target the client asks for */
  readonly target: string;
  /** the user name the client gives; null where the protocol has none */
  readonly user: string | null;
  /** asks the client for its token; null: it went away or sent none */
  token(): Promise<string | null>;
}

/** What a login needs; one per process. */
export interface LoginServices<T> {
  readonly verifier: TokenVerifier;
  /** what a protocol's targets are is its own affair */
  readonly targets: { get(name: string): T | undefined };
  denied(principal: Principal): DenyEntry | null;
  /** the deny-list has been loaded at least once: before that nobody is accepted */
  denyListLoaded(): boolean;
  now(): number;
}

/** `client-gone`: nobody is there to be told. The reason is for the log and the record, never for the client. */
export type LoginOutcome<T> =
  | { readonly principal: Principal; readonly target: T; readonly failure: null }
  | {
      readonly principal: null;
      readonly target: null;
      readonly failure: { readonly code: LoginFailureCode; readonly reason: string };
    };

/** Why a login failed. */
export type LoginFailureCode =
  'client-gone' | 'no-token' | 'bad-token' | 'wrong-user' | 'denied' | 'unknown-target' | 'not-ready';

const failed = (code: LoginFailureCode, reason: string): LoginOutcome<never> => ({
  principal: null,
  target: null,
  failure: { code, reason },
});

/**
 * The whole login once, for every protocol: token, person, deny-list, target. A target is looked up only after the person is known,
 * so that a stranger learns nothing of which targets exist.
 */
export async function runLogin<T>(transport: LoginTransport, services: LoginServices<T>): Promise<LoginOutcome<T>> {
  const token = await transport.token();
  if (token === null) return failed('client-gone', 'the client closed the connection before it sent a token');
  if (token.length === 0) return failed('no-token', 'the client sent no token');
  let principal: Principal;
  try {
    principal = await services.verifier.verify(token, services.now());
  } catch (error) {
    return failed('bad-token', error instanceof Error ? error.message : String(error));
  }
  if (transport.user !== null && transport.user !== principal.user)
    return failed('wrong-user', 'the user name of the connection is not the user of the token');
  if (!services.denyListLoaded()) return failed('not-ready', 'the deny-list has not been loaded yet');
  if (services.denied(principal)) return failed('denied', 'the principal is on the deny-list');
  const target = services.targets.get(transport.target);
  if (!target)
    return failed('unknown-target', `there is no target named ${JSON.stringify(transport.target.slice(0, 64))}`);
  return { principal, target, failure: null };
}
