import * as read from './backend-messages.js';
import { ProtocolError } from './protocol.error.js';
import { bytes } from './testing/bytes.js';
import { backendSamples } from './testing/samples.js';

type Decoder = (buffer: Buffer, start: number, end: number) => unknown;

const whole = <T>(decoder: (buffer: Buffer, start: number, end: number) => T, frame: Buffer): T =>
  decoder(frame, 0, frame.length);

const sample = (name: string): Buffer => backendSamples[name] as Buffer;

const decoders: readonly [string, Decoder][] = [
  ['rowDescription', read.readRowDescription],
  ['error', read.readErrorFields],
  ['notice', read.readErrorFields],
  ['parameterStatus', read.readParameterStatus],
  ['readyForQuery', read.readReadyStatus],
  ['commandComplete', read.readCommandTag],
  ['authentication', read.readAuthentication],
  ['notification', read.readNotification],
  ['parameterDescription', read.readParameterDescription],
  ['negotiate', read.readNegotiateProtocolVersion],
  ['dataRow', (buffer, start, end) => read.walkDataRow(buffer, start, end, new Int32Array(8))],
];

describe.each(decoders)('%s', (name, decoder) => {
  it('is refused when it ends too early, wherever that is', () => {
    const frame = sample(name);
    for (let end = 5; end < frame.length; end++) {
      expect(() => decoder(frame, 0, end)).toThrow(ProtocolError);
    }
  });

  it('is refused with a byte too many', () => {
    const frame = Buffer.concat([sample(name), Buffer.from([1])]);
    expect(() => whole(decoder, frame)).toThrow(ProtocolError);
  });

  it('is read inside a larger buffer as it is alone', () => {
    const frame = sample(name);
    const inside = Buffer.concat([Buffer.from('Zxx'), frame, Buffer.from('Z\0\0')]);
    expect(decoder(inside, 3, 3 + frame.length)).toEqual(whole(decoder, frame));
  });
});

describe('what a target says', () => {
  it('row descriptions, with identifiers above 2^31 unsigned', () => {
    expect(whole(read.readRowDescription, sample('rowDescription'))).toEqual([
      { name: 'id', tableOid: 16385, attnum: 1, typeOid: 23, typeSize: -1, typmod: -1, format: 0 },
      { name: 'e-mail', tableOid: 0, attnum: 0, typeOid: 25, typeSize: -1, typmod: -1, format: 0 },
    ]);
    const high = bytes().int16(1).cstring('c').int32(-1).int16(-6).int32(-2).int16(4).int32(12).int16(1).frame('T');
    expect(whole(read.readRowDescription, high)).toEqual([
      { name: 'c', tableOid: 4294967295, attnum: -6, typeOid: 4294967294, typeSize: 4, typmod: 12, format: 1 },
    ]);
  });

  it('error fields by letter', () => {
    expect([...whole(read.readErrorFields, sample('error'))]).toEqual([
      ['S', 'FEHLER'],
      ['V', 'ERROR'],
      ['C', '23505'],
      ['M', 'm'],
    ]);
  });

  it('settings, keys, status, tags, notifications, parameter types, versions', () => {
    expect(whole(read.readParameterStatus, sample('parameterStatus'))).toEqual({
      name: 'client_encoding',
      value: 'UTF8',
    });
    expect(whole(read.readBackendKeyData, sample('backendKeyData'))).toEqual({
      pid: 4711,
      key: Buffer.from([0xff, 0xff, 0xff, 0xfe]),
    });
    expect(whole(read.readReadyStatus, sample('readyForQuery'))).toBe('I');
    expect(() => whole(read.readReadyStatus, bytes().ascii('X').frame('Z'))).toThrow(ProtocolError);
    expect(whole(read.readCommandTag, sample('commandComplete'))).toBe('INSERT 0 12');
    expect(whole(read.readNotification, sample('notification'))).toEqual({
      pid: 12,
      channel: 'channel',
      payload: 'payload',
    });
    expect(whole(read.readParameterDescription, sample('parameterDescription'))).toEqual([23, 25]);
    expect(whole(read.readNegotiateProtocolVersion, sample('negotiate'))).toEqual({
      version: 196608,
      unrecognised: ['_pq_.x'],
    });
  });

  it.each<[Buffer, unknown]>([
    [bytes().int32(0).frame('R'), { kind: 'ok' }],
    [bytes().int32(3).frame('R'), { kind: 'cleartext' }],
    [bytes().int32(5).ascii('salt').frame('R'), { kind: 'md5', salt: Buffer.from('salt') }],
    [sample('authentication'), { kind: 'sasl', mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'] }],
    [bytes().int32(11).ascii('r=x').frame('R'), { kind: 'sasl-continue', data: Buffer.from('r=x') }],
    [bytes().int32(12).ascii('v=y').frame('R'), { kind: 'sasl-final', data: Buffer.from('v=y') }],
    [bytes().int32(7).frame('R'), { kind: 'other', method: 7 }],
  ])('authentication requests', (frame, expected) => {
    expect(whole(read.readAuthentication, frame)).toEqual(expected);
  });

  it.each([
    ['SELECT 5', 5],
    ['INSERT 0 12', 12],
    ['DELETE 0', 0],
    ['CREATE TABLE', 0],
    ['CREATE TABLE AS 3', 0 + 3],
    ['', 0],
  ])('rows of the tag "%s"', (tag, rows) => {
    expect(read.rowCountOfTag(tag)).toBe(rows);
  });
});

describe('rows', () => {
  it('are walked without allocation: offset and length per field', () => {
    const row = sample('dataRow');
    const fields = new Int32Array(6);
    expect(read.walkDataRow(row, 0, row.length, fields)).toBe(3);
    expect([...fields]).toEqual([11, 1, 16, -1, 20, 0]);
    expect(read.dataRowFieldCount(row, 0, row.length)).toBe(3);
  });

  it.each([-2, 4, 0x7fffffff])('with a field of length %i that is not there are refused', (length) => {
    const row = bytes().int16(1).int32(length).ascii('abc').frame('D');
    expect(() => read.walkDataRow(row, 0, row.length, new Int32Array(2))).toThrow(ProtocolError);
  });
});
