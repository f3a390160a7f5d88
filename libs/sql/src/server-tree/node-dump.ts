/**
 * One node of the server's dump (`{KIND :field value …}`). Values are kept as written: numbers and names are tokens.
 * @see PostgreSQL source, nodes/outfuncs.c and nodes/read.c
 */
export interface DumpNode {
  readonly kind: string;
  readonly fields: ReadonlyMap<string, DumpValue>;
}

/** A node, a list, or a token as written; `<>` stands for nothing. */
export type DumpValue = DumpNode | readonly DumpValue[] | string;

/** A dump that was read: the top value, and every node in it. */
export interface Dump {
  readonly top: DumpValue;
  readonly nodes: readonly DumpNode[];
}

/** The server breaks a dump into lines of that many bytes, at a space where there is one. */
const LINE_BYTES = 78;

const LABEL = /^:[A-Za-z_]\w*$/;

const KIND = /^[A-Z][A-Z0-9_]*$/;

/** A node, or list, that is being read; the token is the label that waits for its value. */
type Open =
  | { readonly node: DumpNode; readonly fields: Map<string, DumpValue>; label: string | null }
  | { readonly node: null; readonly items: DumpValue[] };

export function isNode(value: DumpValue | undefined): value is DumpNode {
  return typeof value === 'object' && 'kind' in value;
}

export function isList(value: DumpValue | undefined): value is readonly DumpValue[] {
  return Array.isArray(value);
}

/** Whether the server broke a line inside a token: where one token ends is then not certain. */
function breaksToken(text: string): boolean {
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    // every character is one byte at least and three at most
    if ((end - start) * 3 >= LINE_BYTES && !text.slice(start + 1, end).includes(' ')) {
      if (new TextEncoder().encode(text.slice(start, end)).length >= LINE_BYTES) return true;
    }
    start = end + 1;
  }
  return false;
}

/**
 * Reads what `debug_print_rewritten` and its like print of a tree, with `debug_pretty_print` off. Labels and values follow one another,
 * whatever the values are: a name may look like a label. Linear in the text, any depth.
 * @returns null: it is not such a dump, or not read with certainty
 */
export function readDump(text: string): Dump | null {
  if (breaksToken(text)) return null;
  const tokens = /[(){}]|(?:\\[^]|[^\s(){}\\])+/gu;
  const nodes: DumpNode[] = [];
  const open: Open[] = [];
  let top: DumpValue | null = null;
  let expectsKind = false;
  let inDatum = false;
  let last = 0;

  /** Hands a finished value to what holds it; false where none is expected. */
  const give = (value: DumpValue): boolean => {
    const holder = open.at(-1);
    if (!holder) {
      if (top !== null) return false;
      top = value;
      return true;
    }
    if (holder.node === null) {
      holder.items.push(value);
      return true;
    }
    if (holder.label === null) return false;
    holder.fields.set(holder.label, value);
    holder.label = null;
    return true;
  };

  for (const match of text.matchAll(tokens)) {
    const token = match[0];
    // a lone backslash is no token: something was left out
    if (text.slice(last, match.index).trim() !== '') return null;
    last = match.index + token.length;
    const holder = open.at(-1);
    if (expectsKind) {
      if (!KIND.test(token)) return null;
      const fields = new Map<string, DumpValue>();
      const node: DumpNode = { kind: token, fields };
      nodes.push(node);
      open.push({ node, fields, label: null });
      expectsKind = false;
    } else if (inDatum) {
      if (token === ']') inDatum = false;
      else if (!/^-?\d+$/.test(token)) return null;
    } else if (token === '{') {
      if (holder?.node && holder.label === null) return null;
      expectsKind = true;
    } else if (token === '(') {
      if (holder?.node && holder.label === null) return null;
      open.push({ node: null, items: [] });
    } else if (token === '}' || token === ')') {
      const closed = open.pop();
      if (!closed || (token === '}') === (closed.node === null)) return null;
      if (closed.node !== null && closed.label !== null) return null;
      if (!give(closed.node ?? closed.items)) return null;
    } else if (holder?.node && holder.label === null) {
      // the bytes of a constant follow its length
      if (token === '[' && holder.node.kind === 'CONST') inDatum = true;
      else if (!LABEL.test(token) || holder.fields.has(token.slice(1))) return null;
      else holder.label = token.slice(1);
    } else if (!give(token)) return null;
  }
  if (open.length > 0 || expectsKind || inDatum || text.slice(last).trim() !== '' || top === null) return null;
  return { top, nodes };
}

/** The whole number of a field; null: it is none. */
export function numberIn(node: DumpNode, field: string): number | null {
  const value = node.fields.get(field);
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : null;
}

/** The node of a field; null: it holds none. */
export function nodeIn(node: DumpNode, field: string): DumpNode | null {
  const value = node.fields.get(field);
  return isNode(value) ? value : null;
}

/** The items of a field that is a list; none where it holds nothing. */
export function listIn(node: DumpNode, field: string): readonly DumpValue[] {
  const value = node.fields.get(field);
  return isList(value) ? value : [];
}

/** The numbers of a field written as `(i …)`, `(o …)` or a set `(b …)`. */
export function numbersIn(node: DumpNode, field: string): number[] {
  const [, ...numbers] = listIn(node, field);
  return numbers.flatMap((value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? [Number(value)] : []));
}
