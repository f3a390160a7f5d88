/** Effect of a statement (design §5, "Effect classes of SQL"). `read` is proven, never assumed. */
export type StatementEffect = 'read' | 'write' | 'schema' | 'admin' | 'session' | 'unknown';

/** What a statement does to the transaction block, if that is all it does. */
export type TransactionVerb =
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release'
  | 'rollback-to'
  | 'prepare'
  | 'commit-prepared'
  | 'rollback-prepared';

/** A relation a statement names, resolved by the search path as the server does it. */
export interface ObjectReference {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
}

/**
 * What one output column is proven to be, from the least to the most: `clean` touches no protected column; `column` is exactly one
 * protected column, unchanged, so the mask of its class applies; `derived` is computed from protected columns of these classes, so the
 * full mask of the announced type applies; `definition` is text that the server prints of a definition, whose literals may be anything;
 * `opaque` is not known, so it is NULL.
 */
export type OutputColumn =
  | {
      readonly taint: 'clean';
      /** the base column it is, where it is exactly one: RowDescription must then name it or nothing */
      readonly source: { readonly relationOid: number; readonly attnum: number } | null;
    }
  | {
      readonly taint: 'column';
      readonly relationOid: number;
      readonly attnum: number;
      readonly class: string;
      /** its values come unchanged, perhaps among clean ones or others of the class, but the target names no column for them */
      readonly anonymous?: true;
      /** among its values may be some that the author of the statement chose: what a mask makes of those tells which values are equal */
      readonly mixed?: true;
    }
  | {
      readonly taint: 'derived';
      /** sorted, each once, at least one */
      readonly classes: readonly string[];
    }
  | {
      readonly taint: 'definition';
      /** nothing but a single name is shown: the double quotes around a longer text may be gone */
      readonly names?: true;
    }
  | { readonly taint: 'opaque' };

/**
 * How a statement lets its author learn something of a protected value that is not shown. `equality`: compared with a bound parameter ·
 * `predicate`: any other condition that chooses rows · `join`: compared with another column · `ordering` · `grouping`: GROUP BY,
 * DISTINCT, set operations that compare, partitions of windows · `evaluation`: computed in a way whose errors, effects, time or number
 * of rows depend on the value.
 */
export type OracleKind = 'equality' | 'predicate' | 'join' | 'ordering' | 'grouping' | 'evaluation';

/** One such use of protected columns in a statement. */
export interface OracleUse {
  readonly kind: OracleKind;
  /** protected classes that are used so; sorted, at least one */
  readonly classes: readonly string[];
  /** said to the author when policy refuses this kind; without any value */
  readonly refusal: MaskingRefusal;
  /** how many conditions, orders, … of the statement are such uses: each is an answer of its own; left out: one */
  readonly times?: number;
}

/** A value on its way into a protected column, as the statement has it. */
export interface WrittenValue {
  readonly relationOid: number;
  readonly attnum: number;
  /** `schema.table.column` */
  readonly column: string;
  readonly class: string;
  /** of the column */
  readonly typeOid: number;
  readonly typmod: number;
  /** the row may have been there before: UPDATE, MERGE, ON CONFLICT DO UPDATE */
  readonly replaces: boolean;
  /** it is the value that is written; otherwise one of those that it is made from, or may be */
  readonly direct: boolean;
  /** a constant as the type's input function takes it (null: NULL), or the value of $n */
  readonly value: { readonly literal: string | null } | { readonly parameter: number };
}

/** Why a statement cannot pass on a target with protected columns, and what would pass instead. */
export interface MaskingRefusal {
  /** one sentence naming the construct and the place, without any value: `"upper(email)" computes from the protected column public.users.email` */
  readonly reason: string;
  /** what to do: `Select the column itself; it arrives masked.` */
  readonly hint: string;
}

/** A protocol feature that this build refuses: the gateway's answer names it. */
export type Unsupported =
  'copy-server' | 'copy-encoding' | 'prepared-transactions' | 'large-object' | 'load' | 'replication';

/** How the stream of a COPY is written, as its options say. */
export interface CopyShape {
  readonly format: 'text' | 'csv' | 'binary';
  /** the first line holds names instead of values */
  readonly header: boolean;
  /** one ASCII character */
  readonly delimiter: string;
  /** what stands for NULL; in CSV only without quotes */
  readonly null: string;
  /** one ASCII character; CSV only, as the two that follow */
  readonly quote: string;
  readonly escape: string;
  /** columns whose values are quoted whether they need it or not */
  readonly forceQuote: 'all' | readonly string[];
}

/** A column that a COPY moves. */
export interface CopyColumn {
  readonly name: string;
  /** 0: not known */
  readonly typeOid: number;
  /** type modifier, -1: none */
  readonly typmod: number;
  /** class of a protected column; null: it is none */
  readonly class: string | null;
  /** computed from protected columns, or not known: its type is not told in a COPY, so it is NULL in every row */
  readonly hidden?: true;
}

/** A COPY between server and client. */
export interface CopyDescription {
  /** `out`: the server sends rows; `in`: the client does */
  readonly does: 'in' | 'out';
  /** null: the options are not understood; the server may refuse them too */
  readonly shape: CopyShape | null;
  /** in the order of the stream; null: not known */
  readonly columns: readonly CopyColumn[] | null;
}

/** One statement of a text, described. Plain data: it crosses from the worker to the gateway. */
export interface StatementDescription {
  /** command as people and tags name it: `SELECT`, `CREATE TABLE`, `SET` */
  readonly verb: string;
  /** every statement kind inside, lower case, data-modifying CTEs and the inner statement of EXPLAIN ANALYZE included: `['select','delete']`; first word of DDL: `drop`, `create`, `alter`, `truncate` */
  readonly kinds: readonly string[];
  readonly effect: StatementEffect;
  /** proven to change nothing but this session's own state (reads, BEGIN, SHOW, SET, a cursor over a read): forwarded before its intent is durable. COMMIT and ROLLBACK are harmless here; the gateway adds what the block wrote */
  readonly harmless: boolean;
  readonly transaction: TransactionVerb | null;
  /** name of the savepoint it sets, releases or goes back to; left out: none */
  readonly savepoint?: string;
  /** what it may change of how later names are resolved */
  readonly changes: { readonly searchPath: boolean; readonly catalog: boolean };
  /** relations named anywhere in it, resolved, each once; unresolved names are in `unresolved` */
  readonly objects: readonly ObjectReference[];
  readonly unresolved: readonly string[];
  /**
   * OIDs of those of the {@link objects} that a write only reads (FROM, USING, subqueries), proven; left out: none, or not told apart
   * (it locks rows, or runs code that is not known)
   */
  readonly onlyReads?: readonly number[];
  /** with {@link onlyReads}: a relation that it writes it also names to read it; left out: none */
  readonly readsWritten?: boolean;
  /** whether a result set (RowDescription) is expected */
  readonly returnsRows: boolean;
  /**
   * `unchecked`: target without protection. `clean`: nothing protected is touched, error texts pass. `touches`: protected columns are
   * named (outputs tell the masks), errors are scrubbed. `refused`: see `refusal`.
   */
  readonly lineage: 'unchecked' | 'clean' | 'touches' | 'refused';
  /** one per result column in order when lineage is `clean` or `touches` and rows are returned and their number is known, otherwise null */
  readonly outputs: readonly OutputColumn[] | null;
  readonly refusal: MaskingRefusal | null;
  /** protected classes read (also by predicates) and written */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** protected classes that decide which rows it touches; null: not known */
  readonly filters: readonly string[] | null;
  /**
   * how it lets its author learn of protected values that are not shown, in order of appearance, each (kind, class) once; policy says
   * which kinds pass. Empty where lineage is `unchecked` or `clean`; of a refused statement those found so far
   */
  readonly oracles: readonly OracleUse[];
  /** values on their way into protected columns; left out: none, or the statement is refused */
  readonly written?: readonly WrittenValue[];
  /** clauses it could have and has not: `where`, `limit`; null: not known */
  readonly missing: readonly string[] | null;
  /** names of called functions that are not part of the server, sorted */
  readonly calls: readonly string[];
  /**
   * numbers n of $n that the record and reviewers do not see: compared with, or written to, a protected column; all of them where that
   * is not proven, or where they are keys and connection strings
   */
  readonly protectedParameters: readonly number[];
  /** classes of these, in the same order; null: not known */
  readonly parameterClasses: readonly (string | null)[];
  /** what the record must not have of its answer: error messages quote the statement, a plan or a decrypted value shows its keys */
  readonly withholds: 'nothing' | 'messages' | 'messages-and-rows';
  /** SQL cursors: names as the server folds them; `*` all */
  readonly cursor: { readonly does: 'declare' | 'fetch' | 'close'; readonly name: string } | null;
  /** SQL-level prepared statements: names as the server folds them; `*` all */
  readonly prepared: { readonly does: 'prepare' | 'execute' | 'deallocate'; readonly name: string } | null;
  /** DECLARE CURSOR and PREPARE on a protected target: what they store under the name; left out: nothing, or it is refused */
  readonly stored?: StoredStatement;
  /** EXECUTE on a protected target: constants in each of its values; left out: it is none, or it is refused */
  readonly given?: readonly (readonly GivenValue[])[];
  /** settings it writes (SET, RESET, set_config with constant arguments), names in lower case; value null: default or unknown; `*` all */
  readonly settings: readonly { readonly name: string; readonly value: string | null; readonly local: boolean }[];
  /** COPY TO STDOUT and FROM STDIN; null: anything else */
  readonly copy: CopyDescription | null;
  readonly unsupported: Unsupported | null;
  /** the statement for the record: literals of protected columns, passwords, connection strings and key arguments replaced by `'***'`, with the class where it is known (`'*** email'`); exact otherwise */
  readonly recordText: string;
  /** the statement with every literal replaced by `?`, comments dropped, white space folded, at most 4 KiB */
  readonly strippedText: string;
}

/** A constant in a value of EXECUTE. */
export interface GivenValue {
  /** as the type's input function takes it; null: NULL */
  readonly literal: string | null;
  /** it is the value, not a part of what the value is computed from */
  readonly direct: boolean;
}

/** A statement that is stored under a name. */
export interface StoredStatement {
  /** the text that stores it: described again it says what the name means by then */
  readonly text: string;
  /** the statement itself */
  readonly statement: StatementDescription;
  /** WITH HOLD: the cursor outlives its transaction */
  readonly holds: boolean;
}

/** A text (one Query or Parse) described; `statements` is empty for an empty or comment-only text. */
export interface TextDescription {
  readonly statements: readonly StatementDescription[];
  /** the text does not parse: the server would refuse it too; it is never forwarded where anything is protected */
  readonly error: {
    readonly message: string;
    /** 1-based character position, 0: none */ readonly position: number;
  } | null;
}

/** What a text is described against. The cache key is (text, knowledge id, search path). */
export interface DescribeContext {
  readonly knowledgeId: number;
  /** schema names in the order the server searches them for relations, implicit `pg_temp` and `pg_catalog` included; null: unknown (unqualified names are then unresolved) */
  readonly searchPath: readonly string[] | null;
}
