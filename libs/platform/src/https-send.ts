import { request } from 'node:https';

/** One request over TLS that trusts only the given certificates. */
export interface HttpsSend {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** PEM certificates that sign the server's; the system's count no more */
  readonly ca: string;
  /** aborts the request, its answer included */
  readonly signal: AbortSignal;
  /** a longer answer is an error */
  readonly maxBytes: number;
}

/**
 * Asks a server with an own certificate authority, which `fetch` cannot be told to trust. Redirects are statuses like others.
 * @returns the answer as `fetch` would give it
 * @throws Error when there is no answer in time, the certificate is not trusted, or the answer is too long
 */
export function httpsSend({ url, method, headers, body, ca, signal, maxBytes }: HttpsSend): Promise<Response> {
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const options = { method, ca, signal, headers: { ...headers, ...length }, agent: false };
    const outgoing = request(url, options, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) outgoing.destroy(new Error(`the answer is longer than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      answer.once('end', () => {
        const status = answer.statusCode ?? 0;
        const said = new Headers();
        for (const [name, value] of Object.entries(answer.headers)) said.set(name, String(value));
        // an answer with one of these statuses must have no body
        const content = [204, 205, 304].includes(status) ? null : Buffer.concat(chunks, bytes);
        resolve(new Response(content, { status, headers: said }));
      });
      answer.once('error', reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body ?? undefined);
  });
}
