import { closeProtection, type Knowledge, type ProtectionRule } from '@app/sql';
import { CATALOG_STATEMENTS, decodeCatalog, FINGERPRINT_STATEMENT } from './catalog-query.js';
import type { Ask } from './question.js';

/** A catalog is compared again after this long, ms: the window in which another session's DDL may go unseen (docs/limits.md). */
const FRESH_MS = 5_000;
/** Knowledge nobody uses at present, kept for sessions to come. */
const UNUSED = 16;

interface Kept {
  readonly key: string;
  readonly knowledge: Knowledge;
  users: number;
}

interface TargetState {
  version: number;
  checkedAt: number;
}

/** What knowledge is told to: parser workers that describe against it. */
export interface KnowledgeReader {
  learn(knowledge: Knowledge): void;
  forget(id: number): void;
}

/**
 * Catalog knowledge of all targets in this process, by what the catalog looks like to a session, not by name: databases and tables
 * are dropped and made anew behind the gateway.
 */
export class KnowledgeRegistry {
  readonly #reader: KnowledgeReader;
  readonly #rulesOf: (target: string) => readonly ProtectionRule[];
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();
  readonly #targets = new Map<string, TargetState>();
  readonly #systems = new Map<string, string>();
  #nextId = 1;

  constructor(reader: KnowledgeReader, rulesOf: (target: string) => readonly ProtectionRule[], now: () => number) {
    this.#reader = reader;
    this.#rulesOf = rulesOf;
    this.#now = now;
  }

  /** Whether a session that last compared at `version` has to compare again. */
  stale(target: string, version: number): boolean {
    const state = this.#targets.get(target);
    return state === undefined || state.version !== version || this.#now() - state.checkedAt > FRESH_MS;
  }

  /**
   * Knowledge of what this session sees now; the caller owns one use of it until {@link release}.
   * @param previous fingerprint the session saw last; null: none
   */
  async current(
    target: string,
    ask: Ask,
    previous: string | null,
  ): Promise<{ knowledge: Knowledge; fingerprint: string; version: number }> {
    const state = this.#stateOf(target);
    // one session compares, the others go on meanwhile
    state.checkedAt = this.#now();
    const fingerprint = (await ask(FINGERPRINT_STATEMENT))[0]?.[0] ?? '';
    const key = `${target}\0${fingerprint}`;
    const known = this.#kept.has(key);
    // others compare too, each with what it saw itself: temporary tables make sessions differ
    if (previous === null ? !known : previous !== fingerprint) state.version += 1;
    const kept = this.#kept.get(key) ?? (await this.#load(target, key, ask));
    kept.users += 1;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return { knowledge: kept.knowledge, fingerprint, version: state.version };
  }

  /** Gives one use back. */
  release(knowledge: Knowledge): void {
    for (const kept of this.#kept.values()) if (kept.knowledge === knowledge) kept.users -= 1;
    let unused = 0;
    for (const kept of this.#kept.values()) if (kept.users <= 0) unused += 1;
    for (const kept of this.#kept.values()) {
      if (unused <= UNUSED) return;
      if (kept.users > 0) continue;
      this.#kept.delete(kept.key);
      this.#reader.forget(kept.knowledge.id);
      unused -= 1;
    }
  }

  async #load(target: string, key: string, ask: Ask): Promise<Kept> {
    const [systemStatement, userStatement] = CATALOG_STATEMENTS;
    const user = (await ask(userStatement))[0]?.[0] ?? '';
    // the server's own objects are the same in every database of one version
    const version = `${target}\0${/"serverVersion" ?: ?(\d+)/.exec(user)?.[1] ?? ''}`;
    let system = this.#systems.get(version);
    if (system === undefined) this.#systems.set(version, (system = (await ask(systemStatement))[0]?.[0] ?? ''));
    const again = this.#kept.get(key);
    if (again) return again;
    const id = this.#nextId++;
    const catalog = decodeCatalog([system, user], id);
    const { columns, strict } = closeProtection(catalog, this.#rulesOf(target));
    const knowledge: Knowledge = { id, catalog, protected: columns, strict };
    const kept: Kept = { key, knowledge, users: 0 };
    this.#reader.learn(knowledge);
    return kept;
  }

  #stateOf(target: string): TargetState {
    let state = this.#targets.get(target);
    if (!state) this.#targets.set(target, (state = { version: 0, checkedAt: 0 }));
    return state;
  }
}
