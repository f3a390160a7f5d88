import { closeSync, fstatSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isFsError } from './key-folder.js';

/** The files of one epoch, for reading back. Synchronous: only start-up and the shipper's own thread read. */
export abstract class JournalSource {
  /** names of the files, any order; empty if the folder does not exist */
  abstract names(): string[];
  /** size in bytes, or null if the file does not exist (any more) */
  abstract sizeOf(name: string): number | null;
  /** Reads into all of `into` as far as the file goes. @returns bytes read */
  abstract read(name: string, into: Buffer, position: number): number;
  /** Gives open files back. */
  abstract close(): void;
}

/** An epoch's folder on the local disk. Keeps the file it read last open. */
export class DiskSource extends JournalSource {
  private open: { readonly name: string; readonly fd: number } | null = null;

  constructor(readonly path: string) {
    super();
  }

  override names(): string[] {
    try {
      return readdirSync(this.path);
    } catch (error) {
      if (isFsError(error, 'ENOENT')) return [];
      throw error;
    }
  }

  override sizeOf(name: string): number | null {
    try {
      return fstatSync(this.descriptor(name)).size;
    } catch (error) {
      if (isFsError(error, 'ENOENT')) return null;
      throw error;
    }
  }

  override read(name: string, into: Buffer, position: number): number {
    const fd = this.descriptor(name);
    let done = 0;
    while (done < into.length) {
      const got = readSync(fd, into, done, into.length - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  override close(): void {
    if (this.open !== null) closeSync(this.open.fd);
    this.open = null;
  }

  private descriptor(name: string): number {
    if (this.open?.name === name) return this.open.fd;
    this.close();
    const fd = openSync(join(this.path, name), 'r');
    this.open = { name, fd };
    return fd;
  }
}
