import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KeyError } from './audit.error.js';

/** True for an error of the file system with this code (`ENOENT`, `EEXIST`, …). */
export function isFsError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Makes the entries of a folder survive a power loss. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Files of 0600 in folders of 0700: whole or absent, whoever races and whenever the power fails. */
export class KeyFolder {
  constructor(readonly path: string) {}

  /** @returns null if the file does not exist */
  read(name: string): Buffer | null {
    try {
      return readFileSync(join(this.path, name));
    } catch (error) {
      if (isFsError(error, 'ENOENT')) return null;
      throw new KeyError('unreadable', `cannot read the key file ${join(this.path, name)}`, { cause: error });
    }
  }

  /**
   * Creates the file with these bytes unless it exists; of several processes that race, one wins and all return its bytes.
   * The bytes are durable on return.
   */
  createOnce(name: string, bytes: Uint8Array): Buffer {
    const file = join(this.path, name);
    const draft = `${file}.${randomBytes(6).toString('hex')}.draft`;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const fd = openSync(draft, 'wx', 0o600);
      try {
        if (writeSync(fd, bytes) !== bytes.length) throw new Error('short write');
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      try {
        // A link fails if the name is taken, a rename would silently replace the winner's key.
        linkSync(draft, file);
      } catch (error) {
        if (!isFsError(error, 'EEXIST')) throw error;
      } finally {
        unlinkSync(draft);
      }
      syncFolder(dirname(file));
    } catch (error) {
      rmSync(draft, { force: true });
      throw new KeyError('unreadable', `cannot create the key file ${file}`, { cause: error });
    }
    const kept = this.read(name);
    if (kept === null) throw new KeyError('missing', `the key file ${file} vanished while it was created`);
    return kept;
  }

  /** Removes the file durably; absent is fine. */
  remove(name: string): void {
    const file = join(this.path, name);
    try {
      rmSync(file, { force: true });
      syncFolder(dirname(file));
    } catch (error) {
      throw new KeyError('unreadable', `cannot remove the key file ${file}`, { cause: error });
    }
  }
}
