import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

// An authority and a server certificate per double, so that nothing lies on a disk which could be trusted by accident.
const tlv = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
};
const sequence = (...parts) => tlv(0x30, ...parts);
const oid = (hex) => tlv(0x06, Buffer.from(hex, 'hex'));
const algorithm = sequence(oid('2a8648ce3d040302'));
const named = (common) => sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(common)))));
const time = (at) => tlv(0x17, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(2, 14)}Z`));
const day = 86_400_000;

function certificate(subject, issuer, publicKey, signingKey, extension) {
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    named(issuer),
    sequence(time(Date.now() - day), time(Date.now() + 30 * day)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(extension)),
  );
  const signed = sequence(body, algorithm, tlv(0x03, Buffer.from([0]), sign('sha256', body, signingKey)));
  const text = signed.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text}-----END CERTIFICATE-----\n`;
}

/**
 * An authority and a server certificate for 127.0.0.1 and localhost (RFC 5280, ECDSA P-256, a month).
 * @returns {{ ca: string, certificate: string, key: string }} PEM
 */
export function serverCertificate() {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'kube-double authority';
  const isAuthority = sequence(
    oid('551d13'),
    tlv(0x01, Buffer.from([0xff])),
    tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff])))),
  );
  const names = sequence(tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.from([127, 0, 0, 1])));
  return {
    ca: certificate(issuer, issuer, authority.publicKey, authority.privateKey, isAuthority),
    certificate: certificate(
      'kube-double',
      issuer,
      server.publicKey,
      authority.privateKey,
      sequence(oid('551d11'), tlv(0x04, names)),
    ),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
