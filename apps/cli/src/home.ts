import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from './cli.error.js';
import type { Surroundings } from './command.js';

/** The folder of the clone: the built file lies in dist/apps/cli/src. */
export const cloneFolder = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** A path as the person means it: npm runs scripts in the clone, wherever they stand. */
export function pathFrom(path: string, { cwd, env }: Surroundings): string {
  return resolve(cwd === cloneFolder ? (env['INIT_CWD'] ?? cwd) : cwd, path);
}

/** The home of the quick start: `--home`, SALLYPORT_HOME or `.sallyport` in the clone. */
export function homeFolder(given: string | undefined, surroundings: Surroundings): string {
  const home = given ?? surroundings.env['SALLYPORT_HOME'];
  return home === undefined ? join(cloneFolder, '.sallyport') : pathFrom(home, surroundings);
}

/**
 * The configuration file: `--config`, SALLYPORT_CONFIG or the one that the quick start generated.
 * @throws CliError when there is none
 */
export function configFile(given: string | undefined, home: string, surroundings: Surroundings): string {
  const named = given ?? surroundings.env['SALLYPORT_CONFIG'];
  if (named !== undefined) return pathFrom(named, surroundings);
  const generated = join(home, 'sallyport.yaml');
  if (existsSync(generated)) return generated;
  throw new CliError('which configuration? give --config FILE, or set SALLYPORT_CONFIG', 2);
}
