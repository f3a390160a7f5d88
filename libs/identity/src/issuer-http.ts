import { httpsGet } from '@app/platform';
import { IdentityError } from './identity.error.js';

/** One GET of a document of an issuer. */
export interface IssuerRequest {
  readonly url: URL;
  /** PEM certificates to trust instead of the system's; null: the system's */
  readonly ca: string | null;
  /** aborts the request, its body included */
  readonly signal: AbortSignal;
  /** a longer body is an error */
  readonly maxBytes: number;
}

/** What came back; redirects are not followed, they are statuses like others. */
export interface IssuerResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** How documents of issuers are fetched; a port, so that tests can count and break it. */
export abstract class IssuerHttp {
  /** @throws when there is no answer in time, the certificate is not trusted, or the body is too long */
  abstract get(request: IssuerRequest): Promise<IssuerResponse>;
}

/** The platform's `fetch`, which trusts the system's certificates and those of `NODE_EXTRA_CA_CERTS`; with an own `ca` that one alone. */
export class FetchIssuerHttp extends IssuerHttp {
  override async get({ url, ca, signal, maxBytes }: IssuerRequest): Promise<IssuerResponse> {
    if (ca !== null) return httpsGet({ url, ca, signal, maxBytes });
    const response = await fetch(url, { redirect: 'manual', signal, headers: { accept: 'application/json' } });
    return { status: response.status, body: await readBounded(response, maxBytes) };
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // leaving the loop cancels the body
    if (length > maxBytes) throw new IdentityError('issuer-unavailable', `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
