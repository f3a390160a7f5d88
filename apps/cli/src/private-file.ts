import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Writes a file that only its owner reads, whole or not at all; a link stays one. */
export function writePrivate(file: string, content: string): void {
  const real = existsSync(file) ? realpathSync(file) : file;
  const draft = `${real}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    renameSync(draft, real);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
