import type { Duplex, Readable } from 'node:stream';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import httpProxy from 'http-proxy';
import type { Cluster, ClusterAccess } from './cluster.js';

/** One request on its way to a cluster. */
export interface Forwarded {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly cluster: Cluster;
  readonly access: ClusterAccess;
  /** canonical path and query, behind the cluster's own prefix */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array;
  answered(answer: IncomingMessage): void;
  /** the cluster could not be reached, or went away before it answered */
  failed(error: NodeJS.ErrnoException): void;
}

type Pass = { readonly name: string };

/** http-proxy without the passes that rewrite what was described: a version that lacks one of them is not the one that was read. */
function without(passes: readonly Pass[], names: readonly string[]): Pass[] {
  for (const name of names)
    if (!passes.some((pass) => pass.name === name)) throw new Error(`http-proxy has changed: it has no pass ${name}`);
  return passes.filter((pass) => !names.includes(pass.name));
}

/**
 * Sends plain requests to clusters by http-proxy, behind guards: it smuggles, leaks streams and rewrites targets as it is shipped
 * (docs/adr). What leaves is the canonical target, the headers given and a body of known length, never the client's own.
 */
export class UpstreamProxy {
  readonly #proxy: httpProxy;
  readonly #underWay = new WeakMap<IncomingMessage, Forwarded>();
  /** requests whose answer has not ended */
  streams = 0;

  constructor() {
    const proxy = httpProxy.createProxyServer({ selfHandleResponse: true, changeOrigin: true, toProxy: true });
    const guarded = proxy as unknown as { webPasses: readonly Pass[] };
    guarded.webPasses = without(guarded.webPasses, ['deleteLength', 'XHeaders']);
    proxy.on('proxyReq', (up: ClientRequest, req: IncomingMessage) => {
      const of = this.#underWay.get(req);
      // what is sent is what was described, or nothing
      if (of === undefined || up.path !== of.cluster.prefix + of.path)
        return void up.destroy(new Error('the target was rewritten on its way'));
      // Node drops the connection of a 101 that nobody asked for, and says nothing
      up.once('upgrade', (_answer, socket: Duplex) => {
        socket.destroy();
        of.failed(new Error('it switched protocols'));
      });
      // http-proxy looks at the request only, which was read to its end long ago
      const { res } = of;
      const leave = (): void => void up.destroy();
      if (res.destroyed) leave();
      else res.once('close', leave);
    });
    proxy.on('proxyRes', (answer: IncomingMessage, req: IncomingMessage) => {
      const of = this.#underWay.get(req);
      if (of === undefined) answer.destroy();
      else of.answered(answer);
    });
    proxy.on('error', (error: NodeJS.ErrnoException, req: IncomingMessage) => this.#underWay.get(req)?.failed(error));
    proxy.on('econnreset', (error: NodeJS.ErrnoException, req: IncomingMessage) =>
      this.#underWay.get(req)?.failed(error),
    );
    this.#proxy = proxy;
  }

  /** Sends it. The client's own headers and target are replaced for good: nothing later can read them by mistake. */
  send(of: Forwarded): void {
    const { req, res, cluster, access, body } = of;
    this.#underWay.set(req, of);
    req.url = of.path;
    req.headers = { ...of.headers } as IncomingMessage['headers'];
    // http-proxy asks what it takes for a stream to pipe itself: head and body go out at once, in one write
    const whole = { pipe: (up: ClientRequest) => up.end(body.length === 0 ? undefined : body) } as unknown as Readable;
    this.streams += 1;
    res.once('close', () => (this.streams -= 1));
    this.#proxy.web(
      req,
      res,
      {
        target: {
          protocol: cluster.protocol,
          host: cluster.host,
          hostname: cluster.host,
          port: cluster.port,
          path: cluster.prefix,
        } as never,
        agent: access.agent,
        secure: access.tls.rejectUnauthorized ?? true,
        buffer: whole,
      },
      (error: NodeJS.ErrnoException) => of.failed(error),
    );
  }
}
