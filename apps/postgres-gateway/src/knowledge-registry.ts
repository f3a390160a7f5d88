import { closeProtection, type Knowledge, type ProtectionRule } from '@app/sql';
import { CATALOG_STATEMENTS, decodeCatalog, FINGERPRINT_STATEMENT } from './catalog-query.js';
import type { Ask } from './question.js';

/** A catalog is compared again after this long, ms: the window in which another session's DDL may go unseen (docs/limits.md). */
const FRESH_MS = 5_000;
/** Attempts to read a catalog while others change it. */
const LOADS = 5;
/** Knowledge nobody uses at present, kept for sessions to come. */
const UNUSED = 16;

interface Kept {
  readonly key: string;
  readonly knowledge: Knowledge;
  readonly seen: Seen;
  users: number;
}

/** When a session last found the catalog to look like this, ms; shared by all whose catalog does. */
export interface Seen {
  at: number;
}

interface TargetState {
  version: number;
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
  readonly #tellOthers: (target: string) => void;
  readonly #warn: (text: string) => void;
  readonly #warned = new Set<string>();
  #nextId = 1;

  /**
   * @param tellOthers tells the other worker processes that a catalog is being changed
   * @param warn tells the operator what is wrong with the configuration
   */
  constructor(
    reader: KnowledgeReader,
    rulesOf: (target: string) => readonly ProtectionRule[],
    now: () => number,
    tellOthers: (target: string) => void,
    warn: (text: string) => void,
  ) {
    this.#reader = reader;
    this.#rulesOf = rulesOf;
    this.#now = now;
    this.#tellOthers = tellOthers;
    this.#warn = warn;
  }

  /** A session of this process changes the catalog: all others, in every worker, compare before they describe anything more. */
  changing(target: string): void {
    this.changedElsewhere(target);
    this.#tellOthers(target);
  }

  /** Another worker process says that a catalog is being changed. */
  changedElsewhere(target: string): void {
    this.#stateOf(target).version += 1;
  }

  /** Whether a session that last compared at `version` has to compare again. */
  stale(target: string, version: number, seen: Seen): boolean {
    return this.#stateOf(target).version !== version || this.#now() - seen.at > FRESH_MS;
  }

  /**
   * Knowledge of what this session sees now; the caller owns one use of it until {@link release}.
   * @param previous fingerprint the session saw last; null: none
   */
  async current(
    target: string,
    ask: Ask,
    previous: string | null,
  ): Promise<{ knowledge: Knowledge; fingerprint: string; version: number; seen: Seen }> {
    const state = this.#stateOf(target);
    // one session compares, the others that saw the same go on meanwhile
    const since = this.#now();
    const before = previous === null ? undefined : this.#kept.get(keyOf(target, previous));
    if (before) before.seen.at = since;
    let fingerprint = await fingerprintBy(ask);
    // others compare too, each with what it saw itself: temporary tables make sessions differ
    const known = this.#kept.has(keyOf(target, fingerprint));
    if (previous === null ? !known : previous !== fingerprint) state.version += 1;
    let kept = this.#kept.get(keyOf(target, fingerprint));
    for (let i = 0; kept === undefined; i++) {
      if (i === LOADS) throw new Error('the catalog changes faster than it can be read');
      const read = await this.#read(target, ask);
      // what was read belongs to this fingerprint only if nothing changed meanwhile: dropped again, a table would stay known for good
      const after = await fingerprintBy(ask);
      if (after === fingerprint) kept = this.#kept.get(keyOf(target, after)) ?? this.#keep(target, after, read);
      fingerprint = after;
      kept ??= this.#kept.get(keyOf(target, fingerprint));
    }
    const key = keyOf(target, fingerprint);
    kept.users += 1;
    kept.seen.at = Math.max(kept.seen.at, since);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return { knowledge: kept.knowledge, fingerprint, version: state.version, seen: kept.seen };
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

  /** @returns the two parts of the catalog */
  async #read(target: string, ask: Ask): Promise<readonly [system: string, user: string]> {
    const [systemStatement, userStatement] = CATALOG_STATEMENTS;
    const user = (await ask(userStatement))[0]?.[0] ?? '';
    // the server's own objects are the same in every database of one version
    const version = `${target}\0${/"serverVersion" ?: ?(\d+)/.exec(user)?.[1] ?? ''}`;
    let system = this.#systems.get(version);
    if (system === undefined) this.#systems.set(version, (system = (await ask(systemStatement))[0]?.[0] ?? ''));
    return [system, user];
  }

  #keep(target: string, fingerprint: string, parts: readonly [string, string]): Kept {
    const key = keyOf(target, fingerprint);
    const id = this.#nextId++;
    const catalog = decodeCatalog([...parts], id);
    const { columns, strict, unmatched } = closeProtection(catalog, this.#rulesOf(target));
    for (const { class: name, glob } of unmatched) this.#warnOf(target, name, glob);
    const knowledge: Knowledge = { id, catalog, protected: columns, strict };
    const kept: Kept = { key, knowledge, seen: { at: 0 }, users: 0 };
    this.#reader.learn(knowledge);
    return kept;
  }

  /** A mistyped entry masks nothing and looks like one that works: it is told once. */
  #warnOf(target: string, className: string, glob: string): void {
    const text = `protect: target ${target} has no column "${glob}" (class ${className}), so this entry masks nothing there; check its spelling`;
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#warn(text);
  }

  #stateOf(target: string): TargetState {
    let state = this.#targets.get(target);
    if (!state) this.#targets.set(target, (state = { version: 0 }));
    return state;
  }
}

function keyOf(target: string, fingerprint: string): string {
  return `${target}\0${fingerprint}`;
}

async function fingerprintBy(ask: Ask): Promise<string> {
  return (await ask(FINGERPRINT_STATEMENT))[0]?.[0] ?? '';
}
