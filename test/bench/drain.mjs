// A client that takes a result as fast as it comes and keeps nothing of it, so that it measures what stands in front of it.
// Asked for data (COPY FROM STDIN) it pours: the same rows again and again, `pour` bytes of them, as fast as they are taken.
// node drain.mjs '{"port":…,"user":…,"database":…,"password":…,"ca":FILE|null,"sql":…,"times":N,"pour":N}' prints {"ms":[…],"bytes":N}
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';

const { port, user, database, password, ca, sql, times, pour = 0 } = JSON.parse(process.argv[2]);

const opened = await new Promise((resolve, reject) => {
  const socket = connect(port, '127.0.0.1', () => resolve(socket));
  socket.once('error', reject);
});
let socket = opened;
if (ca !== null) {
  await new Promise((resolve) => {
    opened.once('data', resolve);
    opened.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  });
  socket = await new Promise((resolve, reject) => {
    const secured = connectTls({ socket: opened, ca: readFileSync(ca), host: '127.0.0.1' }, () => resolve(secured));
    secured.once('error', reject);
  });
}
socket.setNoDelay(true);

const message = (type, text) => {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};
const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
const startup = Buffer.alloc(8 + parameters.length);
startup.writeInt32BE(startup.length, 0);
startup.writeInt32BE(196608, 4);
parameters.copy(startup, 8);
socket.write(startup);

// Frames are followed by their heads alone: type and length, then so many bytes are skipped.
let skip = 0;
let head = Buffer.alloc(0);
let bytes = 0;
let onReady = () => {};
socket.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
socket.on('close', () => process.exit(1));
socket.on('data', (chunk) => {
  bytes += chunk.length;
  let at = 0;
  if (head.length > 0) {
    chunk = Buffer.concat([head, chunk]);
    head = Buffer.alloc(0);
  }
  while (at < chunk.length) {
    if (skip > 0) {
      const step = Math.min(skip, chunk.length - at);
      skip -= step;
      at += step;
      continue;
    }
    if (chunk.length - at < 5) {
      head = Buffer.from(chunk.subarray(at));
      return;
    }
    const type = chunk[at];
    const length = chunk.readInt32BE(at + 1) - 4;
    if (type === 0x45 || (type === 0x52 && length > 0)) {
      if (chunk.length - at < 5 + length) {
        head = Buffer.from(chunk.subarray(at));
        return;
      }
      const body = chunk.subarray(at + 5, at + 5 + length);
      if (type === 0x45) {
        process.stderr.write(`${body.toString('utf8').replaceAll('\0', ' ')}\n`);
        process.exit(1);
      }
      if (body.readInt32BE(0) === 3) socket.write(message('p', password));
    }
    at += 5;
    skip = length;
    if (type === 0x47) void pourRows();
    if (type === 0x5a) onReady();
  }
});

/** Rows as bench.loaded takes them, in CopyData messages of one row each, as the server sends them and libpq does. */
async function pourRows() {
  const row =
    '7\tSomebody Number 7\tsomebody.7@example.com\t+49 30 12345678\tCity of 7\tCountry 7\ta note of some length about row 7 of the table\t2026-01-01 00:00:07+00\t0.07\n';
  const head = Buffer.alloc(5);
  head.write('d');
  head.writeInt32BE(row.length + 4, 1);
  const one = Buffer.concat([head, Buffer.from(row)]);
  const many = Buffer.concat(Array.from({ length: 300 }, () => one));
  for (let left = pour; left > 0; left -= 300 * row.length) {
    if (!socket.write(many)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.write(Buffer.from([0x63, 0, 0, 0, 4]));
}

const ready = () => new Promise((resolve) => (onReady = resolve));

await ready();
const ms = [];
for (let i = 0; i <= times; i++) {
  bytes = 0;
  const from = performance.now();
  const done = ready();
  socket.write(message('Q', sql));
  await done;
  // the first is for warming up
  if (i > 0) ms.push(performance.now() - from);
}
process.stdout.write(`${JSON.stringify({ ms, bytes })}\n`);
process.exit(0);
