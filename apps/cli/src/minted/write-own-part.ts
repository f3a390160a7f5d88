import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError } from '../cli.error.js';
import type { Surroundings } from '../command.js';
import { pathFrom } from '../home.js';
import { writePrivate } from '../private-file.js';
import { withLock } from '../sign-in/file-lock.js';
import { type Connection, isOwnPgpassLine, pgpassLine, serviceName, serviceSection } from './connection-text.js';

/** Puts a line for the connection in front of the password file, in place of its own earlier one. @returns the file's path */
export async function writePgpass(connection: Connection, surroundings: Surroundings): Promise<string> {
  const file = pathOf('PGPASSFILE', '.pgpass', surroundings);
  await change(file, (text) => {
    const others = text.split('\n').filter((line) => line !== '' && !isOwnPgpassLine(line, connection));
    // the first line that fits is taken: one with a * must not come before it
    return `${[pgpassLine(connection), ...others].join('\n')}\n`;
  });
  return file;
}

/** Puts the connection's section into the service file, in place of its own earlier one. @returns the file's path */
export async function writeService(connection: Connection, surroundings: Surroundings): Promise<string> {
  const file = pathOf('PGSERVICEFILE', '.pg_service.conf', surroundings);
  await change(file, (text) => {
    const heading = `[${serviceName(connection.target)}]`;
    let own = false;
    const others = text.split('\n').filter((line) => {
      if (line.trimStart().startsWith('[')) own = line.trim() === heading;
      return !own;
    });
    const before = others.join('\n').trimEnd();
    return `${before}${before === '' ? '' : '\n\n'}${serviceSection(connection)}`;
  });
  return file;
}

function pathOf(variable: string, name: string, surroundings: Surroundings): string {
  const { env } = surroundings;
  const named = env[variable];
  return named ? pathFrom(named, surroundings) : join(env['HOME'] ?? homedir(), name);
}

/** Whole or not at all, mode 0600: libpq passes over a password file that others can read. */
async function change(file: string, next: (text: string) => string): Promise<void> {
  if (!existsSync(dirname(file))) throw new CliError(`the folder of ${file} does not exist`);
  await withLock(file, () => {
    try {
      writePrivate(file, next(existsSync(file) ? readFileSync(file, 'utf8') : ''));
    } catch (error) {
      throw new CliError(`cannot write ${file}: ${(error as Error).message}`, 1, { cause: error });
    }
    return Promise.resolve();
  });
}
