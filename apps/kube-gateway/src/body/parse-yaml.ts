import { isAlias, isMap, isNode, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { ParsedNode, Scalar, YAMLMap } from 'yaml';
import { MAXIMUM_DEPTH, UnreadableBody } from './document.js';
import type { DocumentMap, DocumentValue } from './document.js';

/** Bytes of YAML that are read: each costs microseconds. JSON sent under a YAML type, as clients do, is not bound by it. */
const MAXIMUM_YAML = 64 * 1024;

const CORE_TAGS = new Set(
  ['str', 'int', 'bool', 'float', 'null', 'map', 'seq', 'binary'].map((name) => `tag:yaml.org,2002:${name}`),
);
const MAXIMUM_NODES = 100_000;
/** `- - - -` and `? ? ? ?`: a level for every two bytes. */
const STAIRS = /(?:[-?:][ \t]+){64}/;

/**
 * Reads one YAML document as the API server would, in YAML 1.1 (`yes` is true), and refuses whatever two parsers might
 * read differently: several documents, directives, merge keys, keys that occur twice, tags but the basic ones, aliases
 * that contain themselves or make the document grow.
 * @throws UnreadableBody
 */
export function parseYaml(text: string): DocumentValue {
  if (Buffer.byteLength(text) > MAXIMUM_YAML) throw new UnreadableBody('YAML: too long');
  if (/^%/m.test(text)) throw new UnreadableBody('YAML: a directive');
  if (STAIRS.test(text) || opened(text) > MAXIMUM_DEPTH) throw new UnreadableBody('YAML: nested too deeply');
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
  return new YamlReader().value(document.contents, 0);
}

/** How many brackets are open at once, wherever they stand: the parser itself has no bound on its depth. */
function opened(text: string): number {
  let now = 0;
  let most = 0;
  for (const bracket of text.match(/[[\]{}]/g) ?? []) {
    now += bracket === '[' || bracket === '{' ? 1 : now > 0 ? -1 : 0;
    most = Math.max(most, now);
  }
  return most;
}

class YamlReader {
  private nodes = 0;
  private readonly anchors = new Map<string, ParsedNode>();

  value(node: unknown, depth: number): DocumentValue {
    if (depth > MAXIMUM_DEPTH) throw new UnreadableBody('YAML: nested too deeply');
    if (++this.nodes > MAXIMUM_NODES) throw new UnreadableBody('YAML: too many nodes');
    if (node === null || node === undefined) return null;
    // an alias is walked anew: one that contains itself ends at the depth, one that multiplies at the number of nodes
    if (isAlias(node)) return this.value(this.anchors.get(node.source) ?? this.fail('an unknown alias'), depth + 1);
    this.remember(node);
    if (isScalar(node)) return this.scalar(node);
    if (isMap<ParsedNode>(node)) return this.object(node, depth);
    if (isSeq(node)) {
      this.checkTag(node.tag);
      return node.items.map((item) => this.value(item, depth + 1));
    }
    return this.fail('a node of unknown kind');
  }

  private remember(node: unknown): void {
    if (!isNode(node) || isAlias(node) || !('anchor' in node) || node.anchor === undefined) return;
    const before = this.anchors.get(node.anchor);
    if (before !== undefined && before !== node) this.fail('an anchor is set twice');
    this.anchors.set(node.anchor, node as ParsedNode);
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
