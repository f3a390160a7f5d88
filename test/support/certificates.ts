import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate and its private key, PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** What a person's certificate says; times in ms since 1970, by default from yesterday for a month. */
export interface TestPerson {
  readonly commonName?: string;
  readonly emails?: readonly string[];
  readonly uris?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** for servers only: no client may use it */
  readonly serverOnly?: boolean;
}

/** Signs servers and people; what it signs is good for those who trust `certificate`. */
export interface TestAuthority {
  readonly certificate: string;
  /** A certificate for a server that is known by these DNS names and IPv4 addresses. */
  serverFor(...names: readonly string[]): TestCertificate;
  clientFor(person: TestPerson): TestCertificate;
  /** A list that revokes these certificates (CRL), good until tomorrow, PEM. */
  revoking(...certificates: readonly TestCertificate[]): string;
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

const day = 86_400_000;
const serverAuth = '2b06010505070301';
const clientAuth = '2b06010505070302';

const authorityExtensions = (): Buffer[] => [
  sequence(oid('551d13'), critical, tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff]))))),
];
const alternatives = (...names: readonly Buffer[]): Buffer => sequence(oid('551d11'), tlv(0x04, sequence(...names)));

function personExtensions({ emails = [], uris = [], serverOnly = false }: TestPerson): Buffer[] {
  const names = [
    ...emails.map((email) => tlv(0x81, Buffer.from(email, 'utf8'))),
    ...uris.map((uri) => tlv(0x86, Buffer.from(uri, 'utf8'))),
  ];
  const usage = sequence(oid('551d25'), tlv(0x04, sequence(oid(serverOnly ? serverAuth : clientAuth))));
  return names.length > 0 ? [usage, alternatives(...names)] : [usage];
}

interface Signing {
  readonly subject: string;
  readonly issuer: string;
  readonly spki: Buffer;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly notBefore?: number | undefined;
  readonly notAfter?: number | undefined;
}

/** X.509 v3 (RFC 5280 §4.1), ECDSA P-256 with SHA-256. */
function pem({ subject, issuer, spki, key, extensions, notBefore, notAfter }: Signing): string {
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    ecdsaWithSha256,
    name(issuer),
    sequence(time(notBefore ?? Date.now() - day), time(notAfter ?? Date.now() + 30 * day)),
    name(subject),
    spki,
    tlv(0xa3, sequence(...extensions)),
  );
  return armoured('CERTIFICATE', body, key);
}

function armoured(what: string, body: Buffer, key: KeyObject): string {
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, key));
  const text = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN ${what}-----\n${text.replace(/.{1,64}/g, '$&\n')}-----END ${what}-----\n`;
}

/** An authority of its own; nobody trusts it who is not told to. */
export function testAuthority(commonName: string): TestAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
  const signed = (subject: string, of: Pick<Signing, 'extensions' | 'notBefore' | 'notAfter'>): TestCertificate => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      certificate: pem({ ...of, subject, issuer: commonName, spki: spkiOf(publicKey), key: own.privateKey }),
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
  };
  return {
    certificate: pem({
      subject: commonName,
      issuer: commonName,
      spki: spkiOf(own.publicKey),
      key: own.privateKey,
      extensions: authorityExtensions(),
    }),
    serverFor: (...names) => signed(names[0] ?? 'nobody', { extensions: [alternatives(...names.map(alternative))] }),
    clientFor: (person) =>
      signed(person.commonName ?? 'somebody', {
        extensions: personExtensions(person),
        notBefore: person.notBefore,
        notAfter: person.notAfter,
      }),
    revoking: (...certificates) => {
      const now = Date.now();
      const entries = certificates.map(({ certificate }) =>
        sequence(tlv(0x02, Buffer.from(new X509Certificate(certificate).serialNumber, 'hex')), time(now - 1_000)),
      );
      const body = sequence(
        tlv(0x02, Buffer.from([1])),
        ecdsaWithSha256,
        name(commonName),
        time(now - day),
        time(now + day),
        ...(entries.length > 0 ? [sequence(...entries)] : []),
      );
      return armoured('X509 CRL', body, own.privateKey);
    },
  };
}
