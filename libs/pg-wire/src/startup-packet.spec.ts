import { ProtocolError } from './protocol.error.js';
import { StartupReader } from './startup-packet.js';
import { bytes } from './testing/bytes.js';

const EMPTY = Buffer.alloc(0);
const SSL = bytes().int32(80877103).packet();
const GSS = bytes().int32(80877104).packet();
const startup = bytes()
  .int32(196608)
  .cstring('user')
  .cstring('alice@example.com')
  .cstring('database')
  .cstring('crm')
  .int8(0);

const refusal = (packet: Buffer, encrypted = false): ProtocolError => {
  const reader = new StartupReader(encrypted);
  try {
    reader.push(packet);
    reader.push(EMPTY);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('first bytes that are refused', () => {
  it.each([0, 4, 7, 10_005, 0x7fffffff, -1])('without an answer, a length of %i', (length) => {
    expect(refusal(bytes().int32(length).body())).toMatchObject({ silent: true });
  });

  it('an HTTP request, without an answer', () => {
    expect(refusal(Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toMatchObject({ silent: true });
  });

  it.each<[string, Buffer]>([
    ['no terminator', bytes().int32(196608).cstring('user').cstring('a').packet()],
    ['a name without value', bytes().int32(196608).cstring('user').int8(0).packet()],
    ['a value that runs out of the packet', bytes().int32(196608).cstring('user').ascii('a').packet()],
    ['bytes behind the terminator', bytes().int32(196608).cstring('user').cstring('a').int8(0).int8(0).packet()],
    ['no parameters and no terminator', bytes().int32(196608).packet()],
  ])('%s', (_, packet) => {
    expect(refusal(packet)).toMatchObject({ code: '08P01', fatal: true, silent: false });
  });

  it('invalid UTF-8 in a value', () => {
    const packet = bytes().int32(196608).cstring('user').int8(0xff).int8(0).int8(0).packet();
    expect(refusal(packet)).toMatchObject({ code: '22021', fatal: true });
  });

  it('a second SSLRequest, and any inside TLS', () => {
    expect(refusal(Buffer.concat([SSL, SSL]))).toMatchObject({ code: '0A000' });
    expect(refusal(SSL, true)).toMatchObject({ code: '0A000' });
    expect(refusal(GSS, true)).toMatchObject({ code: '0A000' });
  });

  it('an SSLRequest with a body', () => {
    expect(refusal(bytes().int32(80877103).int32(0).packet())).toMatchObject({ silent: true });
  });

  it('a cancel request with no key or with one above 256 bytes', () => {
    expect(refusal(bytes().int32(80877102).int32(1).packet())).toMatchObject({ silent: true });
    expect(refusal(bytes().int32(80877102).int32(1).raw(Buffer.alloc(257)).packet())).toMatchObject({ silent: true });
  });

  it('a TLS hello inside TLS, without an answer', () => {
    expect(refusal(Buffer.from([0x16, 3, 1, 0, 200]), true)).toMatchObject({ silent: true });
  });
});

describe('first packets', () => {
  it('are found at every cut, and what follows them is kept apart', () => {
    const whole = Buffer.concat([GSS, SSL, startup.packet(), Buffer.from('p\0')]);
    for (let cut = 0; cut <= whole.length; cut++) {
      const reader = new StartupReader();
      const kinds: string[] = [];
      for (const chunk of [whole.subarray(0, cut), whole.subarray(cut)]) {
        for (let packet = reader.push(chunk); packet !== null; packet = reader.push(EMPTY)) {
          kinds.push(packet.kind);
          if (packet.kind === 'startup') break;
        }
      }
      expect(kinds).toEqual(['gss-request', 'ssl-request', 'startup']);
      expect(reader.rest()).toEqual(Buffer.from('p\0'));
    }
  });

  it('show bytes that were sent behind an SSLRequest in clear text', () => {
    const reader = new StartupReader();
    expect(reader.push(Buffer.concat([SSL, Buffer.from('x')]))).toEqual({ kind: 'ssl-request' });
    expect(reader.rest()).toHaveLength(1);
  });

  it('of direct TLS are left whole to the TLS layer', () => {
    const hello = Buffer.from([0x16, 3, 1, 2, 0, 1]);
    const reader = new StartupReader();
    expect(reader.push(hello)).toEqual({ kind: 'direct-tls' });
    expect(reader.rest()).toEqual(hello);
  });

  it('carry parameters, the last of a name, and protocol options apart', () => {
    const packet = bytes()
      .int32(196610)
      .cstring('user')
      .cstring('a')
      .cstring('_pq_.future')
      .cstring('1')
      .cstring('search_path')
      .cstring('x')
      .cstring('search_path')
      .cstring('y')
      .cstring('options')
      .cstring('')
      .int8(0)
      .packet();
    const read = new StartupReader().push(packet);
    expect(read).toEqual({
      kind: 'startup',
      major: 3,
      minor: 2,
      parameters: new Map([
        ['user', 'a'],
        ['search_path', 'y'],
        ['options', ''],
      ]),
      protocolOptions: ['_pq_.future'],
    });
  });

  it('of another major version are reported without reading their layout', () => {
    expect(new StartupReader().push(bytes().int32(0x00020000).ascii('old').packet())).toMatchObject({
      kind: 'startup',
      major: 2,
      minor: 0,
    });
  });

  it('may be a cancel request with a key of 4 to 256 bytes', () => {
    expect(new StartupReader().push(bytes().int32(80877102).int32(-5).int32(9).packet())).toEqual({
      kind: 'cancel',
      pid: -5,
      key: Buffer.from([0, 0, 0, 9]),
    });
    const long = Buffer.alloc(256, 3);
    expect(new StartupReader(true).push(bytes().int32(80877102).int32(1).raw(long).packet())).toMatchObject({
      key: long,
    });
  });

  it('take a body of exactly 10 000 bytes', () => {
    const value = 'x'.repeat(10_000 - 4 - 'user'.length - 3);
    expect(
      new StartupReader().push(bytes().int32(196608).cstring('user').cstring(value).int8(0).packet()),
    ).toMatchObject({
      kind: 'startup',
    });
  });
});
