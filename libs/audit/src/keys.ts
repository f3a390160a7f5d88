import { hash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { KeyError } from './audit.error.js';
import { KeyWrapper } from './key-wrapper.js';
import { KeyFolder } from './key-folder.js';
import { seal, unseal } from './seal.js';

const KEY_BYTES = 32;
const MASTER = 'master.key';

/** How the key store is opened. */
export interface KeyStoreOptions {
  /** folder of the store, created with mode 0700; shared by all processes that write or read the record */
  readonly folder: string;
  /** whose day keys; letters, digits, `-` and `_`; default `default` */
  readonly tenant?: string;
  /** 32 bytes kept elsewhere; left out: `master.key` in the folder, created if absent */
  readonly master?: Uint8Array;
  /** ms after which a cached key is read again, so that a destroyed one is forgotten; default 10 000 */
  readonly cacheMs?: number;
  /** ms since 1970; default `Date.now` */
  readonly now?: () => number;
}

/** Proof of a destroyed key, for the event `key.destroyed`. */
export interface DestroyedKey {
  /** id of the tenant-day key, `<tenant>/<YYYY-MM-DD>` */
  readonly key: string;
  /** SHA-256 (hex) of the wrapped key that existed; null: there was none */
  readonly wrappedHash: string | null;
}

/**
 * Keys of the record, in files: a master key; one random key per tenant and day that wraps data keys; one HMAC key per month.
 * All calls are synchronous, keys are cached. Destroying a day's key makes all bodies of that day unreadable, for good.
 * @see evidence §2.5 (crypto-shredding), §2.4 (monthly keys)
 */
export class KeyStore extends KeyWrapper {
  private readonly files: KeyFolder;
  private readonly tenant: string;
  private readonly master: Uint8Array;
  private readonly cacheMs: number;
  private readonly now: () => number;
  private readonly cache = new Map<string, { readonly key: Buffer; readonly until: number }>();

  /** @throws KeyError when the folder cannot be used or the master key is not 32 bytes */
  constructor(options: KeyStoreOptions) {
    super();
    this.files = new KeyFolder(options.folder);
    this.tenant = options.tenant ?? 'default';
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(this.tenant)) {
      throw new KeyError('corrupt', `not a tenant's name: ${JSON.stringify(this.tenant)}`);
    }
    this.cacheMs = options.cacheMs ?? 10_000;
    this.now = options.now ?? Date.now;
    this.master = options.master ?? this.files.read(MASTER) ?? this.files.createOnce(MASTER, randomBytes(KEY_BYTES));
    if (this.master.length !== KEY_BYTES) {
      throw new KeyError('corrupt', `the master key ${join(options.folder, MASTER)} is not ${KEY_BYTES} bytes`);
    }
  }

  /**
   * Wraps a data key by the key of a day, which is created if it is the first.
   * @param day `YYYY-MM-DD` @param context what the key is for; the same text must be given to `unwrap`
   * @throws KeyError `destroyed` when that day's key was destroyed
   */
  override wrap(dataKey: Uint8Array, day: string, context: string): { readonly kek: string; readonly wrapped: Buffer } {
    const kek = `${this.tenant}/${day}`;
    return { kek, wrapped: seal(this.dayKey(kek, true), context, dataKey) };
  }

  /** @returns the data key. @throws KeyError `missing`, `destroyed`, or `corrupt` when it was not wrapped so */
  override unwrap(kek: string, wrapped: Uint8Array, context: string): Buffer {
    const key = unseal(this.dayKey(kek, false), context, wrapped);
    if (key === null)
      throw new KeyError('corrupt', `the wrapped key ${context} does not open with ${this.pathOf(kek)}`);
    return key;
  }

  /**
   * Opens a body of the audit database.
   * @param key its row of `dek` @param ct as shipped @returns the clear body without its salt; verify it by `bodyHash`
   * @throws KeyError as `unwrap`, and `corrupt` when the ciphertext is not that event's
   */
  openBody(
    key: { readonly dk: string; readonly kek: string; readonly wrapped: Uint8Array },
    ct: Uint8Array,
    epoch: string,
    n: number,
  ): { readonly salt: Buffer; readonly body: Buffer } {
    const clear = unseal(this.unwrap(key.kek, key.wrapped, key.dk), `${epoch}:${n}`, ct);
    if (clear === null || clear.length < KEY_BYTES) {
      throw new KeyError('corrupt', `the body of event ${epoch}:${n} does not open with ${key.dk}`);
    }
    return { salt: clear.subarray(0, KEY_BYTES), body: clear.subarray(KEY_BYTES) };
  }

  /** @param month `YYYY-MM` @returns 32 bytes, the same for every process; created if it is the first use. For `hm` and subject tokens */
  monthKey(month: string): Buffer {
    if (!/^\d{4}-\d{2}$/.test(month)) throw new KeyError('missing', `not a month: ${JSON.stringify(month)}`);
    return this.cached(`hmac/${month}.key`, true);
  }

  /** @returns 32 bytes, the same for every process; created if it is the first use. For marks that stand for masked values */
  markKey(): Buffer {
    return this.cached('hmac/marks.key', true);
  }

  /** @returns 32 bytes, the same for every process; created if it is the first use. Binds approvals to exact operations */
  bindingKey(): Buffer {
    return this.cached('hmac/binding.key', true);
  }

  /** Destroys a day's key. Idempotent; it is never created again. Other processes forget it within `cacheMs`. */
  destroy(day: string): DestroyedKey {
    const kek = `${this.tenant}/${day}`;
    const file = this.fileOf(kek);
    const wrapped = this.files.read(file);
    const stone = this.files.createOnce(
      `${file}.destroyed`,
      Buffer.from(wrapped === null ? '' : hash('sha256', wrapped, 'hex')),
    );
    this.files.remove(file);
    this.cache.delete(file);
    return { key: kek, wrappedHash: stone.length === 0 ? null : stone.toString('latin1') };
  }

  private dayKey(kek: string, create: boolean): Buffer {
    return this.cached(this.fileOf(kek), create);
  }

  private cached(file: string, create: boolean): Buffer {
    const now = this.now();
    const hit = this.cache.get(file);
    if (hit !== undefined && hit.until > now) return hit.key;
    this.refuseDestroyed(file);
    let wrapped = this.files.read(file);
    if (wrapped === null) {
      if (!create) throw new KeyError('missing', `the key file ${join(this.files.path, file)} does not exist`);
      wrapped = this.files.createOnce(file, seal(this.master, file, randomBytes(KEY_BYTES)));
      // Destroyed in this very moment by another process, which saw no file to remove.
      this.refuseDestroyed(file);
    }
    const key = unseal(this.master, file, wrapped);
    if (key === null || key.length !== KEY_BYTES) {
      throw new KeyError('corrupt', `the key file ${join(this.files.path, file)} does not open with the master key`);
    }
    this.cache.set(file, { key, until: now + this.cacheMs });
    return key;
  }

  private refuseDestroyed(file: string): void {
    if (this.files.read(`${file}.destroyed`) === null) return;
    this.files.remove(file);
    this.cache.delete(file);
    throw new KeyError('destroyed', `the key ${join(this.files.path, file)} was destroyed`);
  }

  private fileOf(kek: string): string {
    // The id may come from a database row: it must not lead out of the folder.
    if (!/^[A-Za-z0-9_-]{1,64}\/\d{4}-\d{2}-\d{2}$/.test(kek)) {
      throw new KeyError('missing', `not the id of a day key: ${JSON.stringify(kek)}`);
    }
    return `kek/${kek}.key`;
  }

  private pathOf(kek: string): string {
    return join(this.files.path, this.fileOf(kek));
  }
}
