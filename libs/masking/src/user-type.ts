import { elementOf, isTextLike, rangeOf, TYPE } from './built-in-types.js';

/** A type that is not part of the server, as far as masks need to know it. */
export interface UserType {
  /** pg_type.typtype: b base, c composite, d domain, e enum, r range, m multirange */
  readonly kind: string;
  readonly name: string;
  /** base type of a domain */
  readonly baseOid: number;
  /** of an enum: one at least that it has; absent: not known */
  readonly labels?: readonly string[];
  /** of a composite type: its fields in order, dropped ones left out; absent: not known */
  readonly attributes?: readonly { readonly typeOid: number; readonly typmod: number }[];
  /** of an array: its element type */
  readonly elementOid?: number;
  /** of a range: the type of its bounds */
  readonly rangeOid?: number;
}

/** Types by OID; undefined: not known, so nothing but NULL stands for its values. */
export type UserTypes = (typeOid: number) => UserType | undefined;

const DOMAIN_DEPTH = 32;

/** What a type is under its domains, as masks see it. */
export interface PlainType {
  readonly oid: number;
  /** null: built in */
  readonly user: UserType | null;
  /** its text compares without regard to case */
  readonly foldsCase: boolean;
}

/**
 * The type below all domains; citext, whose values are text in both formats, is text. RowDescription says the type below a domain by
 * itself; COPY and elements of arrays do not.
 */
export const plainType = (typeOid: number, types: UserTypes | undefined): PlainType => {
  let oid = typeOid;
  for (let depth = 0; depth < DOMAIN_DEPTH; depth++) {
    const user = types?.(oid);
    if (user === undefined) return { oid, user: null, foldsCase: false };
    if (user.kind !== 'd') return isCitext(user) ? CITEXT : { oid, user, foldsCase: false };
    oid = user.baseOid;
  }
  return { oid: 0, user: null, foldsCase: false };
};

// Whoever gave a type of another layout this name gets values that do not decode, never one that shows something.
const isCitext = (user: UserType): boolean =>
  user.kind === 'b' && user.name === 'citext' && user.elementOid === undefined;
const CITEXT: PlainType = { oid: TYPE.text, user: null, foldsCase: true };

/** Element type of an array; undefined: it is none. */
export const elementType = ({ oid, user }: PlainType): number | undefined =>
  user === null ? elementOf(oid) : user.elementOid;

/** Type of the bounds of a range; undefined: it is none. */
export const boundType = ({ oid, user }: PlainType): number | undefined =>
  user === null ? rangeOf(oid) : user.kind === 'r' ? user.rangeOid : undefined;

/** Types whose values partial masks of texts can take apart; `"char"` is one byte. */
export const isText = (typeOid: number): boolean => isTextLike(typeOid) && typeOid !== TYPE.char;
