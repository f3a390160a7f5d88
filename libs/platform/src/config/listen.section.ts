import { z } from 'zod';
import type { References } from './references.js';
import { count, duration, port, size, text } from './scalars.js';

/** Certificate and key of a listener. */
export function tlsSection(refs: References) {
  return z
    .strictObject({
      certificate: refs.certificates('listeners').describe('Certificate chain in PEM.'),
      key: refs
        .secret('listeners', (value) =>
          value.includes('PRIVATE KEY-----') ? undefined : 'the reference leads to no private key in PEM form',
        )
        .describe('Its private key in PEM.'),
    })
    .describe('Certificate of both listeners. PostgreSQL clients want ECDSA P-256 with SHA-256 for channel binding.');
}

/** How clients of the PostgreSQL gateway log in. */
function loginsSection() {
  const rule = z.strictObject({
    users: text().prefault('*').describe('Glob that the user name of the connection must match.'),
    databases: text().prefault('*').describe('Glob that the database name of the connection must match.'),
    method: z
      .enum(['password', 'oauth', 'certificate', 'scram'])
      .describe(
        '`password`: a token as password. `oauth`: a token by OAUTHBEARER, which clients since PostgreSQL 18 fetch themselves. `certificate`: a client certificate (`identity.certificates`). `scram`: minted credentials only.',
      ),
    scope: text()
      .prefault('openid email')
      .describe('What a client is told to ask the issuer for, by the method `oauth`.'),
  });
  return z
    .array(rule)
    .prefault([])
    .describe(
      'How clients log in; the first entry that fits counts. Where none does, by a token as password. Users that begin with `sp_` are minted credentials and log in by SCRAM whatever is written here.',
    );
}

/** Where the processes listen. */
export function listenSection(refs: References, cores: number) {
  const host = () => text().prefault('0.0.0.0').describe('Address to listen on.');
  const tls = () => tlsSection(refs).optional().describe('Certificate of this listener, if not the shared one.');
  return z
    .strictObject({
      postgres: z
        .strictObject({
          host: host(),
          port: port().prefault(6432).describe('TCP port.'),
          workers: z
            .union([z.literal('cores'), count(1, 256)], { error: 'must be cores or a number from 1 to 256' })
            .prefault('cores')
            .transform((value) => (value === 'cores' ? Math.max(1, Math.min(256, cores)) : value))
            .meta({ title: '`cores` or a number' })
            .describe('Worker processes on the port.'),
          tls: tls(),
          logins: loginsSection(),
        })
        .prefault({})
        .describe('The PostgreSQL gateway.'),
      kubernetes: z
        .strictObject({
          host: host(),
          port: port().prefault(6443).describe('TCP port.'),
          workers: z
            .union([z.literal('cores'), count(1, 256)], { error: 'must be cores or a number from 1 to 256' })
            .prefault('cores')
            .transform((value) => (value === 'cores' ? Math.max(1, Math.min(256, cores)) : value))
            .meta({ title: '`cores` or a number' })
            .describe('Worker processes on the port.'),
          tls: tls(),
        })
        .prefault({})
        .describe('The Kubernetes gateway.'),
      control: z
        .strictObject({ host: host(), port: port().prefault(8080).describe('TCP port.'), tls: tls() })
        .prefault({})
        .describe('The control API.'),
    })
    .prefault({})
    .describe('Where the processes listen.');
}

/** Bounds; every one has a default. */
export function limitsSection() {
  const bytes = (fallback: string, min: string, max: string, what: string) =>
    size({ min, max }).prefault(fallback).describe(what);
  const time = (fallback: string, min: string, max: string, what: string) =>
    duration({ min, max }).prefault(fallback).describe(what);
  return z
    .strictObject({
      messageBytes: bytes(
        '64MiB',
        '64KiB',
        '1023MiB',
        'Largest message of a client (a statement, a set of bound values).',
      ),
      serverMessageBytes: bytes('256MiB', '64KiB', '1023MiB', 'Largest message of a target (a row).'),
      statementBytes: bytes(
        '16MiB',
        '1KiB',
        '64MiB',
        'Largest statement text that is parsed; larger ones are refused.',
      ),
      tokenBytes: bytes('16KiB', '1KiB', '64KiB', 'Largest token or password.'),
      startup: time('10s', '1s', '5m', 'From the connection to the end of the login.'),
      connect: time('10s', '1s', '5m', 'For reaching and logging in to a target.'),
      idle: time('1h', '1s', '30d', 'Without a message of the client, outside a transaction block.'),
      idleInTransaction: time('15m', '1s', '30d', 'Without a message of the client, inside a transaction block.'),
      parse: time(
        '5s',
        '100ms',
        '1m',
        'For parsing one statement; past it the parser is replaced and the statement refused.',
      ),
      parsers: count(1, 64).prefault(1).describe('Parser threads per worker process.'),
      describedBytes: bytes('64MiB', '1MiB', '4GiB', 'Cache of described statements, per worker process.'),
      preparedStatements: count(1, 100_000)
        .prefault(10_000)
        .describe('Prepared statements and portals of one session.'),
      sessions: z
        .strictObject({
          total: count(1, 100_000).prefault(1_000).describe('Sessions of one worker process.'),
          perPerson: count(1, 100_000).prefault(100).describe('Sessions of one person in one worker process.'),
          starting: count(1, 100_000)
            .prefault(256)
            .describe('Connections of one worker process that have not logged in yet.'),
          startingPerAddress: count(1, 100_000)
            .prefault(128)
            .describe(
              'Of these from one address (IPv6: from one /64). Where clients come through one proxy, set it to `starting`.',
            ),
        })
        .prefault({})
        .describe('How many at once.'),
      cancelsPerAddress: count(1, 100_000)
        .prefault(20)
        .describe(
          'Cancel requests that one worker process takes from one address in a second; more are not listened to.',
        ),
      aheadOfDurability: bytes('4MiB', '64KiB', '1GiB', 'Result read and masked ahead of its record, per session.'),
      chunk: z
        .strictObject({
          bytes: bytes('1MiB', '16KiB', '64MiB', 'Bytes of a result that one record covers.'),
          for: time('20ms', '1ms', '1s', 'Time of a result that one record covers.'),
        })
        .prefault({})
        .describe('The piece of a result that is recorded and released at once.'),
      requestBytes: bytes('4MiB', '64KiB', '64MiB', 'Largest body of a request to a cluster.'),
      pipeline: count(1, 100_000).prefault(1_000).describe('Messages of one session waiting for their turn.'),
      shutdown: time(
        '20s',
        '1s',
        '10m',
        'For ending sessions and writing out the journal when a process is told to stop.',
      ),
    })
    .prefault({})
    .describe('Bounds; every one has a default.');
}
