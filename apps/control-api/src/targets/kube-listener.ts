import { authorityOf, reachableHost } from './listener-address.js';

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
    const host = reachableHost(this.host, reached);
    const shown = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    return `https://${shown}:${this.port}/k8s/${target}`;
  }
}
