import type { DescribeContext, TextDescription } from '@app/sql';

/** Longest text (UTF-16 units) that is kept: longer ones are loads, not queries. */
const MAX_TEXT = 65_536;

interface Entry {
  readonly scope: Map<string, Entry>;
  readonly text: string;
  readonly description: TextDescription;
  readonly bytes: number;
  newer: Entry | null;
  older: Entry | null;
}

/**
 * Descriptions by exact text and everything they depend on: knowledge and search path. Least recently used ones go first;
 * bounded in (estimated) bytes. A look-up hashes the text once and builds no key.
 */
export class DescriptionCache {
  private readonly scopes = new Map<number, Map<string, Map<string, Entry>>>();
  private readonly pathKeys = new WeakMap<readonly string[], string>();
  private newest: Entry | null = null;
  private oldest: Entry | null = null;
  private used = 0;

  constructor(private readonly maxBytes: number) {}

  /** Estimated bytes in use. */
  get bytes(): number {
    return this.used;
  }

  get(text: string, context: DescribeContext): TextDescription | undefined {
    const entry = this.scopes.get(context.knowledgeId)?.get(this.pathKey(context.searchPath))?.get(text);
    if (!entry) return undefined;
    if (entry !== this.newest) {
      this.unlink(entry);
      this.link(entry);
    }
    return entry.description;
  }

  set(text: string, context: DescribeContext, description: TextDescription): void {
    if (text.length > MAX_TEXT) return;
    const paths = this.scopes.get(context.knowledgeId) ?? new Map<string, Map<string, Entry>>();
    this.scopes.set(context.knowledgeId, paths);
    const key = this.pathKey(context.searchPath);
    const scope = paths.get(key) ?? new Map<string, Entry>();
    paths.set(key, scope);
    const known = scope.get(text);
    if (known) this.remove(known);
    const entry = { scope, text, description, bytes: estimate(text, description), newer: null, older: null };
    scope.set(text, entry);
    this.link(entry);
    this.used += entry.bytes;
    while (this.used > this.maxBytes && this.oldest) this.remove(this.oldest);
  }

  /** Drops everything described against one knowledge. */
  forget(knowledgeId: number): void {
    for (const scope of this.scopes.get(knowledgeId)?.values() ?? [])
      for (const entry of scope.values()) this.remove(entry);
    this.scopes.delete(knowledgeId);
  }

  private pathKey(path: readonly string[] | null): string {
    if (path === null) return '';
    let key = this.pathKeys.get(path);
    if (key === undefined) this.pathKeys.set(path, (key = JSON.stringify(path)));
    return key;
  }

  private link(entry: Entry): void {
    entry.older = this.newest;
    if (this.newest) this.newest.newer = entry;
    this.newest = entry;
    this.oldest ??= entry;
  }

  private unlink(entry: Entry): void {
    if (entry.newer) entry.newer.older = entry.older;
    else this.newest = entry.older;
    if (entry.older) entry.older.newer = entry.newer;
    else this.oldest = entry.newer;
    entry.newer = entry.older = null;
  }

  private remove(entry: Entry): void {
    this.unlink(entry);
    entry.scope.delete(entry.text);
    this.used -= entry.bytes;
  }
}

/** What an entry costs, near enough: two bytes per character, and the objects around them. */
function estimate(text: string, { statements }: TextDescription): number {
  let bytes = 400 + 2 * text.length;
  for (const statement of statements) {
    bytes += 800 + 2 * (statement.recordText.length + statement.strippedText.length);
    bytes += 150 * statement.objects.length + 80 * (statement.outputs?.length ?? 0);
  }
  return bytes;
}
