import { authorityOf, reachableHost } from '../targets/listener-address.js';

/** Where clients of PostgreSQL targets connect, as far as the configuration tells. */
export class PostgresListener {
  constructor(
    private readonly host: string,
    readonly port: number,
    /** certificates that sign the listener's, PEM; null: nobody said */
    readonly ca: string | null,
  ) {}

  static of({ host, port, tls }: { host: string; port: number; tls: { certificate: string } }): PostgresListener {
    return new PostgresListener(host, port, authorityOf(tls.certificate));
  }

  /** @param reached the host name under which the control API was reached: where the gateway listens everywhere, it stands for both */
  hostFor(reached: string): string {
    return reachableHost(this.host, reached);
  }
}
