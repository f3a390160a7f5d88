import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IssuerSettings } from '../issuer-settings.js';

/** A key pair of the issuer, and what it signs with. */
export interface IssuerKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type Json = Record<string, unknown>;

export function newKey(kid: string, alg: string, bits = 2_048): IssuerKey {
  const pair = () => {
    if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
    if (alg.startsWith('ES'))
      return generateKeyPairSync('ec', { namedCurve: { ES256: 'P-256', ES384: 'P-384' }[alg] ?? 'P-521' });
    return generateKeyPairSync('rsa', { modulusLength: bits });
  };
  return { kid, alg, ...pair() };
}

export function publicJwk(key: IssuerKey, changes: Json = {}): Json {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig', alg: key.alg, ...changes };
}

export const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signs with node:crypto, not with the library under test. */
export function signature(data: string, key: IssuerKey, alg = key.alg): string {
  const hash = `sha${alg.slice(2)}`;
  const bytes = Buffer.from(data);
  if (alg === 'EdDSA') return sign(null, bytes, key.privateKey).toString('base64url');
  if (alg.startsWith('ES'))
    return sign(hash, bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: Number(alg.slice(2)) / 8 } : { padding: 1 };
  return sign(hash, bytes, { key: key.privateKey, ...padding }).toString('base64url');
}

/** An OpenID provider on loopback, as far as a verifier can see one. */
export class LocalIssuer {
  readonly #server: Server;
  url = '';
  /** the JWK set it publishes */
  keys: Json[] = [];
  readonly requests = { discovery: 0, keys: 0 };
  /** replaces the answer to any request; for misbehaviour */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;
  /** changes to the discovery document */
  discovery: Json = {};

  private constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  static async start(path = ''): Promise<LocalIssuer> {
    const issuer = new LocalIssuer();
    await issuer.listen(0);
    issuer.url += path;
    return issuer;
  }

  /** One that takes the port of another that was stopped. */
  static async startAt(port: number): Promise<LocalIssuer> {
    const issuer = new LocalIssuer();
    await issuer.listen(port);
    return issuer;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    if (this.url === '') this.url = `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  settings(changes: Partial<IssuerSettings> = {}): IssuerSettings {
    return {
      url: this.url,
      audience: 'sallyport',
      claims: { user: 'email', groups: 'groups', purpose: 'purpose' },
      ...changes,
    };
  }

  /** The claims of alice's token. */
  claims(now: number, changes: Json = {}): Json {
    const at = Math.floor(now / 1_000);
    return {
      iss: this.url,
      aud: 'sallyport',
      sub: 'u-alice',
      iat: at,
      exp: at + 3_600,
      email: 'alice@example.com',
      email_verified: true,
      groups: ['analysts'],
      ...changes,
    };
  }

  token(key: IssuerKey, claims: unknown, header: Json = {}): string {
    const data = `${encode({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })}.${encode(claims)}`;
    return `${data}.${signature(data, key)}`;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const isDiscovery = request.url?.endsWith('/.well-known/openid-configuration') === true;
    this.requests[isDiscovery ? 'discovery' : 'keys'] += 1;
    if (this.answer?.(request, response)) return;
    const document = isDiscovery
      ? {
          issuer: this.url,
          jwks_uri: `${this.url}/keys`,
          authorization_endpoint: `${this.url}/auth`,
          ...this.discovery,
        }
      : { keys: this.keys };
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
  }
}
