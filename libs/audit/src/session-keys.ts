import { randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ShippedKey } from './audit-sink.js';
import { KeyError } from './audit.error.js';
import { isFsError, syncFolder } from './key-folder.js';
import type { KeyWrapper } from './key-wrapper.js';

const FILE = 'data-keys';
const WRAPPED_BYTES = 60;
const REMEMBERED_CLOSED = 50_000;

interface SessionKey {
  readonly shipped: ShippedKey;
  key: Buffer | null;
  sent: boolean;
}

/**
 * The data keys of one epoch's sessions, random, wrapped, and kept in a file beside the segments: after a restart a session
 * goes on under the key whose wrapped form is in the audit database already.
 */
export class SessionKeys {
  private readonly known = new Map<string, SessionKey>();
  private readonly bySession = new Map<string, string[]>();
  private readonly closed: string[] = [];
  private unsaved = '';

  constructor(
    private readonly folder: string,
    private readonly keys: KeyWrapper,
  ) {
    let text = '';
    try {
      text = readFileSync(join(folder, FILE), 'latin1');
    } catch (error) {
      if (!isFsError(error, 'ENOENT')) throw error;
    }
    // What stands behind the last line end was torn off by a crash; nothing under it was shipped.
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      const [dk, kek, base64 = ''] = line.split(' ');
      const wrapped = Buffer.from(base64, 'base64');
      if (dk === undefined || kek === undefined || wrapped.length !== WRAPPED_BYTES) continue;
      this.keep(dk, { shipped: { dk, kek, wrapped }, key: null, sent: false });
    }
  }

  /**
   * @param dk `d/<YYYY-MM-DD>/<session>` @returns the key, and its wrapped form until `confirm` says that it is in the audit database
   * @throws KeyError `destroyed` when the key of that day was destroyed
   */
  use(dk: string): { readonly key: Buffer; readonly ship: ShippedKey | null } {
    let entry = this.known.get(dk);
    if (entry === undefined) {
      const key = randomBytes(32);
      const day = /^d\/(\d{4}-\d{2}-\d{2})\//.exec(dk)?.[1];
      if (day === undefined) throw new KeyError('corrupt', `not the id of a data key: ${JSON.stringify(dk)}`);
      const shipped = { dk, ...this.keys.wrap(key, day, dk) };
      this.unsaved += `${dk} ${shipped.kek} ${shipped.wrapped.toString('base64')}\n`;
      entry = { shipped, key, sent: false };
      this.keep(dk, entry);
    }
    entry.key ??= this.keys.unwrap(entry.shipped.kek, entry.shipped.wrapped, dk);
    return { key: entry.key, ship: entry.sent ? null : entry.shipped };
  }

  /** Makes new keys durable. Before anything encrypted under them is shipped. */
  save(): void {
    if (this.unsaved === '') return;
    const fd = openSync(join(this.folder, FILE), 'a', 0o600);
    try {
      const bytes = Buffer.from(this.unsaved, 'latin1');
      if (writeSync(fd, bytes) !== bytes.length)
        throw new KeyError('unreadable', `short write to ${join(this.folder, FILE)}`);
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    syncFolder(this.folder);
    this.unsaved = '';
  }

  /** These keys are in the audit database. */
  confirm(keys: readonly ShippedKey[]): void {
    for (const { dk } of keys) {
      const entry = this.known.get(dk);
      if (entry !== undefined) entry.sent = true;
    }
  }

  /** The session ended: its key may be forgotten, after a while, so that memory stays bounded. */
  sessionClosed(session: string): void {
    for (const dk of this.bySession.get(session) ?? []) this.closed.push(dk);
    this.bySession.delete(session);
    while (this.closed.length > REMEMBERED_CLOSED) this.known.delete(this.closed.shift() ?? '');
  }

  private keep(dk: string, entry: SessionKey): void {
    this.known.set(dk, entry);
    const session = dk.slice(dk.lastIndexOf('/') + 1);
    const others = this.bySession.get(session);
    if (others === undefined) this.bySession.set(session, [dk]);
    else others.push(dk);
  }
}
