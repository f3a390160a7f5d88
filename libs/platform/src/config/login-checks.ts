import type { Finding, Parsed } from './findings.js';

/** Ways to log in that nobody could go. */
export function loginContradictions({ identity, listen }: Parsed): Finding[] {
  const logins = listen?.postgres.logins ?? [];
  const certificates = identity?.certificates ?? [];
  const issuers = identity?.issuers;
  const finding = (index: number, message: string): Finding => ({
    path: ['listen', 'postgres', 'logins', index, 'method'],
    message,
  });
  const isListed = certificates.some(({ revoked }) => revoked !== undefined);
  return [
    ...logins.flatMap(({ method }, index): Finding[] => {
      if (method === 'certificate' && certificates.length === 0)
        return [finding(index, 'wants client certificates, and identity.certificates names no authority of any')];
      if (method === 'oauth' && issuers && !issuers.some(({ url }) => url.startsWith('https://')))
        return [finding(index, 'wants an issuer whose url starts with https://; clients ask no other for a token')];
      return [];
    }),
    ...certificates.flatMap(({ revoked }, index): Finding[] =>
      isListed && revoked === undefined
        ? [
            {
              path: ['identity', 'certificates', index],
              message: 'needs a list of revoked certificates (`revoked`) too, since another authority has one',
            },
          ]
        : [],
    ),
  ];
}
