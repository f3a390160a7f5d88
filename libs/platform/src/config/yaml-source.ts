import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Node, Pair } from 'yaml';
import type { ConfigProblem } from './config.error.js';

export type KeyPath = readonly PropertyKey[];

/** A configuration file as YAML: its plain value, and the line on which each key stands. */
export interface YamlSource {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** 1-based line of the key at `path`, or of the nearest one above it that exists */
  lineOf(path: KeyPath): number;
  /** whether the file says anything at `path` */
  has(path: KeyPath): boolean;
}

/** Reads YAML 1.2; anchors are fine, a file of several documents, duplicate keys and tags are problems with their lines. */
export function readYaml(text: string, file: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map((error): ConfigProblem => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    key: '',
    message: yamlMessage(error.code, error.message),
  }));
  const root = document.contents;
  const lineOfNode = (node: unknown) => (isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1);
  return {
    value: problems.length > 0 ? undefined : plainValue(() => document.toJS({ maxAliasCount: 100 })),
    problems,
    lineOf: (path) => {
      let node: Node | null = root;
      let line = lineOfNode(root);
      for (const step of path) {
        const next = child(node, step);
        if (next === undefined) break;
        line = lineOfNode(isPair(next) ? next.key : next);
        const value: unknown = isPair(next) ? next.value : next;
        node = isNode(value) ? value : null;
      }
      return line;
    },
    has: (path) => document.hasIn(path),
  };
}

function plainValue(toPlain: () => unknown): unknown {
  try {
    return toPlain();
  } catch {
    // more aliases than any honest file has
    return undefined;
  }
}

function child(node: Node | null, step: PropertyKey): Pair | Node | undefined {
  if (isMap(node)) return node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(step));
  if (isSeq(node) && typeof step === 'number') {
    const item = node.items[step];
    return isNode(item) ? item : undefined;
  }
  return undefined;
}

function yamlMessage(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in the same place; remove one';
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents (---); keep one';
  if (code === 'TAB_AS_INDENT') return 'a tab where spaces must indent; replace it with spaces';
  return `is not valid YAML: ${message.split('\n')[0] ?? message}`;
}
