/** Signed tokens, wherever they begin in a text. */
const token = /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}/;

/** A name as somebody gave it at a login, for the record: one that is a token was meant for another field, and is not recorded. */
export function typedName<Name extends string | null>(name: Name): Name | string {
  return name !== null && token.test(name) ? '(a token in the place of a name)' : name;
}
