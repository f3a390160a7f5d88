import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  type Configuration,
  customFetch,
  type CustomFetchOptions,
  discovery,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  refreshTokenGrant,
  tokenRevocation,
} from 'openid-client';
import { httpsSend } from '@app/platform';
import { IdentityError } from './identity.error.js';
import { checkUrl } from './issuer-settings.js';

/** How somebody at a terminal signs in at an issuer: as which client, for what. */
export interface SignInSettings {
  /** the issuer, byte for byte as in `iss` */
  readonly issuer: string;
  readonly clientId: string;
  /** of a client that has one although it runs on people's machines; null: a public client */
  readonly clientSecret: string | null;
  /** `openid` and what else is wanted, separated by blanks */
  readonly scope: string;
  /** `prompt` of the authorization request; null: none is sent */
  readonly prompt: string | null;
  /** PEM certificates that sign the issuer's TLS certificate; null: the system's */
  readonly ca: string | null;
}

/** What an issuer gave. */
export interface SignedIn {
  readonly accessToken: string;
  readonly idToken: string | null;
  readonly refreshToken: string | null;
  /** ms the access token lives, as far as the issuer says */
  readonly expiresIn: number | null;
}

/** What somebody has to be shown who signs in on another device. */
export interface DevicePrompt {
  readonly url: string;
  /** the same with the code in it; null: the issuer gives none */
  readonly completeUrl: string | null;
  readonly code: string;
  /** waits until they did. @throws IdentityError `sign-in` */
  finish(signal: AbortSignal): Promise<SignedIn>;
}

const timeoutSeconds = 15;
const maxBytes = 1_048_576;

/**
 * Signs in at one issuer: by authorization code with PKCE (RFC 7636, RFC 8252), or by device code (RFC 8628); renews and gives back what it
 * got. ID tokens are checked as OpenID Connect Core §3.1.3.7 wants it, state and nonce with them.
 */
export class SignIn {
  readonly #config: Configuration;
  readonly #settings: SignInSettings;

  private constructor(config: Configuration, settings: SignInSettings) {
    this.#config = config;
    this.#settings = settings;
  }

  /** Fetches the issuer's discovery document. @throws IdentityError `configuration` (the URL), `issuer-unavailable` */
  static async at(settings: SignInSettings): Promise<SignIn> {
    const { issuer, clientId, clientSecret } = settings;
    const url = checkUrl(issuer, `the issuer ${issuer}`, true);
    try {
      const client = clientSecret === null ? None() : ClientSecretPost(clientSecret);
      const config = await discovery(url, clientId, undefined, client, {
        timeout: timeoutSeconds,
        // checkUrl let http: pass on loopback only
        execute: url.protocol === 'http:' ? [allowInsecureRequests] : [],
        ...(settings.ca === null ? {} : { [customFetch]: trusting(settings.ca) }),
      });
      return new SignIn(config, settings);
    } catch (error) {
      throw new IdentityError('issuer-unavailable', `the issuer ${issuer} cannot be asked: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }

  /**
   * Begins in a browser, which comes back to `redirect`.
   * @returns the address to open, the `state` of the answer, and what takes the address to which the browser came back
   */
  async begin(
    redirect: string,
  ): Promise<{ readonly url: string; readonly state: string; finish(came: URL): Promise<SignedIn> }> {
    const { scope, prompt } = this.#settings;
    const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
    const url = buildAuthorizationUrl(this.#config, {
      redirect_uri: redirect,
      scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(prompt === null ? {} : { prompt }),
    });
    const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
    return {
      url: url.href,
      state,
      finish: (came) =>
        attempt('sign-in', async () => signedIn(await authorizationCodeGrant(this.#config, came, checks))),
    };
  }

  /** Begins on another device. @throws IdentityError `sign-in` where the issuer has no device flow */
  async beginOnDevice(): Promise<DevicePrompt> {
    if (this.#config.serverMetadata().device_authorization_endpoint === undefined)
      throw new IdentityError('sign-in', `the issuer ${this.#settings.issuer} offers no sign-in by device code`);
    const { scope } = this.#settings;
    const begun = await attempt('sign-in', () => initiateDeviceAuthorization(this.#config, { scope }));
    return {
      url: begun.verification_uri,
      completeUrl: begun.verification_uri_complete ?? null,
      code: begun.user_code,
      finish: (signal) =>
        attempt('sign-in', async () =>
          signedIn(await pollDeviceAuthorizationGrant(this.#config, begun, undefined, { signal })),
        ),
    };
  }

  /** New tokens for a refresh token, which may be a new one too. @throws IdentityError `sign-in`: it is good no more */
  async renew(refreshToken: string): Promise<SignedIn> {
    const renewed = await attempt('renewal', async () => signedIn(await refreshTokenGrant(this.#config, refreshToken)));
    return { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken };
  }

  /** Makes a token worthless. @returns false: the issuer has no place for that (RFC 7009) */
  async revoke(token: string): Promise<boolean> {
    if (this.#config.serverMetadata().revocation_endpoint === undefined) return false;
    await attempt('revocation', () => tokenRevocation(this.#config, token));
    return true;
  }
}

function signedIn(answer: {
  readonly access_token: string;
  readonly id_token?: string | undefined;
  readonly refresh_token?: string | undefined;
  expiresIn(): number | undefined;
}): SignedIn {
  const seconds = answer.expiresIn();
  return {
    accessToken: answer.access_token,
    idToken: answer.id_token ?? null,
    refreshToken: answer.refresh_token ?? null,
    expiresIn: seconds === undefined ? null : seconds * 1_000,
  };
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new IdentityError('sign-in', `the issuer refused the ${what}: ${reasonOf(error)}`, { cause: error });
  }
}

/** As `fetch`, trusting these certificates. */
function trusting(ca: string) {
  return async (address: string, { method, headers, body, signal }: CustomFetchOptions): Promise<Response> =>
    httpsSend({
      url: new URL(address),
      method,
      headers,
      body: body === undefined || body === null ? null : await new Response(body as BodyInit).text(),
      ca,
      signal: signal ?? AbortSignal.timeout(timeoutSeconds * 1_000),
      maxBytes,
    });
}

/** What the issuer said (RFC 6749 §5.2), or the innermost reason. Neither holds a token. */
function reasonOf(error: unknown): string {
  let reason = 'unknown error';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const { error: code, error_description: description } = at as { error?: unknown; error_description?: unknown };
    if (typeof code === 'string')
      return (typeof description === 'string' ? `${code}: ${description}` : code).slice(0, 300);
    if (at.message !== '') reason = at.message;
  }
  return reason.slice(0, 300);
}
