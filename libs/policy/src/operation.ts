/** What an operation does (design, "Words"). What cannot be read is `unknown`, never `read`. */
export type EffectClass = 'read' | 'write' | 'schema' | 'admin' | 'session' | 'connect' | 'unknown';

/** One thing asked of a target, as rules see it: no protocol in it. Immutable, so that decisions can be cached by identity. */
export interface Operation {
  readonly target: string;
  readonly protocol: 'postgres' | 'kubernetes';
  readonly effect: EffectClass;
  /** the command as people name it: `SELECT`, `CREATE TABLE`, `get` */
  readonly verb: string;
  /** every statement kind in it, lower case: `['select', 'delete']`, `['drop']`, `['truncate']` */
  readonly kinds: readonly string[];
  /** fully qualified, target first: `crm.public.customers` */
  readonly objects: readonly string[];
  /** protected classes it reads */
  readonly reads: readonly string[];
  /** protected classes it writes */
  readonly writes: readonly string[];
}
