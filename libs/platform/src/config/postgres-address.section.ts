import { z } from 'zod';
import { allowedFunctions } from './allowed-functions.js';
import type { References } from './references.js';
import { port, text } from './scalars.js';

const MODES = ['verify-full', 'verify-ca', 'require', 'disable'] as const;

/** One server, or several that are tried in turn. */
const addressKeys = {
  host: text()
    .optional()
    .describe(
      'Host name or address; several, divided by commas, are tried in turn, all at `port`. Required unless `hosts` stands here.',
    ),
  port: port().prefault(5432).describe('TCP port.'),
  hosts: z
    .array(
      z.strictObject({
        host: text(253).describe('Host name or address.'),
        port: port().prefault(5432).describe('TCP port.'),
      }),
    )
    .min(1, 'must name at least one server')
    .max(16, 'must not name more than 16 servers')
    .optional()
    .describe(
      'Servers of one database, instead of `host` and `port`: a primary with its standbys. They are tried in turn, each for its share of `limits.connect`; one that does not answer, cannot be trusted or takes nobody gives way to the next, and is asked last for half a minute. A name that leads to several addresses is as many servers.',
    ),
  targetSession: z
    .enum(['any', 'read-write', 'standby', 'prefer-standby'])
    .prefault('any')
    .describe(
      'Which of them will do: `any`; `read-write`, one that accepts writes; `standby`, one that is in recovery; `prefer-standby`, any one if no standby answers.',
    ),
  loadBalance: z
    .enum(['disable', 'random'])
    .prefault('disable')
    .describe('`random`: each session tries the servers in another order.'),
};

/** A host name in a certificate. */
const serverName = () => text(253).regex(/^[A-Za-z0-9.-]+$/u, 'must be a host name');

/** `postgres` of a target: the server, how it is reached and how it is checked. */
export function postgresAddress(refs: References) {
  const pem = (what: string) => (value: string) =>
    value.includes(`-----BEGIN ${what}`) ||
    (what === 'PRIVATE KEY' && /-----BEGIN [A-Z ]*PRIVATE KEY-----/u.test(value))
      ? undefined
      : `the reference must lead to a ${what.toLowerCase()} in PEM form`;
  const modes = z.enum(MODES);
  const details = z.strictObject({
    mode: z.enum(MODES).prefault('verify-full').describe('How the server is checked.'),
    ca: refs.certificates('postgres-gateway').optional().describe('The same as `ca` beside `tls`.'),
    certificate: refs
      .renewed('postgres-gateway', pem('CERTIFICATE'))
      .optional()
      .describe(
        'Certificate, with its chain, by which the gateway proves who it is; PEM. A file is read again for each connection, as is that of the key.',
      ),
    key: refs
      .renewed('postgres-gateway', pem('PRIVATE KEY'))
      .optional()
      .describe('Its private key, PEM, without a passphrase.'),
    serverName: serverName()
      .optional()
      .describe("Name that the server's certificate must have, where it is not the one it is reached by."),
    minVersion: z
      .enum(['1.2', '1.3'], { error: "must be '1.2' or '1.3', in quotes" })
      .prefault('1.2')
      .describe('Lowest version of TLS.'),
  });
  return z
    .strictObject({
      ...addressKeys,
      database: text(63).describe('Name of the database on that server.'),
      tls: z
        .union([modes, details], { error: `must be ${MODES.join(', ')}, or a section with mode, certificate, key, …` })
        .prefault('verify-full')
        .meta({ title: '`verify-full`, `verify-ca`, `require`, `disable` or section' })
        .describe('How the server is checked, as libpq names it. Less than `verify-full` is warned of.'),
      ca: refs
        .certificates('postgres-gateway')
        .optional()
        .describe("Certificates that sign the server's, if the system does not know them."),
      channelBinding: z
        .enum(['prefer', 'require'])
        .prefault('prefer')
        .describe(
          '`require`: the login must be SCRAM, bound to the TLS connection (SCRAM-SHA-256-PLUS), so that nobody in between can have taken part in it.',
        ),
      protocol: z
        .enum(['3.0', '3.2'], { error: "must be '3.0' or '3.2', in quotes" })
        .prefault('3.0')
        .describe(
          "Version of the PostgreSQL protocol the server is asked for; '3.2' (since PostgreSQL 18) has longer cancel keys. A server that speaks less says so and is taken at its word. What clients speak does not depend on it.",
        ),
      largeObjects: z
        .boolean()
        .prefault(false)
        .describe(
          'Whether drivers may work with large objects by function calls of the protocol (`lo_open`, `loread`, `lowrite`, …), each an operation of its own. Not for a target with protected columns: a large object can hold a copy of anything.',
        ),
      strict: z
        .boolean()
        .prefault(false)
        .describe(
          'For a target with protected columns: whether the server is asked for its own tree of each new statement before that runs (`debug_print_rewritten`), and the statement refused where the tree shows protected columns that the gateway did not find. Costs one more exchange per statement that is new; each must come on its own, without EXPLAIN, DECLARE, COPY or PREPARE around it. PostgreSQL 15 to 18. The server writes the trees into its log too, unless the role may set `log_min_messages` (`GRANT SET ON PARAMETER`).',
        ),
      functions: allowedFunctions(),
    })
    .superRefine((value, context) => {
      const say = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
      const tls = typeof value.tls === 'string' ? null : value.tls;
      if (value.host === undefined && value.hosts === undefined)
        say('host', 'is missing; write host: NAME, or hosts: [{ host: NAME }, …]');
      if (value.host !== undefined && value.hosts !== undefined) say('hosts', 'stands beside host; write one of them');
      const names = namesOf(value.host);
      if (names.some((name) => name === '')) say('host', 'has an empty name between its commas');
      if (names.length > 16) say('host', 'must not name more than 16 servers');
      if (tls !== null && (tls.certificate === undefined) !== (tls.key === undefined))
        say(
          'tls',
          `has a ${tls.key === undefined ? 'certificate without its key' : 'key without its certificate'}; write both`,
        );
      if (tls?.ca !== undefined && value.ca !== undefined) say('ca', 'stands in tls too; write it once');
      const disabled = (tls?.mode ?? value.tls) === 'disable';
      if (disabled && tls?.certificate !== undefined)
        say('tls', 'has a certificate, but its mode is disable, which uses none');
      if (disabled && value.channelBinding === 'require')
        say('channelBinding', 'is require, but without TLS there is no channel to bind to');
    })
    .transform(({ host, port: each, hosts, tls, ca, ...rest }) => {
      const servers = hosts ?? namesOf(host).map((name) => ({ host: name, port: each }));
      const details = typeof tls === 'string' ? { mode: tls } : tls;
      const { certificate, key } = 'certificate' in details ? details : {};
      return {
        ...rest,
        host: servers[0]?.host ?? '',
        port: servers[0]?.port ?? each,
        ...(servers.length > 1 && { hosts: servers }),
        tls: details.mode,
        ca: ca ?? ('ca' in details ? details.ca : undefined),
        ...(certificate !== undefined && key !== undefined && { client: { certificate, key } }),
        ...('serverName' in details && details.serverName !== undefined && { serverName: details.serverName }),
        ...('minVersion' in details && details.minVersion === '1.3' && { minVersion: 'TLSv1.3' as const }),
      };
    })
    .describe('The PostgreSQL server.');
}

function namesOf(host: string | undefined): string[] {
  return host === undefined ? [] : host.split(',').map((name) => name.trim());
}
