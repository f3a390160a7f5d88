import type { RequestInfoLike } from './body-facts.js';
import { UnreadableBody } from './document.js';
import type { DocumentValue } from './document.js';
import type { BodyType } from './media-type.js';
import { parseJson } from './parse-json.js';
import { parseYaml } from './parse-yaml.js';
import { readProtobuf } from './protobuf-document.js';

/** @throws UnreadableBody */
export function readDocument(body: Uint8Array, type: BodyType, info: RequestInfoLike): DocumentValue {
  switch (type.kind) {
    case 'json':
      return parseJson(bodyText(body));
    case 'yaml':
      return readYaml(bodyText(body));
    case 'protobuf':
      return readProtobuf(body, info);
    case 'other':
      throw new UnreadableBody('an unknown type');
  }
}

/** YAML, or the JSON that clients send under its name (all of JSON that is read here means the same in YAML). */
export function readYaml(text: string): DocumentValue {
  return text.startsWith('{') ? (jsonOrNothing(text) ?? parseYaml(text)) : parseYaml(text);
}

/** Text of a body: UTF-8 without a byte order mark. @throws UnreadableBody */
export function bodyText(body: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new UnreadableBody('not UTF-8', { cause });
  }
  if (text.startsWith('\ufeff') || text.includes('\0')) throw new UnreadableBody('not plain UTF-8');
  return text;
}

function jsonOrNothing(text: string): DocumentValue | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof UnreadableBody) return undefined;
    throw error;
  }
}
