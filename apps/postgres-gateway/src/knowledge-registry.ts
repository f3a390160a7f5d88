import { allowFunctions, closeProtection, type FunctionRule, type Knowledge, type ProtectionRule } from '@app/sql';
import { functionProblem } from '@app/targets';
import {
  CATALOG_STATEMENTS,
  decodeCatalog,
  decodeFunctions,
  DEFINITIONS_STATEMENT,
  FINGERPRINT_STATEMENT,
  functionsStatement,
  readStanding,
  type Standing,
  STANDING_STATEMENT,
} from './catalog-query.js';
import type { RememberedColumns } from './bound-columns.js';
import type { Ask } from './question.js';

/** A catalog is compared again after this long, ms: the window in which another session's DDL may go unseen (docs/limits.md). */
const FRESH_MS = 5_000;
/** Views that could not be printed since somebody was changing what they read are asked for again after this long, ms. */
const AGAIN_MS = 15_000;
/** Attempts to read a catalog while others change it. */
const LOADS = 5;
/** Knowledge nobody uses at present, kept for sessions to come. */
const UNUSED = 16;

interface Kept {
  key: string;
  readonly knowledge: Knowledge;
  readonly seen: Seen;
  users: number;
  /** views were left out because something was being changed: read again after this, ms; null: there is no need */
  readonly again: number | null;
}

/** When a session last found the catalog to look like this, ms; shared by all whose catalog does. */
export interface Seen {
  at: number;
}

/** What one comparison of a catalog found. */
interface Compared {
  readonly fingerprint: string;
  /** {@link Standing.snapshot} at that moment */
  readonly snapshot: string;
  /** {@link Standing.place} of who compared */
  readonly place: string;
}

/** Answers of the target to what knowledge is made of. */
interface Read {
  readonly parts: readonly string[];
  readonly functions: string;
}

interface TargetState {
  version: number;
  /** the last comparison, by {@link Standing.place} */
  readonly latest: Map<string, Compared>;
}

/** Knowledge that a session goes by from now on. */
export interface CurrentKnowledge {
  readonly knowledge: Knowledge;
  readonly fingerprint: string;
  /** {@link Standing.place} of who compared */
  readonly place: string;
  readonly version: number;
  readonly seen: Seen;
}

/** Compares for several sessions at once. */
export interface SharedComparison {
  /** what a comparison found that began after this was asked; null: nobody compares for others now */
  compared(): Promise<CurrentKnowledge | null>;
}

/** Places remembered per target: servers, roles. */
const PLACES = 64;

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
  readonly #remembered: RememberedColumns;
  readonly #functionsOf: (target: string) => readonly FunctionRule[];
  #nextId = 1;

  /**
   * @param tellOthers tells the other worker processes that a catalog is being changed
   * @param warn tells the operator what is wrong with the configuration
   * @param remembered what rules meant by name before
   * @param functionsOf functions of users that may be called at a target; left out: none
   */
  constructor(
    reader: KnowledgeReader,
    rulesOf: (target: string) => readonly ProtectionRule[],
    now: () => number,
    tellOthers: (target: string) => void,
    warn: (text: string) => void,
    remembered: RememberedColumns,
    functionsOf: (target: string) => readonly FunctionRule[] = () => [],
  ) {
    this.#reader = reader;
    this.#rulesOf = rulesOf;
    this.#now = now;
    this.#tellOthers = tellOthers;
    this.#warn = warn;
    this.#remembered = remembered;
    this.#functionsOf = functionsOf;
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
   * Knowledge for a session that begins; the caller owns one use of it until {@link release}. One cheap question tells whether the
   * catalog can have changed since somebody compared it. If so it is compared now, for all who wait for that by one connection of the
   * gateway's own; without that connection by the session itself.
   */
  async begin(
    target: string,
    ask: Ask,
    watch: SharedComparison | null,
  ): Promise<CurrentKnowledge & { readonly standing: Standing }> {
    const state = this.#stateOf(target);
    const { version } = state;
    const since = this.#now();
    const standing = readStanding((await ask(STANDING_STATEMENT))[0]);
    const { place, snapshot, temporary } = standing;
    const latest = state.latest.get(place);
    const quiet = latest !== undefined && snapshot !== '' && latest.snapshot === snapshot;
    let kept = quiet ? this.#whole(keyOf(target, latest.fingerprint)) : undefined;
    if (kept === undefined && !temporary) {
      const shared = (await watch?.compared()) ?? null;
      if (shared?.place === place) kept = this.#whole(keyOf(target, shared.fingerprint));
    }
    if (kept === undefined) return { ...(await this.current(target, ask, null)), standing };
    return { ...this.#use(target, kept, place, since, version), standing };
  }

  /**
   * Knowledge of what this session sees now; the caller owns one use of it until {@link release}.
   * @param previous fingerprint the session saw last; null: none
   * @param alone nobody goes on meanwhile by what was known before
   */
  async current(target: string, ask: Ask, previous: string | null, alone = false): Promise<CurrentKnowledge> {
    const state = this.#stateOf(target);
    // one session compares, the others that saw the same go on meanwhile
    const since = this.#now();
    const before = previous === null || alone ? undefined : this.#kept.get(keyOf(target, previous));
    if (before) before.seen.at = since;
    // a change that others tell of while the target compares may not be in its answer
    let { version } = state;
    let { fingerprint, place } = await this.#compare(state, ask);
    // others compare too, each with what it saw itself: temporary tables make sessions differ
    const known = this.#whole(keyOf(target, fingerprint)) !== undefined;
    if (previous === null ? !known : previous !== fingerprint) {
      state.version += 1;
      version += 1;
    }
    let kept = this.#whole(keyOf(target, fingerprint));
    for (let i = 0; kept === undefined; i++) {
      if (i === LOADS) throw new Error('the catalog changes faster than it can be read');
      const read = await this.#read(target, ask);
      // what was read belongs to this fingerprint only if nothing changed meanwhile: dropped again, a table would stay known for good
      ({ version } = state);
      const after = await this.#compare(state, ask);
      if (after.fingerprint === fingerprint)
        kept = this.#whole(keyOf(target, fingerprint)) ?? this.#keep(target, fingerprint, read);
      ({ fingerprint, place } = after);
      kept ??= this.#whole(keyOf(target, fingerprint));
    }
    return this.#use(target, kept, place, since, version);
  }

  /** What is kept and not worth reading again. */
  #whole(key: string): Kept | undefined {
    const kept = this.#kept.get(key);
    return kept === undefined || (kept.again !== null && kept.again <= this.#now()) ? undefined : kept;
  }

  #use(target: string, kept: Kept, place: string, since: number, version: number): CurrentKnowledge {
    kept.users += 1;
    kept.seen.at = Math.max(kept.seen.at, since);
    this.#kept.delete(kept.key);
    this.#kept.set(kept.key, kept);
    const fingerprint = kept.key.slice(target.length + 1);
    return { knowledge: kept.knowledge, fingerprint, place, version, seen: kept.seen };
  }

  async #compare(state: TargetState, ask: Ask): Promise<Compared> {
    const [row] = await ask(FINGERPRINT_STATEMENT);
    const compared = { fingerprint: row?.[0] ?? '', snapshot: row?.[1] ?? '', place: row?.[2] ?? '' };
    state.latest.delete(compared.place);
    state.latest.set(compared.place, compared);
    for (const oldest of state.latest.keys()) {
      if (state.latest.size <= PLACES) break;
      state.latest.delete(oldest);
    }
    return compared;
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

  /** @returns the two parts of the catalog, where something is protected the definitions too; and the functions that rules are about */
  async #read(target: string, ask: Ask): Promise<Read> {
    const [systemStatement, userStatement] = CATALOG_STATEMENTS;
    const user = (await ask(userStatement))[0]?.[0] ?? '';
    // the server's own objects are the same in every database of one version
    const version = `${target}\0${/"serverVersion" ?: ?(\d+)/.exec(user)?.[1] ?? ''}`;
    let system = this.#systems.get(version);
    if (system === undefined) this.#systems.set(version, (system = (await ask(systemStatement))[0]?.[0] ?? ''));
    const allowed = this.#functionsOf(target);
    const functions = allowed.length === 0 ? '[]' : ((await ask(functionsStatement(allowed)))[0]?.[0] ?? '[]');
    if (this.#rulesOf(target).length === 0) return { parts: [system, user], functions };
    return { parts: [system, user, (await ask(DEFINITIONS_STATEMENT))[0]?.[0] ?? ''], functions };
  }

  #keep(target: string, fingerprint: string, { parts, functions }: Read): Kept {
    const key = keyOf(target, fingerprint);
    const id = this.#nextId++;
    const catalog = decodeCatalog(parts, id);
    const place = { target, databaseOid: catalog.databaseOid };
    const rules = this.#rulesOf(target);
    const meant = rules.length === 0 ? [] : this.#remembered.of(place);
    const { columns, strict, unmatched, renamed, bound } = closeProtection(catalog, rules, meant);
    this.#remembered.add(place, bound);
    for (const { class: name, glob } of unmatched)
      this.#warnOnce(
        `protect: target ${target} has no column "${glob}" (class ${name}), so nothing is masked by that name; check its spelling`,
      );
    for (const { class: name, glob, now } of renamed)
      this.#warnOnce(
        `protect: at target ${target} "${glob}" (class ${name}) is now called "${now}"; it stays masked, but write the new name into the configuration`,
      );
    const { allowed, problems } = allowFunctions(this.#functionsOf(target), decodeFunctions(functions));
    for (const problem of problems) this.#warnOnce(`functions: ${functionProblem(target, problem).what}`);
    const knowledge: Knowledge = {
      id,
      catalog,
      protected: columns,
      strict,
      ...(allowed.length > 0 && { functions: allowed }),
    };
    const again = catalog.definitions?.incomplete === true ? this.#now() + AGAIN_MS : null;
    const kept: Kept = { key, knowledge, seen: { at: 0 }, users: 0, again };
    this.#reader.learn(knowledge);
    const before = this.#kept.get(key);
    // those that use it go on to do so until they compare
    if (before) this.#kept.set((before.key = `${key}\0${before.knowledge.id}`), before);
    this.#kept.delete(key);
    return kept;
  }

  /** A mistyped entry masks nothing and looks like one that works: it is told once. */
  #warnOnce(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.#warn(text);
  }

  #stateOf(target: string): TargetState {
    let state = this.#targets.get(target);
    if (!state) this.#targets.set(target, (state = { version: 0, latest: new Map() }));
    return state;
  }
}

function keyOf(target: string, fingerprint: string): string {
  return `${target}\0${fingerprint}`;
}
