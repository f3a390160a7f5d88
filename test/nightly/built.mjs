import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const clone = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Loads a built file. @throws Error that names the file when the build has none */
export async function built(path) {
  const file = join(clone, 'dist', path);
  if (!existsSync(file)) throw new Error(`${path} is not built`);
  return import(pathToFileURL(file).href);
}
