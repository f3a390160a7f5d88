import { bytes } from './bytes.js';

/** One sound frame of every message a client sends. */
export const frontendSamples: Readonly<Record<string, Buffer>> = {
  query: bytes().cstring('SELECT id FROM customers — žluťoučký').frame('Q'),
  parse: bytes().cstring('s1').cstring('SELECT $1::text, $2').int16(2).int32(25).int32(0).frame('P'),
  bind: bytes()
    .cstring('p1')
    .cstring('s1')
    .int16(2)
    .int16(0)
    .int16(1)
    .int16(2)
    .int32(3)
    .ascii('abc')
    .int32(-1)
    .int16(1)
    .int16(1)
    .frame('B'),
  describe: bytes().ascii('S').cstring('s1').frame('D'),
  execute: bytes().cstring('p1').int32(50).frame('E'),
  close: bytes().ascii('P').cstring('p1').frame('C'),
  sync: bytes().frame('S'),
  flush: bytes().frame('H'),
  terminate: bytes().frame('X'),
  password: bytes().cstring('a.b.c').frame('p'),
  copyData: bytes().ascii('1\tx\n').frame('d'),
  copyDone: bytes().frame('c'),
  copyFail: bytes().cstring('stop').frame('f'),
  functionCall: bytes().int32(1598).int16(0).int16(0).int16(0).frame('F'),
};

const column = (name: string, table: number, attnum: number, type: number) =>
  bytes().cstring(name).int32(table).int16(attnum).int32(type).int16(-1).int32(-1).int16(0).body();

/** One sound frame of every message a target sends. */
export const backendSamples: Readonly<Record<string, Buffer>> = {
  authentication: bytes().int32(10).cstring('SCRAM-SHA-256-PLUS').cstring('SCRAM-SHA-256').int8(0).frame('R'),
  backendKeyData: bytes().int32(4711).int32(-2).frame('K'),
  parameterStatus: bytes().cstring('client_encoding').cstring('UTF8').frame('S'),
  negotiate: bytes().int32(196608).int32(1).cstring('_pq_.x').frame('v'),
  readyForQuery: bytes().ascii('I').frame('Z'),
  parseComplete: bytes().frame('1'),
  bindComplete: bytes().frame('2'),
  closeComplete: bytes().frame('3'),
  noData: bytes().frame('n'),
  portalSuspended: bytes().frame('s'),
  emptyQuery: bytes().frame('I'),
  parameterDescription: bytes().int16(2).int32(23).int32(25).frame('t'),
  rowDescription: bytes()
    .int16(2)
    .raw(column('id', 16385, 1, 23))
    .raw(column('e-mail', 0, 0, 25))
    .frame('T'),
  dataRow: bytes().int16(3).int32(1).ascii('7').int32(-1).int32(0).frame('D'),
  commandComplete: bytes().cstring('INSERT 0 12').frame('C'),
  error: bytes()
    .ascii('S')
    .cstring('FEHLER')
    .ascii('V')
    .cstring('ERROR')
    .ascii('C')
    .cstring('23505')
    .ascii('M')
    .cstring('m')
    .int8(0)
    .frame('E'),
  notice: bytes().ascii('S').cstring('NOTICE').ascii('M').cstring('n').int8(0).frame('N'),
  notification: bytes().int32(12).cstring('channel').cstring('payload').frame('A'),
  functionResult: bytes().int32(-1).frame('V'),
  copyIn: bytes().int8(0).int16(1).int16(0).frame('G'),
  copyOut: bytes().int8(0).int16(0).frame('H'),
  copyBoth: bytes().int8(0).int16(0).frame('W'),
  copyData: bytes().ascii('row').frame('d'),
  copyDone: bytes().frame('c'),
};
