import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { integer, objectIdentifier, time } from './der.js';
import { certificatePem } from './x509.js';

const hex = (buffer: Buffer) => buffer.toString('hex');
const key = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const from = Date.UTC(2026, 0, 1);
const to = Date.UTC(2027, 0, 1);

describe('DER', () => {
  it('writes integers in the shortest form that stays positive', () => {
    expect(hex(integer(Buffer.from([0, 0, 0x7f])))).toBe('02017f');
    expect(hex(integer(Buffer.from([0x80])))).toBe('02020080');
    expect(hex(integer(Buffer.from([0])))).toBe('020100');
  });

  it('writes object identifiers as X.690 §8.19 shows them', () => {
    expect(hex(objectIdentifier('2.5.4.3'))).toBe('0603550403');
    expect(hex(objectIdentifier('1.2.840.10045.4.3.2'))).toBe('06082a8648ce3d040302');
  });

  it('writes years with two digits up to 2049 and with four from 2050 on', () => {
    expect(
      time(Date.UTC(2049, 11, 31, 23, 59, 59))
        .toString('latin1')
        .slice(2),
    ).toBe('491231235959Z');
    expect(
      time(Date.UTC(2050, 0, 1))
        .toString('latin1')
        .slice(2),
    ).toBe('20500101000000Z');
  });
});

describe('a certificate', () => {
  const authorityKey = key();
  const authority = new X509Certificate(
    certificatePem({
      subject: 'CA',
      issuer: 'CA',
      key: authorityKey,
      signingKey: authorityKey,
      notBefore: from,
      notAfter: to,
      names: null,
    }),
  );
  const serverKey = key();
  const server = new X509Certificate(
    certificatePem({
      subject: 'localhost',
      issuer: 'CA',
      key: serverKey,
      signingKey: authorityKey,
      notBefore: from,
      notAfter: to,
      names: ['localhost', '127.0.0.1', '::1'],
    }),
  );

  it('of a server is no authority, and is good for its names only', () => {
    expect(server.ca).toBe(false);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBe('::1');
    expect(server.checkHost('example.com')).toBeUndefined();
    expect(server.checkIP('127.0.0.2')).toBeUndefined();
  });

  it('is signed by its authority and by nobody else', () => {
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.verify(server.publicKey)).toBe(false);
    expect(server.checkIssued(authority)).toBe(true);
    expect(authority.ca).toBe(true);
  });

  it('carries its times, key and purpose', () => {
    expect([Date.parse(server.validFrom), Date.parse(server.validTo)]).toEqual([from, to]);
    expect(server.checkPrivateKey(serverKey)).toBe(true);
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });
});
