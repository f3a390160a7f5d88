import { X509Certificate } from 'node:crypto';

/** Where clients of clusters connect, as far as the configuration tells. */
export class KubeListener {
  constructor(
    private readonly host: string,
    private readonly port: number,
    /** certificates that sign the listener's, PEM; null: nobody said */
    readonly ca: string | null,
  ) {}

  static of({ host, port, tls }: { host: string; port: number; tls: { certificate: string } }): KubeListener {
    return new KubeListener(host, port, authorityOf(tls.certificate));
  }

  /** @param reached the host name under which the control API was reached: where the gateway listens everywhere, it stands for both */
  urlOf(target: string, reached: string): string {
    const host = ['0.0.0.0', '::', '[::]', ''].includes(this.host) ? reached : this.host;
    const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    return `https://${shown}:${this.port}/k8s/${target}`;
  }
}

/** The authority at the end of a chain, which a certificate file may or may not have; a self-signed certificate is its own. */
function authorityOf(chain: string): string | null {
  const last = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.at(-1);
  if (last === undefined) return null;
  try {
    const certificate = new X509Certificate(last);
    return certificate.checkIssued(certificate) ? `${last}\n` : null;
  } catch {
    return null;
  }
}
