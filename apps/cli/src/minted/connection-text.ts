import type { MintedAnswer } from './minted-credential.js';

/** A credential and the file that its gateway's certificate is checked by; null: the system's certificates. */
export interface Connection extends Omit<MintedAnswer, 'ca'> {
  readonly caFile: string | null;
}

/** A line of a password file: a colon or a backslash within a field is escaped. @see PostgreSQL manual, "The Password File" */
export function pgpassLine({ host, port, database, name, secret }: Connection): string {
  return [host, String(port), database, name, secret].map((field) => field.replace(/[\\:]/g, '\\$&')).join(':');
}

/** Whether a line of a password file is one that an earlier credential for the same connection left. */
export function isOwnPgpassLine(line: string, { host, port, database }: Connection): boolean {
  const [lineHost, linePort, lineDatabase, user] = fieldsOf(line);
  return (
    lineHost === host &&
    linePort === String(port) &&
    lineDatabase === database &&
    /^sp_[0-9A-Za-z]{22}$/.test(user ?? '')
  );
}

function fieldsOf(line: string): readonly string[] {
  const fields = [''];
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (character === ':') fields.push('');
    else fields[fields.length - 1] += character === '\\' ? (line[(at += 1)] ?? '') : character;
  }
  return fields;
}

/** Name of the section that a target has in a service file. */
export const serviceName = (target: string): string => `sallyport-${target}`;

/** A section of a connection service file. @see PostgreSQL manual, "The Connection Service File" */
export function serviceSection(connection: Connection): string {
  const { target, host, port, database, name, secret, caFile } = connection;
  const entries = [
    ['host', host],
    ['port', String(port)],
    ['dbname', database],
    ['user', name],
    ['password', secret],
    ['sslmode', 'verify-full'],
    ...(caFile === null ? [] : [['sslrootcert', caFile]]),
  ];
  return `[${serviceName(target)}]\n${entries.map(([key, value]) => `${key}=${value}\n`).join('')}`;
}

/** Variables for libpq and what follows it, as commands of a POSIX shell. */
export function environment(connection: Connection): string {
  const { host, port, database, name, secret, caFile } = connection;
  const variables = [
    ['PGHOST', host],
    ['PGPORT', String(port)],
    ['PGDATABASE', database],
    ['PGUSER', name],
    ['PGPASSWORD', secret],
    ['PGSSLMODE', 'verify-full'],
    ...(caFile === null ? [] : [['PGSSLROOTCERT', caFile]]),
  ];
  return variables.map(([key, value = '']) => `export ${key}='${value.replaceAll("'", `'\\''`)}'\n`).join('');
}

/** A connection string with the secret in it. */
export function dsn({ host, port, database, name, secret, caFile }: Connection): string {
  const address = host.includes(':') ? `[${host}]` : host;
  const authority = caFile === null ? '' : `&sslrootcert=${encodeURIComponent(caFile)}`;
  return `postgresql://${name}:${encodeURIComponent(secret)}@${address}:${port}/${encodeURIComponent(database)}?sslmode=verify-full${authority}`;
}
