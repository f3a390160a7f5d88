import { existsSync, renameSync, statSync } from 'node:fs';

const keepBytes = 32 * 1024 * 1024;

/** At a start, a log that has grown past 32 MiB becomes `<file>.1`, in place of the one before. */
export function rotateLog(file: string): void {
  if (existsSync(file) && statSync(file).size > keepBytes) renameSync(file, `${file}.1`);
}
