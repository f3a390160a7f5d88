import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivate } from './secrets.js';
import { certificatePem } from './x509.js';

/** Paths of the own authority's certificate and of the server's certificate and key, all PEM. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
  readonly renewed: boolean;
}

interface Pair {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

const day = 86_400_000;
const authorityName = 'Sallyport development CA';
const serverName = 'localhost';
const serverNames = ['localhost', '127.0.0.1', '::1'];
const sanOfServer = 'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1';

/**
 * The certificates of one home, made the first time and again 30 days before they end; ECDSA P-256 with SHA-256,
 * since channel binding takes its hash from the signature (RFC 5929 §4.1).
 * @param now ms since 1970
 */
export function keptCertificates(home: string, tls: string, now: number): Certificates {
  const paths = {
    ca: join(home, 'ca.pem'),
    caKey: join(tls, 'ca.key'),
    certificate: join(tls, 'server.pem'),
    key: join(tls, 'server.key'),
  };
  const limit = now + 30 * day;
  const keptAuthority = readPair(paths.ca, paths.caKey, limit);
  const authority = keptAuthority ?? makeAuthority(paths.ca, paths.caKey, now);
  const server = keptAuthority === null ? null : readPair(paths.certificate, paths.key, limit);
  const fits =
    server !== null &&
    server.certificate.subjectAltName === sanOfServer &&
    server.certificate.verify(authority.certificate.publicKey) &&
    readFileSync(paths.certificate, 'utf8').includes(authority.certificate.toString().trim());
  if (!fits) makeServer(paths.certificate, paths.key, authority, now);
  return { ca: paths.ca, certificate: paths.certificate, key: paths.key, renewed: !fits };
}

/** The pair when both files belong together and last beyond `limit`, otherwise null. */
function readPair(certificateFile: string, keyFile: string, limit: number): Pair | null {
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const key = createPrivateKey(readFileSync(keyFile));
    return certificate.checkPrivateKey(key) && Date.parse(certificate.validTo) > limit ? { certificate, key } : null;
  } catch {
    return null;
  }
}

function makeAuthority(certificateFile: string, keyFile: string, now: number): Pair {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = certificatePem({
    subject: authorityName,
    issuer: authorityName,
    key,
    signingKey: key,
    notBefore: now - day,
    notAfter: now + 3650 * day,
    names: null,
  });
  writePrivate(keyFile, key.export({ type: 'pkcs8', format: 'pem' }).toString());
  writePrivate(certificateFile, pem);
  return { certificate: new X509Certificate(pem), key };
}

function makeServer(certificateFile: string, keyFile: string, authority: Pair, now: number): void {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = certificatePem({
    subject: serverName,
    issuer: authorityName,
    key,
    signingKey: authority.key,
    notBefore: now - day,
    // platforms distrust server certificates that run longer than 398 days
    notAfter: now + 397 * day - day,
    names: serverNames,
  });
  writePrivate(keyFile, key.export({ type: 'pkcs8', format: 'pem' }).toString());
  // with its authority, so that whoever reads the file knows what clients have to trust
  writePrivate(certificateFile, `${pem.trimEnd()}\n${authority.certificate.toString().trimEnd()}\n`);
}
