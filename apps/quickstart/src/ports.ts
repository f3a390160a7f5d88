import { createServer, Socket } from 'node:net';
import { QuickstartError } from './quickstart.error.js';

/** Ports this process chose: they are free until those they are meant for listen. */
const chosen = new Set<number>();

/** A port that is free on `host` at this moment, and was not chosen before. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (;;) {
    const port = await listenOnce(0, host);
    if (chosen.has(port)) continue;
    chosen.add(port);
    return port;
  }
}

/** @throws QuickstartError naming the port and the remedy, when somebody listens on it */
async function expectFree(port: number, host: string, what: string): Promise<void> {
  try {
    await listenOnce(port, host);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${code})`;
    throw new QuickstartError(
      `port ${port} on ${host}, meant for ${what}, ${reason}; stop what uses it, or start with --ports auto`,
    );
  }
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : port));
    });
  });
}

/** Whether a TCP connection comes about within `ms`; the reason if not. */
export function reach(host: string, port: number, ms: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (reason: string | null) => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(ms, () => end(`no answer within ${ms} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.connect(port, host, () => end(null));
  });
}

/** Names and addresses that stay on this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Ports of this start. */
export interface Ports {
  readonly postgres: number;
  /** null: there is no cluster, and nobody listens for its clients */
  readonly kubernetes: number | null;
  readonly control: number;
  readonly issuer: number;
}

/** What a configuration says about listeners. */
interface SaysListeners {
  readonly document: { getIn(path: readonly string[]): unknown };
  has(...path: string[]): boolean;
}

/**
 * The ports the configuration names, and for the rest the default or free ones.
 * @throws QuickstartError for one that is taken
 */
export async function choosePorts(
  own: SaysListeners,
  embedded: { readonly issuer: boolean; readonly clusters: boolean },
  mode: 'default' | 'auto',
): Promise<Ports> {
  const of = async (listener: 'postgres' | 'kubernetes' | 'control', fallback: number, what: string) => {
    const given = own.has('listen', listener, 'port');
    if (!given && mode === 'auto') return freePort();
    const port = given ? Number(own.document.getIn(['listen', listener, 'port'])) : fallback;
    const host = own.has('listen', listener, 'host')
      ? String(own.document.getIn(['listen', listener, 'host']))
      : '127.0.0.1';
    await expectFree(port, host, what);
    return port;
  };
  const postgres = await of('postgres', 6432, 'the PostgreSQL gateway');
  const kubernetes = embedded.clusters ? await of('kubernetes', 6443, 'the Kubernetes gateway') : null;
  const control = await of('control', 8080, 'the control API');
  const issuerPort = mode === 'auto' ? await freePort() : 9443;
  if (embedded.issuer && mode === 'default') await expectFree(issuerPort, '127.0.0.1', 'the development issuer');
  return { postgres, kubernetes, control, issuer: issuerPort };
}
