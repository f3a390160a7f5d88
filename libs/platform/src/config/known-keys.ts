import type { KeyPath } from './yaml-source.js';
import { configJsonSchema, type JsonSchema } from './json-schema.js';

let whole: JsonSchema | undefined;

/** The keys the schema knows at a path: for "did you mean". */
export function knownKeys(path: KeyPath): readonly string[] {
  whole ??= configJsonSchema();
  let here: JsonSchema[] = [whole];
  for (const step of path)
    here = here.flatMap((schema) => alternatives(schema)).flatMap((schema) => below(schema, step));
  return here.flatMap((schema) => alternatives(schema)).flatMap((schema) => Object.keys(schema.properties ?? {}));
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return [schema, ...(schema.anyOf ?? [])];
}

function below(schema: JsonSchema, step: PropertyKey): JsonSchema[] {
  if (typeof step === 'number') return schema.items === undefined ? [] : [schema.items];
  const property = schema.properties?.[String(step)] ?? schema.additionalProperties;
  return property === undefined || typeof property === 'boolean' ? [] : [property];
}
