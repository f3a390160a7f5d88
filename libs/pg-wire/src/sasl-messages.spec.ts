import { readAuthentication } from './backend-messages.js';
import { readOAuthBearer, readSaslInitialResponse } from './sasl-messages.js';
import { serialize } from './serialize.js';
import { upstream } from './upstream.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('SASL messages', () => {
  it.each([
    ['no terminator', 'SCRAM-SHA-256'],
    ['no length', 'SCRAM-SHA-256\0'],
    ['half a length', 'SCRAM-SHA-256\0\0\0'],
    ['a length past the end', 'SCRAM-SHA-256\0\0\0\0\x02n'],
    ['a length below -1', 'SCRAM-SHA-256\0\xff\xff\xff\xfe'],
    ['bytes behind the data', 'SCRAM-SHA-256\0\0\0\0\x01nn'],
    ['bytes behind no data', 'SCRAM-SHA-256\0\xff\xff\xff\xffn'],
    ['nothing', ''],
  ])('are refused with %s', (_what, body) => {
    expect(() => readSaslInitialResponse(bytes(body))).toThrow(expect.objectContaining({ code: '08P01', fatal: true }));
  });

  it('are read as other clients write them', () => {
    const frame = upstream.saslInitialResponse('SCRAM-SHA-256', 'n,,n=*,r=abc');
    expect(readSaslInitialResponse(frame.subarray(5))).toEqual({
      mechanism: 'SCRAM-SHA-256',
      data: bytes('n,,n=*,r=abc'),
    });
    expect(readSaslInitialResponse(bytes('OAUTHBEARER\0\xff\xff\xff\xff'))).toEqual({
      mechanism: 'OAUTHBEARER',
      data: null,
    });
    expect(readSaslInitialResponse(bytes('X\0\0\0\0\0')).data).toEqual(Buffer.alloc(0));
  });

  it('are written as other clients read them', () => {
    const read = (frame: Buffer): unknown => readAuthentication(frame, 0, frame.length);
    expect(read(serialize.authenticationSasl(['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256']))).toEqual({
      kind: 'sasl',
      mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
    });
    expect(read(serialize.authenticationSaslContinue(bytes('r=x')))).toEqual({
      kind: 'sasl-continue',
      data: bytes('r=x'),
    });
    expect(read(serialize.authenticationSaslFinal(bytes('v=x')))).toEqual({ kind: 'sasl-final', data: bytes('v=x') });
  });
});

describe('OAUTHBEARER', () => {
  it.each([
    ['nothing', ''],
    ['channel binding', 'p=tls-server-end-point,,\x01auth=Bearer x\x01\x01'],
    ['an authorization identity', 'n,a=root,\x01auth=Bearer x\x01\x01'],
    ['no header', '\x01auth=Bearer x\x01\x01'],
    ['no auth', 'n,,\x01\x01'],
    ['only other pairs', 'n,,\x01host=x\x01port=1\x01\x01'],
    ['two auths', 'n,,\x01auth=Bearer x\x01auth=Bearer y\x01\x01'],
    ['no end', 'n,,\x01auth=Bearer x\x01'],
    ['no end of the pair', 'n,,\x01auth=Bearer x'],
    ['something behind the end', 'n,,\x01auth=Bearer x\x01\x01n'],
    ['an empty pair', 'n,,\x01\x01auth=Bearer x\x01\x01'],
    ['a pair without a value', 'n,,\x01auth\x01\x01'],
    ['a key that is none', 'n,,\x01au-th=Bearer x\x01\x01'],
    ['a NUL', 'n,,\x01auth=Bearer x\0\x01\x01'],
    ['the separator alone', '\x01'],
  ])('is refused with %s', (_what, message) => {
    expect(() => readOAuthBearer(bytes(message))).toThrow(expect.objectContaining({ code: '08P01', fatal: true }));
  });

  it.each([
    ['another scheme', 'n,,\x01auth=Basic dTpw\x01\x01'],
    ['no scheme', 'n,,\x01auth=eyJ.eyJ.sig\x01\x01'],
    ['two tokens', 'n,,\x01auth=Bearer a b\x01\x01'],
    ['a token of other characters', 'n,,\x01auth=Bearer a"b\x01\x01'],
    ['no token', 'n,,\x01auth=Bearer \x01\x01'],
  ])('is no bearer token with %s', (_what, message) => {
    expect(readOAuthBearer(bytes(message))).toBeNull();
  });

  it.each([
    ['n,,\x01auth=\x01\x01', ''],
    ['n,,\x01auth=Bearer ab.c-d_e~f+g/h==\x01\x01', 'ab.c-d_e~f+g/h=='],
    ['y,,\x01host=db.example.com\x01port=5432\x01auth=bearer   x\x01\x01', 'x'],
  ])('reads %j', (message, token) => {
    expect(readOAuthBearer(bytes(message))).toBe(token);
  });
});
