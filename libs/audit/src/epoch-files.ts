import { closeSync, fsyncSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ReadPosition } from './journal-reader.js';
import { EPOCH_START } from './journal-reader.js';
import { isFsError, syncFolder } from './key-folder.js';
import type { OpenWorkSnapshot } from './open-work.js';
import { segmentIndex } from './segment-header.js';

const POSITION = 'shipped';
const CHECKPOINT = 'open-work';
const RECOVERED = 'recovered';

/** Where reading must start to know what is open, and what was open there. */
export interface Checkpoint {
  readonly position: ReadPosition;
  readonly open: OpenWorkSnapshot;
}

const START: Checkpoint = { position: EPOCH_START, open: { intents: [], sessions: [], settled: [] } };

/** Small files beside an epoch's segments that say how far shipping and recovery are. */
export class EpochFiles {
  readonly epoch: string;

  constructor(readonly folder: string) {
    this.epoch = basename(folder);
  }

  /** Up to where the audit database has it all; null: nobody knows, ship again from the checkpoint. */
  readPosition(): ReadPosition | null {
    const found = this.readJson(POSITION);
    return isPosition(found) ? found : null;
  }

  /** @param durable needed before segments are deleted; otherwise a lost position only repeats a shipment */
  writePosition(position: ReadPosition, durable: boolean): void {
    this.writeJson(POSITION, position, durable);
  }

  readCheckpoint(): Checkpoint {
    const found = this.readJson(CHECKPOINT);
    if (typeof found !== 'object' || found === null || !('position' in found) || !('open' in found)) return START;
    return isPosition(found.position) ? { position: found.position, open: found.open as OpenWorkSnapshot } : START;
  }

  writeCheckpoint(checkpoint: Checkpoint): void {
    this.writeJson(CHECKPOINT, checkpoint, true);
  }

  /** True once the open operations of this epoch stand in a later journal. */
  isRecovered(): boolean {
    return this.readJson(RECOVERED) !== null;
  }

  markRecovered(by: string): void {
    this.writeJson(RECOVERED, { by }, true);
  }

  /** Indexes of the segments that are there, ascending. */
  segments(): number[] {
    const indexes = readdirSync(this.folder).map(segmentIndex);
    return indexes.filter((index): index is number => index !== null).toSorted((a, b) => a - b);
  }

  remove(name: string): void {
    rmSync(join(this.folder, name), { force: true });
  }

  /** Removes the whole epoch: all of it is in the audit database. */
  removeAll(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private readJson(name: string): unknown {
    try {
      return JSON.parse(readFileSync(join(this.folder, name), 'utf8'));
    } catch (error) {
      if (isFsError(error, 'ENOENT') || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  private writeJson(name: string, value: unknown, durable: boolean): void {
    const file = join(this.folder, name);
    writeFileSync(`${file}.draft`, JSON.stringify(value), { mode: 0o600 });
    if (durable) {
      const fd = openSync(`${file}.draft`, 'r+');
      fsyncSync(fd);
      closeSync(fd);
    }
    renameSync(`${file}.draft`, file);
    if (durable) syncFolder(this.folder);
  }
}

function isPosition(value: unknown): value is ReadPosition {
  if (typeof value !== 'object' || value === null) return false;
  const { segment, offset, batch, n, previous } = value as Partial<Record<keyof ReadPosition, unknown>>;
  return (
    [segment, offset, batch, n].every(Number.isSafeInteger) && typeof previous === 'string' && previous.length === 64
  );
}
