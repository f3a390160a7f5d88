import type { Knowledge } from '@app/sql';
import type { Ask } from './question.js';
import type { CurrentKnowledge, KnowledgeRegistry, Seen, SharedComparison } from './knowledge-registry.js';
import { effectiveSearchPath } from './search-path.js';

/**
 * What names mean in one session, as the server would resolve them: the catalog as this session sees it (own temporary tables and
 * uncommitted changes included) and the search path in force.
 */
export class NameResolver {
  readonly #ask: Ask;
  readonly #registry: KnowledgeRegistry;
  readonly #target: string;
  #knowledge: Knowledge | null = null;
  #fingerprint: string | null = null;
  #version = -1;
  #seen: Seen = { at: 0 };
  #setting: string | null;
  /** the server reports changes of search_path by itself (18 and later), just before ReadyForQuery */
  readonly #reported: boolean;
  #path: readonly string[] | null = null;
  #pathDirty = true;
  #catalogDirty = true;
  #changing = false;
  /** the catalog is being changed: other sessions have to compare once it is done */
  #changesForAll = false;
  #basis = '';

  /** @param setting search_path as the target reported it at startup; null: it does not report it */
  constructor(ask: Ask, registry: KnowledgeRegistry, target: string, setting: string | null) {
    this.#ask = ask;
    this.#registry = registry;
    this.#target = target;
    this.#setting = setting;
    this.#reported = setting !== null;
  }

  /** @throws Error before the first refresh */
  get knowledge(): Knowledge {
    if (this.#knowledge === null) throw new Error('the catalog has not been read yet');
    return this.#knowledge;
  }

  get searchPath(): readonly string[] | null {
    return this.#path;
  }

  /** changes whenever a description made earlier may no longer hold */
  get basis(): string {
    return this.#basis;
  }

  /** what is known may not be what the server goes by: refresh first */
  get dirty(): boolean {
    return this.#pathDirty || this.#catalogDirty || this.#changing;
  }

  /** another session may have changed the catalog since it was last compared */
  get stale(): boolean {
    return this.#registry.stale(this.#target, this.#version, this.#seen);
  }

  /** A statement that may change how names are resolved goes to the target. */
  changing(path: boolean, catalog: boolean): void {
    this.#changing = true;
    if (catalog) {
      this.#catalogDirty = true;
      this.#changesForAll = true;
      this.#registry.changing(this.#target);
    }
    if (path && !this.#reported) this.#pathDirty = true;
  }

  /** Nothing is under way any more: what was reported is in force. */
  settled(): void {
    this.#changing = false;
    if (!this.#changesForAll) return;
    // who compared while the change was under way may not have seen it
    this.#changesForAll = false;
    this.#registry.changing(this.#target);
  }

  /** ParameterStatus search_path. */
  pathReported(setting: string): void {
    this.#setting = setting;
    this.#resolvePath();
  }

  /**
   * What the session begins with. @param watch over the server it is at; null: there is none
   * @returns when the session began at the target; null: it does not tell
   */
  async begin(watch: SharedComparison | null): Promise<string | null> {
    const read = await this.#registry.begin(this.#target, this.#ask, watch);
    this.#take(read);
    if (!this.#reported) this.#setting = read.standing.searchPath;
    this.#resolvePath();
    return read.standing.start;
  }

  /** Reads again what may have changed; only while nothing is under way. @param outside no transaction block is open */
  async refresh(outside: boolean): Promise<void> {
    if (this.#catalogDirty || this.#knowledge === null || (outside && this.stale)) {
      this.#take(await this.#registry.current(this.#target, this.#ask, this.#fingerprint));
    }
    if (this.#pathDirty && !this.#reported) {
      const rows = await this.#ask('SHOW search_path');
      this.#setting = rows[0]?.[0] ?? null;
    }
    this.#changing = false;
    this.#resolvePath();
  }

  /** The session is over. */
  close(): void {
    if (this.#knowledge !== null) this.#registry.release(this.#knowledge);
    this.#knowledge = null;
  }

  #take(read: CurrentKnowledge): void {
    if (this.#knowledge !== null) this.#registry.release(this.#knowledge);
    this.#knowledge = read.knowledge;
    this.#fingerprint = read.fingerprint;
    this.#version = read.version;
    this.#seen = read.seen;
    this.#catalogDirty = false;
  }

  #resolvePath(): void {
    if (this.#knowledge === null) return;
    this.#pathDirty = false;
    this.#path = this.#setting === null ? null : effectiveSearchPath(this.#setting, this.#knowledge.catalog);
    this.#basis = `${this.#knowledge.id}|${this.#path === null ? '?' : JSON.stringify(this.#path)}`;
  }
}
