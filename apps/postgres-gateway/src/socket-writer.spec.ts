import { Duplex } from 'node:stream';
import { SocketWriter } from './socket-writer.js';

type Writable = ConstructorParameters<typeof SocketWriter>[0];

/** A stream whose other end is a list of the writes it got. */
function recording(): { readonly socket: Writable; readonly writes: string[] } {
  const writes: string[] = [];
  const socket = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => {
      writes.push(chunk.toString());
      done();
    },
    writev: (chunks, done) => {
      writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)).toString());
      done();
    },
  });
  return { socket, writes };
}

describe('the writing end of a socket', () => {
  it('writes nothing while it is held, then all of it in order and in one piece', () => {
    const { socket, writes } = recording();
    const writer = new SocketWriter(socket, () => undefined);
    writer.hold();
    writer.write([Buffer.from('bind '), Buffer.from('execute ')]);
    writer.write([Buffer.from('sync')]);
    expect(writes).toEqual([]);
    writer.flush();
    expect(writes).toEqual(['bind execute sync']);
    writer.write([Buffer.from('at once')]);
    expect(writes).toEqual(['bind execute sync', 'at once']);
  });

  it('joins neighbours in memory without touching what lies between others', () => {
    const { socket, writes } = recording();
    const writer = new SocketWriter(socket, () => undefined);
    const chunk = Buffer.from('one two three four');
    writer.hold();
    writer.write([chunk.subarray(0, 4), chunk.subarray(4, 8)]);
    writer.write([chunk.subarray(14)]);
    writer.flush();
    expect(writes).toEqual(['one two four']);
    expect(chunk.toString()).toBe('one two three four');
  });

  it('drops what is flushed into a socket that has ended', () => {
    const { socket, writes } = recording();
    const writer = new SocketWriter(socket, () => undefined);
    writer.hold();
    writer.write([Buffer.from('too late')]);
    socket.end();
    writer.flush();
    expect(writes).toEqual([]);
  });
});
