import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { pathFrom } from '../home.js';
import {
  type Connection,
  dsn,
  environment,
  pgpassLine,
  serviceName,
  serviceSection,
} from '../minted/connection-text.js';
import { authorityFile, keep, keptFile, readKept } from '../minted/kept-credentials.js';
import { expectMinted, type MintedAnswer } from '../minted/minted-credential.js';
import { writePgpass, writeService } from '../minted/write-own-part.js';
import { withLock } from '../sign-in/file-lock.js';
import { privateFolder, signInFolder } from '../sign-in/stored-sign-in.js';

const formats = ['dsn', 'env', 'pgpass', 'service', 'json', 'password', 'token'] as const;
type Format = (typeof formats)[number];

const help = `Prints how to connect to a PostgreSQL target: mints a credential (a user name and a password that open this target as you, for a while)
and keeps it, readable by you alone, until 5 minutes before it ends.

  sallyport credential postgres TARGET [options]

  --ttl TIME       how long it lives: 30m, 8h             (default 1h; at most credentials.maxTtl of the configuration)
  --networks LIST  where it may be used from: mine, or networks such as 10.0.0.0/8,192.168.1.7  (default: anywhere)
  --purpose TEXT   what it is for, in words, for those who read the list
  --format WHAT    dsn       a connection string          (default)
                   env       PGHOST, PGUSER, … for eval "$(sallyport credential postgres crm --format env)"
                   pgpass    a line of a password file
                   service   a section of a service file: psql service=sallyport-TARGET
                   json      all of it
                   password  the password alone; the user changes with each credential, json has both
                   token     nothing is minted: your token, the password of the user that it names, for
                             drivers that ask for a password whenever they connect
  --write          with pgpass or service: put it into ~/.pgpass (PGPASSFILE) or ~/.pg_service.conf (PGSERVICEFILE), in
                   place of what an earlier one left there
  --fresh          mint another one, whatever is kept
${connectionHelp}
`;

export const credentialPostgresCommand: Command = {
  name: 'credential postgres',
  summary: 'print a credential for PostgreSQL clients',
  help,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, 'ttl', 'networks', 'purpose', 'format'] as const,
      flags: [...connectionNames.flags, 'write', 'fresh'] as const,
    };
    const { values, words } = readArguments('credential postgres', args, names, { min: 1, max: 1, what: 'the target' });
    const [target = ''] = words;
    const format = formatOf(values.json ? 'json' : values.format);
    if (values.write && format !== 'pgpass' && format !== 'service')
      throw new CliError('--write goes with --format pgpass or --format service', 2);
    const client = ControlApiClient.connect(values, surroundings);
    if (format === 'token') {
      surroundings.out(`${await client.bearer()}\n`);
      return 0;
    }
    const asked = {
      target,
      ...(values.ttl === undefined ? {} : { ttl: values.ttl }),
      ...(values.networks === undefined ? {} : { networks: networksOf(values.networks) }),
      ...(values.purpose === undefined ? {} : { purpose: values.purpose }),
    };
    const folder = signInFolder(values.home, surroundings);
    const minted = await keptOrMinted(client, folder, asked, values.fresh ?? false);
    const named = values.ca ?? surroundings.env['SALLYPORT_CA'];
    const { ca, ...rest } = minted;
    const certificates = ca ?? null;
    const caFile =
      certificates !== null
        ? authorityFile(folder, certificates)
        : named !== undefined
          ? pathFrom(named, surroundings)
          : client.authority === null
            ? null
            : authorityFile(folder, client.authority);
    await show({ ...rest, caFile }, format, values.write ?? false, surroundings);
    return 0;
  },
};

function formatOf(text: string | undefined): Format {
  const found = formats.find((format) => format === (text ?? 'dsn'));
  if (found === undefined) throw new CliError(`--format ${text}: one of ${formats.join(', ')}`, 2);
  return found;
}

function networksOf(text: string): 'mine' | readonly string[] {
  return text === 'mine' ? 'mine' : text.split(',').map((network) => network.trim());
}

/** Commands that run at once mint one: whoever comes second finds it kept. */
async function keptOrMinted(
  client: ControlApiClient,
  folder: string,
  asked: object,
  fresh: boolean,
): Promise<MintedAnswer> {
  const file = keptFile(folder, client.address, client.shownToken, asked);
  const kept = fresh ? null : readKept(file, Date.now());
  if (kept !== null) return kept;
  privateFolder(folder);
  return withLock(`${folder}/minting`, async () => {
    const meanwhile = fresh ? null : readKept(file, Date.now());
    if (meanwhile !== null) return meanwhile;
    const minted = expectMinted(await client.post('/v1/credentials', asked));
    keep(folder, file, minted);
    return minted;
  });
}

async function show(
  connection: Connection,
  format: Exclude<Format, 'token'>,
  write: boolean,
  surroundings: Surroundings,
): Promise<void> {
  const out = (text: string): void => surroundings.out(text);
  const until = `until ${connection.expiresAt}`;
  switch (format) {
    case 'pgpass':
      if (!write) return out(`${pgpassLine(connection)}\n`);
      return out(
        `${await writePgpass(connection, surroundings)} has the password of ${connection.name}, ${until}; connect with\n` +
          `psql "host=${connection.host} port=${connection.port} dbname=${connection.database} user=${connection.name} sslmode=verify-full${
            connection.caFile === null ? '' : ` sslrootcert=${connection.caFile}`
          }"\n`,
      );
    case 'service':
      if (!write) return out(serviceSection(connection));
      return out(
        `${await writeService(connection, surroundings)} has the service ${serviceName(connection.target)}, ${until}; connect with\n` +
          `psql service=${serviceName(connection.target)}\n`,
      );
    case 'env':
      return out(environment(connection));
    case 'dsn':
      return out(`${dsn(connection)}\n`);
    case 'password':
      return out(`${connection.secret}\n`);
    case 'json': {
      const { name: user, secret: password, host, port, database, target, expiresAt, caFile } = connection;
      const json = {
        user,
        password,
        host,
        port,
        database,
        target,
        sslmode: 'verify-full',
        sslrootcert: caFile,
        expiresAt,
      };
      return out(`${JSON.stringify({ ...json, dsn: dsn(connection) })}\n`);
    }
  }
}
