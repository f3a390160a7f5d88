import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError } from '../cli.error.js';

/** Where a browser comes back to: a server on loopback that lives for one sign-in (RFC 8252 §7.3). */
export interface Loopback {
  /** the redirect URI */
  readonly redirect: string;
  /** waits for the browser to come back with this `state`; anything else that comes is sent away. @throws CliError after `ms` */
  came(state: string, ms: number): Promise<URL>;
  close(): void;
}

const page = (text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sallyport</title><p style="font:16px system-ui;margin:4rem">${text}</p></html>`;

/** @param wanted `http://127.0.0.1/callback`; with a port that one is used, without one any. @throws CliError for what is no loopback address */
export async function openLoopback(wanted: string): Promise<Loopback> {
  const url = URL.canParse(wanted) ? new URL(wanted) : null;
  if (url?.protocol !== 'http:' || !['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname))
    throw new CliError(`--redirect ${wanted}: must be http:// on 127.0.0.1, localhost or [::1]`, 2);
  let onBack: (came: URL) => void = () => undefined;
  let expected: string | null = null;
  const server = createServer((request, response) => {
    const came = new URL(request.url ?? '/', url);
    // anything on this machine may knock here: only the answer that was asked for counts
    const wanted = expected !== null && came.searchParams.get('state') === expected && came.pathname === url.pathname;
    if (request.method !== 'GET' || !wanted)
      return answer(response, 404, 'This is not the sign-in that is being waited for.');
    const failed = came.searchParams.has('error');
    answer(response, 200, failed ? 'The sign-in was refused.' : 'You are signed in.', ' This page can be closed.');
    return onBack(came);
  });
  const host = url.hostname === '[::1]' ? '::1' : '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CliError(`cannot listen on ${url.host}: ${error.message}`)));
    server.listen(url.port === '' ? 0 : Number(url.port), host, resolve);
  });
  url.port = String((server.address() as AddressInfo).port);
  return {
    redirect: url.href,
    came: (state, ms) =>
      new Promise((resolve, reject) => {
        expected = state;
        const timer = setTimeout(
          () => reject(new CliError(`nobody signed in within ${ms / 60_000} minutes; run "sallyport login" again`)),
          ms,
        );
        onBack = (came) => {
          clearTimeout(timer);
          resolve(came);
        };
      }),
    close: () => {
      server.close();
      server.closeIdleConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, ...texts: readonly string[]): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
    // the code in the address goes nowhere
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(page(texts.join('')));
}
