/** A document as read from JSON, YAML or protobuf. Objects are maps: no key of a body can mean something to JavaScript. */
export type DocumentValue = null | boolean | number | string | DocumentValue[] | DocumentMap | typeof anything;

/** An object of a document. */
export type DocumentMap = Map<string, DocumentValue>;

/** A value that is not known from the body alone, as what a JSON Patch copies from elsewhere: it could be anything. */
export const anything: unique symbol = Symbol('anything');

/** Nesting beyond which no body is read. Real objects stay below 60. */
export const MAXIMUM_DEPTH = 256;

/** The body cannot be read, or could be read in more than one way. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/** A child of an object, or undefined where the value is no object or has no such key. */
export function child(value: DocumentValue | undefined, key: string): DocumentValue | undefined {
  return value instanceof Map ? value.get(key) : undefined;
}

/** A child that is a string other than ''. */
export function textOf(value: DocumentValue | undefined, key: string): string | null {
  const found = child(value, key);
  return typeof found === 'string' && found !== '' ? found : null;
}

/** JSON text of a document. */
export function toJson(value: DocumentValue): string {
  if (value === anything) return 'null';
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
