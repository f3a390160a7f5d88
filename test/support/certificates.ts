import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its private key, PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Signs servers; what it signs is good for those who trust `certificate`. */
export interface TestAuthority {
  readonly certificate: string;
  /** A certificate for a server that is known by these DNS names and IPv4 addresses. */
  serverFor(...names: readonly string[]): TestCertificate;
}

// Built here and not by the product's own writer of certificates, so that neither proves itself.
const tlv = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const critical = tlv(0x01, Buffer.from([0xff]));
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
const name = (common: string): Buffer =>
  sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(common, 'utf8')))));
const time = (at: number): Buffer =>
  tlv(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
const alternative = (host: string): Buffer =>
  isIPv4(host) ? tlv(0x87, Buffer.from(host.split('.').map(Number))) : tlv(0x82, Buffer.from(host));

function extensions(names: readonly string[] | null): Buffer {
  const authority = sequence(oid('551d13'), critical, tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff])))));
  return names === null
    ? sequence(authority)
    : sequence(sequence(oid('551d11'), tlv(0x04, sequence(...names.map(alternative)))));
}

/** X.509 v3 (RFC 5280 §4.1), ECDSA P-256 with SHA-256, valid from yesterday for a month. */
function pem(
  subject: string,
  issuer: string,
  spki: Buffer,
  signingKey: KeyObject,
  names: readonly string[] | null,
): string {
  const day = 86_400_000;
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(Date.now() - day), time(Date.now() + 30 * day)),
    name(subject),
    spki,
    tlv(0xa3, extensions(names)),
  );
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, signingKey));
  const text = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

/** An authority of its own; nobody trusts it who is not told to. */
export function testAuthority(commonName: string): TestAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
  return {
    certificate: pem(commonName, commonName, spki(own.publicKey), own.privateKey, null),
    serverFor: (...names) => {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        certificate: pem(names[0] ?? 'nobody', commonName, spki(publicKey), own.privateKey, names),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}
