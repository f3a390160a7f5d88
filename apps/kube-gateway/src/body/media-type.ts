import type { BodyFacts } from './body-facts.js';

/** How a body's media type makes the API server read it. */
export interface BodyType {
  readonly kind: Exclude<BodyFacts['kind'], 'none'>;
  /** A JSON Patch is a list of operations; the other patches look like parts of the object. */
  readonly patch: 'json' | 'object' | null;
}

const TYPES: Readonly<Record<string, BodyType>> = {
  '': { kind: 'json', patch: null },
  'application/json': { kind: 'json', patch: null },
  'application/yaml': { kind: 'yaml', patch: null },
  'application/vnd.kubernetes.protobuf': { kind: 'protobuf', patch: null },
  'application/json-patch+json': { kind: 'json', patch: 'json' },
  'application/merge-patch+json': { kind: 'json', patch: 'object' },
  'application/strategic-merge-patch+json': { kind: 'json', patch: 'object' },
  'application/apply-patch+yaml': { kind: 'yaml', patch: 'object' },
};

/** CBOR and whatever else is `other`: such a body is not read. So is one that claims another charset than UTF-8. */
export function mediaTypeOf(contentType: string | undefined): BodyType {
  const [name = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const foreign = parameters.some(
    (parameter) => /^charset\s*=/.test(parameter) && !/^charset\s*=\s*"?utf-?8"?$/.test(parameter),
  );
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  return type === undefined || foreign ? { kind: 'other', patch: null } : type;
}
