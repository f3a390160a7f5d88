import { z } from 'zod';
import type { References } from './references.js';
import { oneOrMany, text } from './scalars.js';

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

function issuerUrl() {
  return text(2_048)
    .refine((value) => issuerUrlProblem(value) === undefined, {
      error: (issue) => issuerUrlProblem(String(issue.input)) ?? 'is not a URL',
    })
    .meta({ title: 'URL' });
}

function issuerUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'is not a URL; write the issuer exactly as it stands in its tokens (`iss`)';
  const url = new URL(value);
  if (url.search !== '' || url.hash !== '') return 'must have neither query nor fragment';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:' && loopbackHosts.has(url.hostname)) return undefined;
  return 'must start with https:// (http:// only on loopback)';
}

/** Who may be believed about who is calling. */
export function identitySection(refs: References) {
  const issuer = z.strictObject({
    url: issuerUrl().describe(
      'The issuer, byte for byte as in the `iss` of its tokens; its discovery document is fetched below it.',
    ),
    audience: text().describe('What `aud` of a token must contain.'),
    claims: z
      .strictObject({
        user: text().prefault('email').describe('Claim that names the person; `email` also wants `email_verified`.'),
        groups: text().prefault('groups').describe('Claim that lists the groups.'),
        purpose: text().prefault('purpose').describe('Claim that names the purpose.'),
        also: oneOrMany(text())
          .optional()
          .describe(
            'Further claims that rules ask for by `who.claims`: texts, numbers, true or false, or lists of them.',
          ),
      })
      .prefault({})
      .describe('Which claims say what.'),
    users: text()
      .optional()
      .describe('Glob that the user must match; required with several issuers, and no two may overlap.'),
    groups: z.record(text(), oneOrMany(text())).optional().describe('Groups by user, for an issuer that sends none.'),
    ca: refs
      .certificates()
      .optional()
      .describe("Certificates that sign the issuer's TLS certificate, if the system does not know them."),
  });
  const certificates = z.strictObject({
    ca: refs
      .certificates('postgres-gateway')
      .describe(
        'Certificates of the authority. Its people are (`x509:` and its SHA-256, user) to rules and deny-list.',
      ),
    user: z
      .enum(['cn', 'email', 'uri'])
      .prefault('email')
      .describe(
        'What names the user: the common name of the subject, or the one e-mail address or URI among its alternative names.',
      ),
    users: text().describe('Glob that the user must match; `*` lets the authority speak for everyone.'),
    groups: z.record(text(), oneOrMany(text())).optional().describe('Groups by user; a certificate carries none.'),
    revoked: refs
      .secret('postgres-gateway', (value) =>
        value.includes('-----BEGIN X509 CRL-----') ? undefined : 'the reference leads to no list in PEM form',
      )
      .optional()
      .describe(
        'Its list of revoked certificates (CRL) in PEM, read at start; past its time nobody is let in. If one authority has a list, all need one.',
      ),
  });
  return z
    .strictObject({
      issuers: z
        .array(issuer)
        .min(1, 'must name at least one issuer')
        .describe('OpenID Connect issuers whose tokens are accepted.'),
      certificates: z
        .array(certificates)
        .prefault([])
        .describe(
          'Authorities whose client certificates the PostgreSQL gateway takes, from whom `listen.postgres.logins` asks for one.',
        ),
    })
    .describe('Who may be believed about who is calling.');
}

/** Who may do what in the control API. */
export function rolesSection() {
  const holders = (what: string) =>
    z
      .strictObject({
        groups: oneOrMany(text()).optional().describe('Groups that hold the role.'),
        users: oneOrMany(text()).optional().describe('Users that hold the role, as the user claim names them.'),
      })
      .prefault({})
      .describe(what);
  return z
    .strictObject({
      reviewer: holders('Decides about held operations where a rule names no reviewers of its own.'),
      auditor: holders("Reads everyone's record."),
      administrator: holders('Ends sessions, keeps the deny-list, sees targets.'),
      breakGlass: holders(
        'May open a scope for themselves in an emergency, for an hour at most: everything is recorded, everyone is told, and somebody else reviews it.',
      ),
    })
    .prefault({})
    .describe('Who may do what in the control API; everyone sees what is theirs.');
}
