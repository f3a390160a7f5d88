import { request } from 'node:https';
import { FetchIssuerHttp, IssuerHttp, type IssuerRequest, type IssuerResponse } from '@app/identity';

/** Fetches documents of issuers; trusts an issuer's own certificate authority where the configuration names one, and then nothing else. */
export class HttpsIssuerHttp extends IssuerHttp {
  readonly #withSystemCertificates = new FetchIssuerHttp();

  override get(wanted: IssuerRequest): Promise<IssuerResponse> {
    return wanted.ca === null ? this.#withSystemCertificates.get(wanted) : getTrusting(wanted.ca, wanted);
  }
}

function getTrusting(ca: string, { url, signal, maxBytes }: IssuerRequest): Promise<IssuerResponse> {
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
