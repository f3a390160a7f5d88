import { Answer } from './answer.mjs';
import { MalformedRequest, RequestParser } from './request-parser.mjs';
import { failure, Refused } from './status.mjs';

/**
 * Serves the requests of one TLS connection one after the other. A client that waits for its answers sends nothing
 * meanwhile, so bytes behind an unanswered request are the mark of a smuggled one.
 * @param parts `{ witness, faults, accounts, handle }`
 */
export function serveConnection(socket, raw, id, { witness, faults, accounts, handle }) {
  const parser = new RequestParser();
  let answering = null;
  let seenBehind = false;

  const lookBehind = () => {
    if (parser.waiting > 0 && !seenBehind) witness.violation('smuggled', `${parser.waiting} bytes behind a request`);
    seenBehind ||= parser.waiting > 0;
  };

  const malformed = async (error) => {
    witness.violation('no request', error.message);
    const body = JSON.stringify(failure(error.code, error.message));
    socket.end(
      `HTTP/1.1 ${error.code} Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };

  const serve = async (request) => {
    const { entry, identity } = witness.saw(request, id, accounts);
    const fault = faults.take(request.method, request.target);
    const answer = new Answer({ socket, raw, fault, entry, request, takeRest: () => parser.takeRest() });
    answering = answer;
    seenBehind = false;
    lookBehind();
    if (fault.hang) answer.onEnd(witness.openStream('silent', entry).close);
    try {
      if (!(await answer.strike())) await handle(request, identity, answer, entry);
    } catch (error) {
      const { status } =
        error instanceof Refused ? error : { status: failure(500, `the double failed: ${error.stack}`) };
      if (!(error instanceof Refused)) witness.violation('the double failed', String(error.stack), entry.n);
      if (entry.status === null) await answer.send(status.code, status);
      else answer.kill();
    }
    if (answer.upgraded !== null) return;
    await answer.finished;
    answering = null;
    if (/\bclose\b/i.test(request.header('connection') ?? '')) socket.end();
    else pump();
  };

  const pump = () => {
    if (socket.destroyed || answering?.upgraded) return;
    if (answering !== null) return lookBehind();
    try {
      const request = parser.next();
      if (request !== null) void serve(request).then(undefined, () => socket.destroy());
      else if (parser.begun?.header('expect')) socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    } catch (error) {
      if (!(error instanceof MalformedRequest)) throw error;
      void malformed(error);
    }
  };

  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    if (answering?.upgraded) return;
    parser.push(chunk);
    pump();
  });
  // a half-open client of plain HTTP has nothing left to ask
  socket.on('end', () => socket.destroy());
}
