import { serialize } from './serialize.js';
import { bytes } from './testing/bytes.js';
import { backendSamples } from './testing/samples.js';
import { upstream } from './upstream.js';

describe('messages towards the client', () => {
  it.each<[string, Buffer, Buffer]>([
    ['AuthenticationOk', serialize.authenticationOk(), bytes().int32(0).frame('R')],
    ['AuthenticationCleartextPassword', serialize.authenticationCleartextPassword(), bytes().int32(3).frame('R')],
    [
      'ParameterStatus',
      serialize.parameterStatus('client_encoding', 'UTF8'),
      backendSamples['parameterStatus'] as Buffer,
    ],
    [
      'BackendKeyData',
      serialize.backendKeyData(4711, Buffer.from('fffffffe', 'hex')),
      backendSamples['backendKeyData'] as Buffer,
    ],
    ['ReadyForQuery', serialize.readyForQuery('E'), bytes().ascii('E').frame('Z')],
    [
      'NegotiateProtocolVersion',
      serialize.negotiateProtocolVersion(196608, ['_pq_.x']),
      backendSamples['negotiate'] as Buffer,
    ],
    ['ParseComplete', serialize.parseComplete(), bytes().frame('1')],
    ['BindComplete', serialize.bindComplete(), bytes().frame('2')],
    ['CloseComplete', serialize.closeComplete(), bytes().frame('3')],
    ['NoData', serialize.noData(), bytes().frame('n')],
    ['EmptyQueryResponse', serialize.emptyQueryResponse(), bytes().frame('I')],
    ['PortalSuspended', serialize.portalSuspended(), bytes().frame('s')],
    ['CommandComplete', serialize.commandComplete('INSERT 0 12'), backendSamples['commandComplete'] as Buffer],
    [
      'ParameterDescription',
      serialize.parameterDescription([23, 25]),
      backendSamples['parameterDescription'] as Buffer,
    ],
    [
      'RowDescription',
      serialize.rowDescription([
        { name: 'id', tableOid: 16385, attnum: 1, typeOid: 23, typeSize: -1, typmod: -1, format: 0 },
        { name: 'e-mail', tableOid: 0, attnum: 0, typeOid: 25, typeSize: -1, typmod: -1, format: 0 },
      ]),
      backendSamples['rowDescription'] as Buffer,
    ],
    ['DataRow', serialize.dataRow([Buffer.from('7'), null, Buffer.alloc(0)]), backendSamples['dataRow'] as Buffer],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  it('ErrorResponse carries severity twice, code, message, detail, hint and position', () => {
    const error = serialize.errorResponse({
      severity: 'ERROR',
      code: '42501',
      message: 'no — never',
      detail: '{}',
      hint: 'ask',
      position: 7,
    });
    const expected = bytes().ascii('S').cstring('ERROR').ascii('V').cstring('ERROR').ascii('C').cstring('42501');
    expected
      .ascii('M')
      .cstring('no — never')
      .ascii('D')
      .cstring('{}')
      .ascii('H')
      .cstring('ask')
      .ascii('P')
      .cstring('7');
    expect(error).toEqual(expected.int8(0).frame('E'));
  });

  it('a NUL in a text cannot end it early and smuggle in a field', () => {
    const notice = serialize.noticeResponse({ severity: 'NOTICE', code: '00000', message: 'a\0Cevil' });
    expect(notice.toString('utf8')).toContain('a\uFFFDCevil');
  });

  it('fields of the target are sent in their order', () => {
    const fields = new Map([
      ['S', 'FEHLER'],
      ['V', 'ERROR'],
      ['C', '23505'],
      ['M', 'm'],
    ]);
    expect(serialize.errorFromFields(fields)).toEqual(backendSamples['error']);
  });
});

describe('messages towards the target', () => {
  it.each<[string, Buffer, Buffer]>([
    [
      'startup',
      upstream.startup({ user: 'u', database: 'd' }),
      bytes()
        .int32(196608)
        .cstring('user')
        .cstring('u')
        .cstring('database')
        .cstring('d')
        .cstring('client_encoding')
        .cstring('UTF8')
        .int8(0)
        .packet(),
    ],
    [
      'startup of protocol 3.2',
      upstream.startup({ user: 'u' }, '3.2'),
      bytes().int32(196610).cstring('user').cstring('u').cstring('client_encoding').cstring('UTF8').int8(0).packet(),
    ],
    ['SSLRequest', upstream.sslRequest(), bytes().int32(80877103).packet()],
    ['password', upstream.password('pässword'), bytes().cstring('pässword').frame('p')],
    [
      'SASLInitialResponse',
      upstream.saslInitialResponse('SCRAM-SHA-256', 'n,,x'),
      bytes().cstring('SCRAM-SHA-256').int32(4).ascii('n,,x').frame('p'),
    ],
    ['SASLResponse', upstream.saslResponse('c=biws'), bytes().ascii('c=biws').frame('p')],
    ['query', upstream.query('SELECT 1'), bytes().cstring('SELECT 1').frame('Q')],
    [
      'parse',
      upstream.parse('s', 'SELECT $1', [23]),
      bytes().cstring('s').cstring('SELECT $1').int16(1).int32(23).frame('P'),
    ],
    [
      'bind',
      upstream.bind('p', 's', ['x', null]),
      bytes()
        .cstring('p')
        .cstring('s')
        .int16(2)
        .int32(0)
        .int16(2)
        .int32(1)
        .ascii('x')
        .int32(-1)
        .int16(1)
        .int16(0)
        .frame('B'),
    ],
    ['describe', upstream.describe('P', 'p'), bytes().ascii('P').cstring('p').frame('D')],
    ['describe of the unnamed', upstream.describe('S', ''), bytes().ascii('S').cstring('').frame('D')],
    ['execute', upstream.execute('p', 5), bytes().cstring('p').int32(5).frame('E')],
    ['close', upstream.close('S', 's'), bytes().ascii('S').cstring('s').frame('C')],
    ['sync', upstream.sync(), bytes().frame('S')],
    ['flush', upstream.flush(), bytes().frame('H')],
    ['terminate', upstream.terminate(), bytes().frame('X')],
    [
      'cancel of protocol 3.0',
      upstream.cancel(7, Buffer.from('00000009', 'hex')),
      bytes().int32(80877102).int32(7).int32(9).packet(),
    ],
    [
      'cancel of protocol 3.2',
      upstream.cancel(7, Buffer.alloc(32, 1)),
      bytes().int32(80877102).int32(7).raw(Buffer.alloc(32, 1)).packet(),
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  it('a NUL in a setting, a text or a name is refused', () => {
    expect(() => upstream.startup({ application_name: 'a\0user\0postgres' })).toThrow(RangeError);
    expect(() => upstream.query('SELECT 1\0')).toThrow(RangeError);
    expect(() => upstream.parse('s\0', '')).toThrow(RangeError);
  });

  it('are buffers of their own: a later one does not change an earlier one', () => {
    const first = upstream.query('SELECT 1');
    const copy = Buffer.from(first);
    for (let i = 0; i < 50; i++) upstream.query(`SELECT ${'2'.repeat(i * 10)}`);
    expect(first).toEqual(copy);
  });
});
