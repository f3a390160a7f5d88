/** What an operation does (design, "Words"). What cannot be read is `unknown`, never `read`. */
export type EffectClass = 'read' | 'write' | 'schema' | 'admin' | 'session' | 'connect' | 'unknown';

/** How an operation lets its author learn of protected values that are not shown. */
export type OracleKind = 'equality' | 'predicate' | 'join' | 'ordering' | 'grouping' | 'evaluation';

/** One such use of one protected class. */
export interface Oracle {
  readonly kind: OracleKind;
  readonly class: string;
}

/** One thing asked of a target, as rules see it: no protocol in it. Immutable, so that decisions can be cached by identity. */
export interface Operation {
  readonly target: string;
  /** name of the protocol it came by, for the record; no rule asks for it */
  readonly protocol: string;
  readonly effect: EffectClass;
  /** the command as people name it: `SELECT`, `CREATE TABLE`, `get` */
  readonly verb: string;
  /** every statement kind in it, lower case: `['select', 'delete']`, `['drop']`, `['truncate']` */
  readonly kinds: readonly string[];
  /** fully qualified, target first: `crm.public.customers`; a `*` in it stands for what could be anything */
  readonly objects: readonly string[];
  /**
   * those of the {@link objects} that a write only reads: rules for reading are asked about them. Left out: what it does it may do to
   * all of them. Asked for of writes and of what is the session's own only
   */
  readonly onlyReads?: readonly string[];
  /** with {@link onlyReads}: it reads what it writes by a query of its own, so that a rule has to let it do both; left out: it does not */
  readonly readsWritten?: boolean;
  /** protected classes it reads */
  readonly reads: readonly string[];
  /** protected classes it writes */
  readonly writes: readonly string[];
  /**
   * protected classes that decide which rows it touches, in conditions, joins and orders; left out: not known. Such an operation
   * escapes no rule that denies or holds by them, and is covered by none that allows by them
   */
  readonly filters?: readonly string[];
  /** how it lets its author learn of protected values without showing them, each once; left out: not known, with the same consequence */
  readonly oracles?: readonly Oracle[];
  /** clauses it could have and has not: `where`, `limit`; empty: none; left out: not known, with the same consequence */
  readonly missing?: readonly string[];
  /**
   * What else rules may ask for, by name; the value `*` stands for what could be anything. `family:*` speaks for every name of a
   * family that is not listed. A name that is absent does not apply to the operation.
   */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** rows of the result as the target's planner estimates them; null: not estimated */
  readonly rows?: number | null;
  /** powers that reach further than the operation itself: a rule that allows has to name each */
  readonly capabilities: readonly string[];
}
