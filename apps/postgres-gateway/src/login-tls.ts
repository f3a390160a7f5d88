import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { SallyportConfig } from '@app/platform';

/** How TLS is begun with clients. */
export interface ClientTls {
  readonly context: SecureContext;
  /** ask for a certificate; whoever has none, or another, goes on all the same */
  readonly asksForCertificate: boolean;
}

/**
 * TLS as the listener offers it. Certificates are asked for only where a rule of `listen.postgres.logins` wants them; sessions are not
 * resumed then, so that each connection proves its key anew, as with a PostgreSQL server.
 * @throws Error when certificate and key do not fit, or an authority or list is none
 */
export function clientTls({ listen, identity }: Pick<SallyportConfig, 'listen' | 'identity'>): ClientTls {
  const { tls, logins } = listen.postgres;
  const own = { cert: tls.certificate, key: tls.key.reveal(), minVersion: 'TLSv1.2' } as const;
  const asksForCertificate = logins.some(({ method }) => method === 'certificate');
  if (!asksForCertificate) return { context: createSecureContext(own), asksForCertificate };
  const lists = identity.certificates.flatMap(({ revoked }) => (revoked === undefined ? [] : [revoked.reveal()]));
  const context = createSecureContext({
    ...own,
    ca: identity.certificates.map(({ ca }) => ca),
    ...(lists.length > 0 ? { crl: lists } : {}),
    secureOptions: constants.SSL_OP_NO_TICKET,
  });
  return { context, asksForCertificate };
}
