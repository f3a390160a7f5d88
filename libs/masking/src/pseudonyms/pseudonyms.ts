import { createHmac } from 'node:crypto';
import { TYPE } from '../built-in-types.js';
import type { ValueMask } from '../values/value-mask.js';
import { readWhole, writeWhole } from '../values/whole-numbers.js';
import { KeyedHash } from './keyed-hash.js';
import { NumberPermutation } from './number-permutation.js';
import { base32, CODE_CHARACTERS, CODE_MINIMUM, MAIL_DOMAIN, PREFIX, UUID_MARK } from './pseudonym-shape.js';
import { Remembered } from './remembered.js';

/** Values of a result kept by their pseudonyms, per class and shape; twice as many at most. */
const REMEMBERED = 8192;

/** Labels that keep kinds of values apart under one key. */
const LABEL = { text: 1, uuid: 2, bytes: 3 };

/** What pseudonyms of texts look like: a code, or an address that nobody can own. */
export type PseudonymShape = 'code' | 'email';

/** What one column of a result is, as far as its pseudonyms go. */
export interface PseudonymColumn {
  readonly typeOid: number;
  readonly typmod: number;
  readonly format: 0 | 1;
  /** characters the column has room for */
  readonly room: number;
  /** texts that differ in case only are one value (citext) */
  readonly foldsCase: boolean;
}

/**
 * Pseudonyms of one protected class: the same value has the same one in every table, format, session and process that has the key.
 * Texts and bytes become a code of up to 80 bits of HMAC-SHA-256, UUIDs a version 8 UUID, whole numbers a keyed permutation of themselves.
 */
export class Pseudonyms {
  readonly #hash: KeyedHash;
  readonly #numbers: NumberPermutation;
  readonly #shape: PseudonymShape;
  readonly #remembered = new Map<string, Remembered<Buffer>>();

  /** @param secret of the tenant, at least 32 bytes @param protectedClass its name; others have pseudonyms of their own */
  constructor(secret: Uint8Array, protectedClass: string, shape: PseudonymShape = 'code') {
    if (secret.length < 32) throw new RangeError('the secret of pseudonyms is too short');
    const key = (use: string): Buffer =>
      createHmac('sha256', secret).update(`pseudonym/${use}/${protectedClass}`).digest();
    this.#hash = new KeyedHash(key('hash'));
    this.#numbers = new NumberPermutation(key('number'));
    this.#shape = shape;
  }

  /** Pseudonyms for the values of a column; null: values of its type have none. */
  maskFor(column: PseudonymColumn): ValueMask | null {
    const { typeOid, format } = column;
    switch (typeOid) {
      case TYPE.text:
      case TYPE.varchar:
      case TYPE.name:
      case TYPE.refcursor:
      case TYPE.bpchar:
        return this.#textMask(column);
      case TYPE.uuid:
        return this.#kept(`uuid ${format}`, (source, from, to) => this.#uuid(source, from, to, format));
      case TYPE.bytea:
        return this.#kept(`bytea ${format}`, (source, from, to) => this.#bytes(source, from, to, format));
      case TYPE.int2:
      case TYPE.int4:
      case TYPE.int8:
      case TYPE.numeric:
        return this.#numberMask(column);
      default:
        return null;
    }
  }

  #kept(what: string, mask: ValueMask): ValueMask {
    let remembered = this.#remembered.get(what);
    if (remembered === undefined) this.#remembered.set(what, (remembered = new Remembered(REMEMBERED)));
    const kept = remembered;
    return (source, from, to) => {
      const value = source.toString('latin1', from, to);
      const before = kept.get(value);
      if (before !== undefined) return before;
      const masked = mask(source, from, to);
      if (masked !== null) kept.set(value, masked);
      return masked;
    };
  }

  #textMask({ typeOid, room, foldsCase }: PseudonymColumn): ValueMask | null {
    const letters = Math.min(CODE_CHARACTERS, room - PREFIX.length);
    if (letters < CODE_MINIMUM) return null;
    const isMail = this.#shape === 'email' && room >= PREFIX.length + CODE_CHARACTERS + MAIL_DOMAIN.length;
    const end = isMail ? MAIL_DOMAIN : '';
    const padded = typeOid === TYPE.bpchar;
    return this.#kept(`text ${letters}${end} ${padded} ${foldsCase}`, (source, from, to) => {
      const digest = foldsCase
        ? this.#folded(source.toString('utf8', from, to))
        : this.#hash.of(LABEL.text, source, from, padded ? withoutPadding(source, from, to) : to);
      return Buffer.from(`${PREFIX}${base32(digest, letters)}${end}`, 'latin1');
    });
  }

  #folded(text: string): string {
    const folded = Buffer.from(text.toLowerCase());
    return this.#hash.of(LABEL.text, folded, 0, folded.length);
  }

  #uuid(source: Buffer, from: number, to: number, format: 0 | 1): Buffer | null {
    const value = format === 1 ? source.subarray(from, to) : uuidBytes(source.toString('latin1', from, to));
    if (value?.length !== 16) return null;
    const made = Buffer.from(this.#hash.of(LABEL.uuid, value, 0, 16), 'latin1').subarray(0, 16);
    made.writeUInt32BE(UUID_MARK);
    made[6] = ((made[6] as number) & 0x0f) | 0x80;
    made[8] = ((made[8] as number) & 0x3f) | 0x80;
    return format === 1 ? made : Buffer.from(uuidText(made));
  }

  /** The code of a text, as bytes. */
  #bytes(source: Buffer, from: number, to: number, format: 0 | 1): Buffer | null {
    const value = format === 1 ? source.subarray(from, to) : byteaOf(source.toString('latin1', from, to));
    if (value === null) return null;
    const code = `${PREFIX}${base32(this.#hash.of(LABEL.bytes, value, 0, value.length), CODE_CHARACTERS)}`;
    return Buffer.from(format === 1 ? code : `\\x${Buffer.from(code).toString('hex')}`);
  }

  #numberMask({ typeOid, typmod, format }: PseudonymColumn): ValueMask {
    return (source, from, to) => {
      const value = readWhole(typeOid, format, source, from, to);
      if (value === null) return null;
      const made = typeOid === TYPE.int2 ? this.#numbers.int2(Number(value)) : this.#numbers.int8(value);
      return writeWhole(typeOid, typmod, format, made);
    };
  }
}

const withoutPadding = (source: Buffer, from: number, to: number): number => {
  let end = to;
  while (end > from && source[end - 1] === 0x20) end--;
  return end;
};

const uuidBytes = (text: string): Buffer | null =>
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? Buffer.from(text.replaceAll('-', ''), 'hex') : null;

const uuidText = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Both styles of bytea_output: `\x00ff`, and `a\\b\000` of older days. */
const byteaOf = (text: string): Buffer | null => {
  if (text.startsWith('\\x')) {
    return /^(?:[0-9a-f]{2})*$/i.test(text.slice(2)) ? Buffer.from(text.slice(2), 'hex') : null;
  }
  const bytes = text.replace(/\\(?:\\|([0-3][0-7]{2}))/g, (_, octal: string | undefined) =>
    octal === undefined ? '\\' : String.fromCharCode(parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1');
};
