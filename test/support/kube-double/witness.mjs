import { identityOf } from './identity.mjs';

// Headers that a gateway sets itself or drops; from a client they would speak with the gateway's authority.
const foreign = [
  /^x-remote-/,
  /^x-forwarded-/,
  /^forwarded$/,
  /^expect$/,
  /^te$/,
  /^trailer$/,
  /^proxy-/,
  /^origin$/,
  /^cookie$/,
  /^sec-websocket-extensions$/,
  /^http2-settings$/,
];
const connectionSays = new Set(['keep-alive', 'upgrade', 'close']);

/** What the double saw: requests, connections, open streams, and everything that should never have come. */
export class Witness {
  /** every request in order: `{ n, connection, method, target, lines, user, auditId, status, bytes, at }` */
  requests = [];
  /** `{ kind, detail, n }`, `n` being the request's number or null */
  violations = [];
  connections = { opened: 0, open: 0 };
  /** streams that are open now: `{ n, kind, target, waiting, sent }`; `waiting` while the reader takes nothing */
  streams = new Set();
  streamsOpened = 0;

  violation(kind, detail, n = null) {
    this.violations.push({ kind, detail, n });
  }

  /** Writes a request down and looks at what it brings. @returns its entry */
  saw(request, connection, accounts) {
    const entry = {
      n: this.requests.length,
      connection,
      method: request.method,
      target: request.target,
      lines: request.lines,
      user: null,
      auditId: request.header('audit-id') ?? null,
      status: null,
      bytes: request.body.length,
      body: request.body,
      at: Date.now(),
    };
    this.requests.push(entry);
    this.#look(request, entry.n);
    const identity = identityOf(request, accounts, (kind, detail) => this.violation(kind, detail, entry.n));
    entry.user = identity?.user ?? null;
    return { entry, identity };
  }

  openStream(kind, entry) {
    const stream = { n: entry.n, kind, target: entry.target, waiting: false, sent: 0 };
    this.streams.add(stream);
    this.streamsOpened++;
    return { stream, close: () => this.streams.delete(stream) };
  }

  #look(request, n) {
    for (const [name, value] of request.lines)
      if (foreign.some((pattern) => pattern.test(name.toLowerCase())))
        this.violation('foreign header', `${name}: ${value.slice(0, 80)}`, n);
    const path = request.target.split('?', 1)[0];
    if (!request.target.startsWith('/') || /%2f|%5c|%00|\/\/|\\|#|\/\.{1,2}(?:\/|$)/i.test(path))
      this.violation('target not canonical', request.target, n);
    const framing = [...request.all('transfer-encoding'), ...request.all('content-length')];
    if (framing.length > 1) this.violation('framed twice', framing.join(' | '), n);
    if (request.header('transfer-encoding') && ['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(request.method))
      this.violation('chunked body', request.method, n);
    for (const option of request.all('connection').flatMap((value) => value.split(',')))
      if (!connectionSays.has(option.trim().toLowerCase()))
        this.violation('foreign header', `Connection: ${option}`, n);
    for (const upgrade of request.all('upgrade'))
      if (!['websocket', 'spdy/3.1'].includes(upgrade.toLowerCase())) this.violation('upgrade', upgrade, n);
    for (const protocol of request.all('sec-websocket-protocol').flatMap((value) => value.split(',')))
      if (protocol.trim().startsWith('base64url.bearer.')) this.violation('foreign credential', 'in a subprotocol', n);
  }
}
