import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Certificates } from './certificates.js';
import { issuerConfiguration } from './issuer-configuration.js';
import { subjectOf } from './issuer-keys.js';
import type { IssuerKeys } from './issuer-keys.js';
import { loginPage } from './issuer-pages.js';
import { findPerson, people } from './people.js';

/** A running OpenID provider for development, on loopback only. */
export interface DevelopmentIssuer {
  readonly url: string;
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const maxFormBytes = 4096;

/** Starts the issuer on https://127.0.0.1:port; `log` takes what the provider has to say. */
export async function startIssuer(
  port: number,
  certificates: Certificates,
  keys: IssuerKeys,
  log: (line: string) => void,
): Promise<DevelopmentIssuer> {
  const url = `https://${host}:${port}`;
  const provider = await makeProvider(url, keys, log);
  provider.on('server_error', (_context, error) => log(`server error: ${error.stack ?? error.message}`));
  const rest = provider.callback();
  const server = createServer(
    { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key), minVersion: 'TLSv1.2' },
    (request, response) => {
      if (request.url?.startsWith('/interaction/')) void interact(provider, request, response, log);
      else void rest(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The provider tells the console that state in memory and old versions of Node are not for production: to the log. */
async function makeProvider(url: string, keys: IssuerKeys, log: (line: string) => void): Promise<Provider> {
  const { info, warn } = console;
  console.info = console.warn = (line: unknown) => log(String(line));
  try {
    const { Provider: ProviderClass } = await import('oidc-provider');
    return new ProviderClass(url, issuerConfiguration(keys));
  } finally {
    Object.assign(console, { info, warn });
  }
}

/** The login page and its answer. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): Promise<void> {
  try {
    const { uid, prompt } = await provider.interactionDetails(request, response);
    if (prompt.name === 'consent') {
      // RFC 8252 §8.6 wants native clients confirmed each time; choosing a name a moment ago was just that
      await provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true });
      return;
    }
    if (request.method !== 'POST') {
      const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
      response.writeHead(200, headers).end(
        loginPage(
          uid,
          people.filter(({ agent }) => agent === null),
        ),
      );
      return;
    }
    const person = findPerson(new URLSearchParams(await formOf(request)).get('person') ?? '');
    const result =
      person === undefined
        ? { error: 'access_denied', error_description: 'nobody of that name' }
        : { login: { accountId: subjectOf(person.name) } };
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  } catch (error) {
    log(`login: ${(error as Error).message}`);
    if (!response.headersSent) response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
    response.end('This login is over; begin again in your client.\n');
  }
}

async function formOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxFormBytes) throw new Error('form too large');
  }
  return text;
}
