import { z } from 'zod';
import { configSchema } from './schema.js';

/** The part of JSON Schema (draft 2020-12) that the configuration uses. */
export interface JsonSchema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The configuration file as JSON Schema, for editors and for the generated reference: what may be written, before it is read. */
export function configJsonSchema(): JsonSchema {
  const nowhere = { env: {}, folder: '/', readFile: () => '', cores: 1 };
  // zod types its answer as any JSON Schema of any draft; this is the narrower form it produces from our schema
  return z.toJSONSchema(configSchema(nowhere), { io: 'input', target: 'draft-2020-12' }) as JsonSchema;
}
