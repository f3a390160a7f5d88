import { allowInsecureRequests, customFetch, discovery, None } from 'openid-client';
import { IdentityError } from './identity.error.js';
import type { IssuerHttp } from './issuer-http.js';
import { checkUrl, type IssuerSettings } from './issuer-settings.js';
import { readKeySet, type SigningKey } from './signing-key.js';

const timeoutSeconds = 5;
const maxBytes = 1_048_576;

/** Fetches the two documents of one issuer, with bounds on time and bytes, following no redirect. */
export class IssuerDocuments {
  readonly #settings: IssuerSettings;
  readonly #http: IssuerHttp;
  readonly #insecureLoopback: boolean;

  constructor(settings: IssuerSettings, http: IssuerHttp, insecureLoopback: boolean) {
    this.#settings = settings;
    this.#http = http;
    this.#insecureLoopback = insecureLoopback;
  }

  /**
   * Where the issuer's keys are.
   * @throws IdentityError `issuer-unavailable`, also for a document of another issuer or with keys at a place without TLS
   * @see OpenID Connect Discovery 1.0, section 4
   */
  async keysUrl(): Promise<URL> {
    const { url } = this.#settings;
    const found = await this.#attempt('discovery document', () =>
      discovery(new URL(url), 'sallyport', undefined, None(), {
        timeout: timeoutSeconds,
        execute: this.#insecureLoopback ? [allowInsecureRequests] : [],
        [customFetch]: async (address, { signal }) => {
          const body = await this.#get(new URL(address), signal ?? AbortSignal.timeout(timeoutSeconds * 1_000));
          return new Response(body, { headers: { 'content-type': 'application/json' } });
        },
      }),
    );
    const { issuer, jwks_uri: keys } = found.serverMetadata();
    // openid-client lets some well-known providers answer for another issuer; `iss` must be ours byte for byte, so must this
    if (issuer !== url) throw this.#unavailable('its discovery document names another issuer');
    if (keys === undefined) throw this.#unavailable('its discovery document names no jwks_uri');
    try {
      return checkUrl(keys, 'jwks_uri', this.#insecureLoopback);
    } catch (error) {
      throw this.#unavailable(reasonOf(error));
    }
  }

  /** @throws IdentityError `issuer-unavailable` */
  async keys(url: URL): Promise<readonly SigningKey[]> {
    const body = await this.#attempt('key set', () => this.#get(url, AbortSignal.timeout(timeoutSeconds * 1_000)));
    const keys = await this.#attempt('key set', async () => readKeySet(JSON.parse(new TextDecoder().decode(body))));
    if (!keys) throw this.#unavailable('its key set is not a JWK set');
    return keys;
  }

  async #get(url: URL, signal: AbortSignal): Promise<ArrayBuffer> {
    const { status, body } = await this.#http.get({ url, ca: this.#settings.ca ?? null, signal, maxBytes });
    if (status !== 200) throw new IdentityError('issuer-unavailable', `${url.host} answered ${status}`);
    if (body.length > maxBytes)
      throw new IdentityError('issuer-unavailable', `the answer is longer than ${maxBytes} bytes`);
    return Uint8Array.from(body).buffer;
  }

  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#unavailable(`its ${what} cannot be fetched: ${reasonOf(error)}`, error);
    }
  }

  #unavailable(reason: string, cause?: unknown): IdentityError {
    return new IdentityError('issuer-unavailable', `issuer ${this.#settings.url}: ${reason}`, { cause });
  }
}

/** The innermost reason, short: an error of ours, a system code such as ECONNREFUSED, or a message. */
function reasonOf(error: unknown): string {
  let reason = 'unknown error';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const code = 'code' in at && typeof at.code === 'string' && !(at instanceof IdentityError) ? ` (${at.code})` : '';
    reason = at.message === '' ? code.trim() : at.message + code;
    if (at instanceof IdentityError) break;
  }
  return reason.slice(0, 300);
}
