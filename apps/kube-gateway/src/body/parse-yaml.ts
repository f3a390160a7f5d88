import { isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document, ParsedNode, Scalar, YAMLMap } from 'yaml';
import { MAXIMUM_DEPTH, UnreadableBody } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';

/** Bytes of YAML that are read; parsing costs about a microsecond for each. JSON sent under a YAML type is not bound by it. */
export const MAXIMUM_YAML = 512 * 1024;

const CORE_TAGS = new Set(
  ['str', 'int', 'bool', 'float', 'null', 'map', 'seq', 'binary'].map((name) => `tag:yaml.org,2002:${name}`),
);
const MAXIMUM_NODES = 200_000;

/**
 * Reads one YAML document as the API server would, in YAML 1.1 (`yes` is true), and refuses whatever two parsers might
 * read differently: several documents, directives, merge keys, keys that occur twice, tags but the basic ones, aliases
 * that contain themselves or make the document grow.
 * @throws UnreadableBody
 */
export function parseYaml(text: string): DocumentValue {
  if (Buffer.byteLength(text) > MAXIMUM_YAML) throw new UnreadableBody('YAML: too long');
  if (/^%/m.test(text)) throw new UnreadableBody('YAML: a directive');
  const documents = parseAllDocuments(text, {
    version: '1.1',
    merge: false,
    strict: true,
    uniqueKeys: false,
    logLevel: 'silent',
    prettyErrors: false,
  });
  const [document] = documents;
  if (documents.length !== 1 || document === undefined || !('contents' in document)) {
    throw new UnreadableBody('YAML: not one document');
  }
  if (document.errors.length > 0 || document.warnings.length > 0) throw new UnreadableBody('YAML: malformed');
  return new YamlReader(document).value(document.contents, 0);
}

class YamlReader {
  private nodes = 0;

  constructor(private readonly document: Document.Parsed) {}

  value(node: unknown, depth: number): DocumentValue {
    if (depth > MAXIMUM_DEPTH) throw new UnreadableBody('YAML: nested too deeply');
    if (++this.nodes > MAXIMUM_NODES) throw new UnreadableBody('YAML: too many nodes');
    if (node === null || node === undefined) return null;
    // an alias is walked anew: one that contains itself ends at the depth, one that multiplies at the number of nodes
    if (isAlias(node)) return this.value(node.resolve(this.document) ?? this.fail('an unknown alias'), depth + 1);
    if (isScalar(node)) return this.scalar(node);
    if (isMap<ParsedNode>(node)) return this.object(node, depth);
    if (isSeq(node)) {
      this.checkTag(node.tag);
      return node.items.map((item) => this.value(item, depth + 1));
    }
    return this.fail('a node of unknown kind');
  }

  private object(node: YAMLMap<ParsedNode>, depth: number): DocumentMap {
    this.checkTag(node.tag);
    const object: DocumentMap = new Map();
    for (const pair of node.items) {
      const key = this.key(pair.key);
      if (object.has(key)) this.fail('a key occurs twice');
      object.set(key, this.value(pair.value, depth + 1));
    }
    return object;
  }

  private key(node: unknown): string {
    if (!isScalar(node) || node.tag !== undefined || node.anchor !== undefined)
      return this.fail('a key is no plain scalar');
    const { value } = node;
    if (value === '<<' || typeof value === 'symbol') return this.fail('a merge key');
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') return String(value);
    if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Date)
      return node.source ?? String(value);
    return this.fail('a key is no string');
  }

  private scalar(node: Scalar): DocumentValue {
    this.checkTag(node.tag);
    const { value } = node;
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') return Number.isFinite(value) ? value : (node.source ?? String(value));
    if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
    // what only some parsers take for a date or a large number is text here
    return node.source ?? this.fail('a scalar of unknown kind');
  }

  private checkTag(tag: string | undefined): void {
    if (tag !== undefined && !CORE_TAGS.has(tag)) this.fail('a tag');
  }

  private fail(what: string): never {
    throw new UnreadableBody(`YAML: ${what}`);
  }
}
