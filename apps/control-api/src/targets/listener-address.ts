import { X509Certificate } from 'node:crypto';

/** The host that clients connect to: where a gateway listens everywhere, the one under which the control API was reached. */
export function reachableHost(host: string, reached: string): string {
  return ['0.0.0.0', '::', '[::]', ''].includes(host) ? reached : host;
}

/** The name in a Host header, without its port. */
export function hostName(host: string | undefined): string {
  const url = `https://${host ?? ''}`;
  return URL.canParse(url) ? new URL(url).hostname : 'localhost';
}

/** The authority at the end of a chain, which a certificate file may or may not have; a self-signed certificate is its own. */
export function authorityOf(chain: string): string | null {
  const last = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.at(-1);
  if (last === undefined) return null;
  try {
    const certificate = new X509Certificate(last);
    return certificate.checkIssued(certificate) ? `${last}\n` : null;
  } catch {
    return null;
  }
}
