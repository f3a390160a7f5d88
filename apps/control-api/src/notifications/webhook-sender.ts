import { lookup } from 'node:dns/promises';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Secret } from '@app/platform';
import { OutgoingGuard } from './outgoing-guard.js';
import { signatureHeaders, type SignedMessage } from './webhook-signature.js';

const TIMEOUT_MS = 10_000;
/** an answer is only counted, never read; a longer one is cut off */
const ANSWER_BYTES = 64 * 1024;

/** What happened to one attempt. */
export interface Attempt {
  /** true: the receiver has it (2xx) */
  readonly sent: boolean;
  /** the receiver wants no more (410) */
  readonly gone: boolean;
  /** status of the answer; null: there was none */
  readonly status: number | null;
  /** for people, without anything the receiver said; null: sent */
  readonly problem: string | null;
}

/** Where to, and how it is signed. */
export interface Receiver {
  readonly url: string;
  readonly secret: Secret;
  /** networks that may be reached though they are not public */
  readonly networks: readonly string[];
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (hostname) =>
  (await lookup(hostname, { all: true, verbatim: true })).map(({ address }) => address);

/** An attempt that was not made. */
class NotSent extends Error {}

/**
 * Sends one message. The name is looked up once, the address is judged, and that address is connected to: an answer of the name
 * server that changes in between changes nothing. Redirects are answers like others: not followed.
 */
export class WebhookSender {
  constructor(
    private readonly resolve: Resolve = systemResolve,
    private readonly timeoutMs: number = TIMEOUT_MS,
  ) {}

  /** Never throws. */
  async send(receiver: Receiver, message: SignedMessage): Promise<Attempt> {
    const deadline = AbortSignal.timeout(this.timeoutMs);
    try {
      const url = new URL(receiver.url);
      const address = await within(deadline, this.addressOf(url, new OutgoingGuard(receiver.networks)));
      const status = await post(url, address, headersOf(message, receiver.secret), message.body, deadline);
      const sent = status >= 200 && status < 300;
      return { sent, gone: status === 410, status, problem: sent ? null : problemOf(status) };
    } catch (error) {
      const problem = deadline.aborted
        ? `no answer within ${this.timeoutMs / 1000} s`
        : error instanceof Error
          ? codeOf(error)
          : String(error);
      return { sent: false, gone: false, status: null, problem };
    }
  }

  /** The first address that may be reached. @throws NotSent that says why none may */
  private async addressOf(url: URL, guard: OutgoingGuard): Promise<string> {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new NotSent(`${url.protocol} is not https:`);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) === 0 ? await this.resolve(host) : [host];
    const reasons: string[] = [];
    for (const address of addresses) {
      const refusal = guard.refusal(address);
      if (refusal !== null) reasons.push(refusal);
      else if (url.protocol === 'http:' && !guard.mayBePlain(address))
        reasons.push(`http: reaches this machine only, and ${address} is another; use https:`);
      else return address;
    }
    throw new NotSent(reasons[0] ?? `the name ${host} has no address`);
  }
}

function headersOf(message: SignedMessage, secret: Secret): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'sallyport',
    'content-length': String(Buffer.byteLength(message.body)),
    ...signatureHeaders(message, secret),
  };
}

function post(
  url: URL,
  address: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      // the judged address; certificate and Host are still those of the name
      host: address,
      port: url.port === '' ? undefined : Number(url.port),
      path: `${url.pathname}${url.search}`,
      headers: { ...headers, host: url.host },
      agent: false,
      signal,
    };
    const secure = url.protocol === 'https:';
    const outgoing = secure
      ? secureRequest({ ...options, minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}) })
      : plainRequest(options);
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      const status = response.statusCode ?? 0;
      let length = 0;
      // a status says it all: that the rest of the answer breaks off changes nothing
      response.once('error', () => resolve(status));
      response.once('close', () => resolve(status));
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > ANSWER_BYTES) response.destroy();
      });
    });
    outgoing.end(body);
  });
}

async function within<Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> {
  signal.throwIfAborted();
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('time is up'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function problemOf(status: number): string {
  if (status >= 300 && status < 400) return `answered ${status}: redirects are not followed`;
  return `answered ${status}`;
}

/** A message of the network's, without what it was sent to: that may hold a token in its path. */
function codeOf(error: Error): string {
  if (error instanceof NotSent) return error.message;
  const code: unknown = Reflect.get(error, 'code');
  return typeof code === 'string' ? code : error.message.slice(0, 200);
}
