import { createHash } from 'node:crypto';

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** One frame of a server, RFC 6455: unmasked. */
export function frame(opcode, data, { fin = true, rsv = 0 } = {}) {
  const { length } = data;
  const size = Buffer.alloc(length < 126 ? 1 : length < 65_536 ? 3 : 9);
  if (length < 126) size[0] = length;
  else if (length < 65_536) {
    size[0] = 126;
    size.writeUInt16BE(length, 1);
  } else {
    size[0] = 127;
    size.writeBigUInt64BE(BigInt(length), 1);
  }
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | (rsv << 4) | opcode]), size, data]);
}

/** Cuts frames of a client out of bytes. @returns `[{ fin, rsv, opcode, isMasked, data }]` and keeps the rest */
export class FrameParser {
  #bytes = Buffer.alloc(0);

  push(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const frames = [];
    for (let found = this.#next(); found !== null; found = this.#next()) frames.push(found);
    return frames;
  }

  #next() {
    const bytes = this.#bytes;
    if (bytes.length < 2) return null;
    const isMasked = (bytes[1] & 0x80) !== 0;
    const short = bytes[1] & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = 2 + extended + (isMasked ? 4 : 0);
    if (bytes.length < start) return null;
    const length = extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < start + length) return null;
    const data = Buffer.from(bytes.subarray(start, start + length));
    if (isMasked) for (let i = 0; i < length; i++) data[i] ^= bytes[start - 4 + (i & 3)];
    this.#bytes = bytes.subarray(start + length);
    return { fin: (bytes[0] & 0x80) !== 0, rsv: (bytes[0] >> 4) & 7, opcode: bytes[0] & 15, isMasked, data };
  }
}

/** Whether a request asks for a WebSocket. */
export const wantsWebSocket = (request) =>
  /\bupgrade\b/i.test(request.header('connection') ?? '') && request.header('upgrade')?.toLowerCase() === 'websocket';

/** Subprotocols that a client offers, in its order. */
export const offered = (request) =>
  request
    .all('sec-websocket-protocol')
    .flatMap((line) => line.split(','))
    .map((name) => name.trim())
    .filter(Boolean);

/**
 * Accepts a WebSocket. Answers pings, joins fragments, writes violations of the protocol down.
 * @param protocol subprotocol, '' for none @param on `{ message(data, isText), closed() }`
 * @returns `{ send(data, text?), raw(bytes), ping(), close(code) }`
 */
export function acceptWebSocket(answer, protocol, witness, entry, on) {
  const { request } = answer;
  const accept = createHash('sha1')
    .update(request.header('sec-websocket-key') + guid)
    .digest('base64');
  const { socket, rest } = answer.upgrade({
    Upgrade: 'websocket',
    'Sec-WebSocket-Accept': accept,
    ...(protocol ? { 'Sec-WebSocket-Protocol': protocol } : {}),
  });
  const parser = new FrameParser();
  let parts = [];
  let kind = 2;
  let isClosing = false;
  const close = async (code = 1000) => {
    if (isClosing) return;
    isClosing = true;
    const data = Buffer.alloc(2);
    data.writeUInt16BE(code);
    await answer.raw(frame(8, data));
    // the other side closes; one that does not is cut
    setTimeout(() => socket.destroy(), 2_000).unref();
  };
  const take = ({ fin, rsv, opcode, isMasked, data }) => {
    if (!isMasked) witness.violation('websocket', 'a frame without a mask', entry.n);
    if (rsv !== 0) witness.violation('websocket', `reserved bits ${rsv}`, entry.n);
    if (opcode === 9) void answer.raw(frame(10, data));
    else if (opcode === 8) {
      void close().then(() => socket.end());
    } else if (opcode <= 2) {
      if (opcode !== 0) {
        kind = opcode;
        parts = [];
      }
      parts.push(data);
      if (fin) on.message(Buffer.concat(parts), kind === 1);
    } else if (opcode !== 10) witness.violation('websocket', `opcode ${opcode}`, entry.n);
  };
  const push = (chunk) => parser.push(chunk).forEach(take);
  socket.on('data', push);
  socket.once('close', () => on.closed());
  // not before the caller has what this returns
  if (rest.length > 0) setImmediate(() => push(rest));
  return {
    send: (data, isText = false) => answer.raw(frame(isText ? 1 : 2, Buffer.from(data))),
    raw: (bytes) => answer.raw(bytes),
    ping: () => answer.raw(frame(9, Buffer.from('ping'))),
    close,
  };
}
