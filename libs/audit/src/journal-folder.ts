/** How an open file makes its writes durable: each write by itself, or all of them by `sync`. */
export type SyncMode = 'dsync' | 'write+fdatasync';

/** An open file of the journal. Callbacks, not promises: one of each per flush is on the hot path. */
export abstract class JournalFile {
  /**
   * Writes `bytes` at `position` (bytes from the start). `done` gets the number of bytes written, which may be short
   * without an error (a full disk); with mode `dsync` these are durable then. `done` may be called before this returns.
   */
  abstract write(bytes: Uint8Array, position: number, done: (error: Error | null, written: number) => void): void;
  /** Makes all writes that returned before the call durable. A failed one must never be repeated: pages may be marked clean. */
  abstract sync(done: (error: Error | null) => void): void;
  /** Fills the file with zeros up to `bytes`, so that later writes allocate nothing. Not durable before `sync`. */
  abstract preallocate(bytes: number): Promise<void>;
  abstract close(): Promise<void>;
}

/** The folder of an epoch or of a writer's slot, as the journal sees it; the simulator of power losses stands behind it too. */
export abstract class JournalFolder {
  /** @returns a new folder below this one, durable */
  abstract child(name: string): Promise<JournalFolder>;
  /** Creates (fails if it exists) or opens for writing. The name is durable only after `syncNames`. */
  abstract open(name: string, how: 'create' | SyncMode): Promise<JournalFile>;
  abstract rename(from: string, to: string): Promise<void>;
  /** Absent is fine. */
  abstract remove(name: string): Promise<void>;
  /** Makes created, renamed and removed names durable. */
  abstract syncNames(): Promise<void>;
  /** bytes a process without privileges may still allocate on this file system */
  abstract freeBytes(): Promise<number>;
  /** size of a file in bytes, or null if it does not exist */
  abstract sizeOf(name: string): Promise<number | null>;
}
