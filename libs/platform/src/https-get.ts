import { request } from 'node:https';

/** One GET over TLS that trusts only the given certificates. */
export interface HttpsGet {
  readonly url: URL;
  /** PEM certificates that sign the server's; the system's count no more */
  readonly ca: string;
  /** aborts the request, its body included */
  readonly signal: AbortSignal;
  /** a longer body is an error */
  readonly maxBytes: number;
}

/**
 * Fetches a document from a server with an own certificate authority, which `fetch` cannot be told to trust. Redirects are statuses
 * like others.
 * @throws Error when there is no answer in time, the certificate is not trusted, or the body is too long
 */
export function httpsGet({ url, ca, signal, maxBytes }: HttpsGet): Promise<{ status: number; body: Uint8Array }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ca, signal, headers: { accept: 'application/json' }, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > maxBytes) outgoing.destroy(new Error(`the answer is longer than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks, length) }));
      response.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
