// Is the process in this container ready? `healthcheck.mjs postgres|kubernetes|control [port]`.
// Exits with 0 when it is. Nothing secret is asked or sent, so the certificate needs no check.
import { get } from 'node:https';
import { connect } from 'node:net';

const [what, port] = process.argv.slice(2);
setTimeout(() => fail('no answer within 4 s'), 4_000).unref();

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

if (what === 'postgres') {
  const socket = connect(Number(port ?? 6432), '127.0.0.1');
  socket.on('error', (error) => fail(error.message));
  // SSLRequest: length 8, code 80877103; a gateway that is ready answers S
  socket.on('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f])));
  socket.on('data', (answer) => (answer[0] === 0x53 ? process.exit(0) : fail('no TLS offered')));
} else if (what === 'kubernetes') {
  // nobody is told anything without a token, and a gateway that is ready asks for one
  get(`https://127.0.0.1:${Number(port ?? 6443)}/version`, { rejectUnauthorized: false }, (response) =>
    response.statusCode === 401 ? process.exit(0) : fail(`status ${response.statusCode}`),
  ).on('error', (error) => fail(error.message));
} else if (what === 'control') {
  const url = `https://127.0.0.1:${Number(port ?? 8080)}/health/ready`;
  get(url, { rejectUnauthorized: false }, (response) =>
    response.statusCode === 200 ? process.exit(0) : fail(`status ${response.statusCode}`),
  ).on('error', (error) => fail(error.message));
} else fail('usage: healthcheck.mjs postgres|kubernetes|control [port]');
