import { z } from 'zod';
import { postgresUrlProblem, type References } from './references.js';
import { duration, size } from './scalars.js';

/** Where the record is kept, first on disk, then in a database. */
export function auditSection(refs: References) {
  const database = z
    .union(
      [
        refs
          .secret(undefined, postgresUrlProblem)
          .transform((url) => ({ gateway: url, control: url, migrations: url })),
        z.strictObject({
          gateway: refs.secret('gateways', postgresUrlProblem).describe('Role that appends events.'),
          control: refs
            .secret('control', postgresUrlProblem)
            .describe('Role of the control API: reads events, keeps its own tables.'),
          migrations: refs
            .secret('migrations', postgresUrlProblem)
            .describe('Owner of the tables; used by `migrate` only.'),
        }),
      ],
      { error: 'must be a reference, or { gateway, control, migrations } with a reference each' },
    )
    .describe('URLs of the audit database, by reference. One reference for all is for development, and warned of.');
  return z
    .strictObject({
      journal: z
        .strictObject({
          dir: refs.folder().describe('Folder on a local disk; one epoch folder per process below it.'),
          reserve: size({ min: '1MiB', max: '64GiB' })
            .prefault('256MiB')
            .describe('Space set aside: less free than this refuses new sessions, and running ones finish on it.'),
          maxBehind: z
            .strictObject({
              bytes: size({ min: '1MiB', max: '1024GiB' }).prefault('1GiB').describe('Bytes not yet shipped.'),
              for: duration({ min: '1s', max: '7d' })
                .prefault('15m')
                .describe('Age of the oldest event not yet shipped.'),
            })
            .prefault({})
            .describe('How far the audit database may be behind before operations are refused.'),
        })
        .describe('The journal: what is durable before anything is released.'),
      database,
      retention: z
        .strictObject({
          events: duration({ min: '1d', max: '3650d' }).prefault('400d').describe('Event lines.'),
          recordings: duration({ min: '1d', max: '3650d' }).prefault('30d').describe('Session recordings.'),
          bodies: duration({ min: '1d', max: '3650d' }).prefault('90d').describe('Encrypted bodies.'),
        })
        .prefault({})
        .describe('How long is kept what. This version deletes nothing by itself.'),
    })
    .describe('Where the record is kept: first on disk, then in a database.');
}

/** The folder of the keys that encrypt the record. */
export function keysSection(refs: References) {
  return z
    .strictObject({
      dir: refs
        .folder()
        .describe(
          'Folder of the key store (mode 0700): master key, daily and monthly keys. Back it up apart from the database.',
        ),
    })
    .describe('The keys that encrypt the record.');
}
