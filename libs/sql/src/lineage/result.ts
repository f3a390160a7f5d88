import type { MaskingRefusal, ObjectReference, OracleUse, OutputColumn } from '../description.js';
import type { KnowledgeIndex } from '../resolve.js';

/** What a statement is traced against. */
export interface LineageContext {
  readonly index: KnowledgeIndex;
  /** schemas in the order the server searches them for relations, implicit ones included; null: unknown */
  readonly searchPath: readonly string[] | null;
  /** the text is what the server printed of a definition: its names are bound, whatever comes before them in the path later on */
  readonly bound?: true;
}

/** Every relation a statement names, resolved, each once, in order of appearance; names that resolve to nothing as written. */
export interface NamedRelations {
  readonly objects: readonly ObjectReference[];
  readonly unresolved: readonly string[];
}

/** What lineage proves of one statement. */
export interface LineageResult extends NamedRelations {
  /** `clean`: no protected relation is named · `touches`: one is, errors are scrubbed · `refused`: not proven, see `refusal` */
  readonly lineage: 'clean' | 'touches' | 'refused';
  /** one per result column in order; null: no rows, an unknown number of columns, or refused */
  readonly outputs: readonly OutputColumn[] | null;
  /** names of these columns; null with them */
  readonly names: readonly string[] | null;
  readonly refusal: MaskingRefusal | null;
  /** protected classes read, by outputs, predicates or counts; sorted */
  readonly reads: readonly string[];
  /** protected classes written; sorted */
  readonly writes: readonly string[];
  /** protected classes compared with to choose rows; sorted; null: refused, so not all is known */
  readonly filters: readonly string[] | null;
  /** uses that let the author learn of values that are not shown, in order of appearance, each (kind, class) once */
  readonly oracles: readonly OracleUse[];
  /** $n compared with, or written to, a protected column, by number; of a refused statement those found so far */
  readonly protectedParameters: readonly { readonly number: number; readonly class: string }[];
  /** UTF-8 byte offsets, in the whole text, of the constants written to a protected column; of a refused statement those found so far */
  readonly protectedLiterals: readonly { readonly location: number; readonly class: string }[];
}
