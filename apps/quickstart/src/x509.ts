import { createHash, createPublicKey, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from './der.js';

/** What a certificate says; times in ms since 1970. */
export interface CertificateRequest {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly signingKey: KeyObject;
  readonly notBefore: number;
  readonly notAfter: number;
  /** DNS names and IP addresses of a server; null makes a certificate authority. */
  readonly names: readonly string[] | null;
}

const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));

/** An X.509 v3 certificate (RFC 5280), signed with ECDSA and SHA-256, as PEM. Both keys are private EC keys. */
export function certificatePem(request: CertificateRequest): string {
  const publicKey = createPublicKey(request.key);
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial()),
    ecdsaWithSha256,
    name(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    name(request.subject),
    spki(publicKey),
    explicit(3, sequence(...extensions(request, publicKey))),
  );
  const signature = sign('sha256', body, request.signingKey);
  const der = sequence(body, ecdsaWithSha256, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** 127 random bits: positive, and within the 20 octets of RFC 5280 §4.1.2.2. */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function name(commonName: string): Buffer {
  return sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(commonName))));
}

function spki(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

/** SHA-1 of the public key as RFC 5280 §4.2.1.2 (1) has it: a name of the key, nothing rests on its strength. */
function keyIdentifier(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return createHash('sha1').update(point).digest();
}

function extensions(request: CertificateRequest, publicKey: KeyObject): Buffer[] {
  const extension = (id: string, critical: boolean, content: Buffer) =>
    sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(content));
  const subjectKey = extension('2.5.29.14', false, octetString(keyIdentifier(publicKey)));
  const authorityKey = extension(
    '2.5.29.35',
    false,
    sequence(implicit(0, keyIdentifier(createPublicKey(request.signingKey)))),
  );
  if (request.names === null)
    return [
      // CA with path length 0: it signs servers, no further authorities
      extension('2.5.29.19', true, sequence(boolean(true), integer(Buffer.from([0])))),
      // keyCertSign, cRLSign
      extension('2.5.29.15', true, bitString(Buffer.from([0x06]), 1)),
      subjectKey,
      authorityKey,
    ];
  return [
    extension('2.5.29.19', true, sequence()),
    // digitalSignature
    extension('2.5.29.15', true, bitString(Buffer.from([0x80]), 7)),
    // serverAuth
    extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(...request.names.map(generalName))),
    subjectKey,
    authorityKey,
  ];
}

function generalName(host: string): Buffer {
  if (isIPv4(host)) return implicit(7, Buffer.from(host.split('.').map(Number)));
  if (host === '::1') return implicit(7, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]));
  return implicit(2, Buffer.from(host, 'latin1'));
}
