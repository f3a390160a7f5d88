import type { EffectClass, OracleKind } from './operation.js';

/** What a rule does when it matches. */
export type RuleEffect = 'allow' | 'deny' | 'hold';

/** Day on which a time window begins. */
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** One text or several of which one must match. */
export type OneOrMany = string | readonly string[];

/** Who a rule is about: everything given must match. */
export interface Who {
  /** compared byte for byte */
  readonly groups?: OneOrMany | undefined;
  /** globs over the user claim */
  readonly users?: OneOrMany | undefined;
  /** globs over the agents that act for the person */
  readonly agents?: OneOrMany | undefined;
  /** globs over the purpose */
  readonly purposes?: OneOrMany | undefined;
  /** globs over claims that the configuration takes from the token, by name of claim; each must match */
  readonly claims?: Readonly<Record<string, OneOrMany>> | undefined;
  /** how the person signed in: one of these `acr`, at most `within` ms ago */
  readonly strength?: Strength | undefined;
  /** the client's address lies in one of these: `10.0.0.0/8`, `2001:db8::/32`, or one address */
  readonly networks?: OneOrMany | undefined;
}

/** How somebody must have signed in; everything given must hold. */
export interface Strength {
  /** one of these, byte for byte */
  readonly acr?: OneOrMany | undefined;
  /** ms */
  readonly within?: number | undefined;
}

/** A daily window of wall-clock time; `to` before `from` reaches into the next day. */
export interface Between {
  /** `09:00`, included */
  readonly from: string;
  /** `17:00`, not included; `24:00` is the end of the day */
  readonly to: string;
  /** IANA name; UTC when left out */
  readonly timezone?: string | undefined;
  /** days on which the window begins; every day when left out */
  readonly days?: readonly Weekday[] | undefined;
}

/** What a rule is about: everything given must match. */
export interface On {
  /** globs over names of targets */
  readonly target: OneOrMany;
  readonly does?: readonly EffectClass[] | undefined;
  /** statement kinds, lower case: `drop` */
  readonly statements?: OneOrMany | undefined;
  /** globs over `target.schema.table` */
  readonly objects?: OneOrMany | undefined;
  /** protected classes read (globs); `rows.over` only for results with more rows than that, of whatever where no class is given */
  readonly reads?:
    { readonly class?: OneOrMany | undefined; readonly rows?: { readonly over: number } | undefined } | undefined;
  /** protected classes written (globs) */
  readonly writes?: { readonly class: OneOrMany } | undefined;
  /** protected classes that decide which rows are touched: conditions, joins, orders (globs) */
  readonly filters?: { readonly class: OneOrMany } | undefined;
  /** uses by which its author learns of protected values without being shown them: of these classes (globs), of these kinds */
  readonly oracles?:
    | { readonly class?: OneOrMany | undefined; readonly kind?: OracleKind | readonly OracleKind[] | undefined }
    | undefined;
  /** clauses it could have and has not */
  readonly missing?: Clause | readonly Clause[] | undefined;
  /** globs by name of attribute; each must match */
  readonly attributes?: Readonly<Record<string, OneOrMany>> | undefined;
  /** globs over powers: the rule is about operations that have any, and one that allows must name all they have */
  readonly capabilities?: OneOrMany | undefined;
  readonly between?: Between | undefined;
}

/** A clause that bounds what a statement touches. */
export type Clause = 'where' | 'limit';

/** How much of a result the record keeps: no rows, all, or the first so many, masked. */
export type RecordLevel = 'none' | 'all' | { readonly first: number };

/** What an operation that a rule lets pass is bound to; of several rules the smallest holds. */
export interface Limits {
  /** rows of a result that leave; past them the rest is refused */
  readonly rows?: number | undefined;
  /** bytes of a result that leave, as the client gets them */
  readonly bytes?: number | undefined;
  /** ms that the target may work on a statement */
  readonly statementTimeout?: number | undefined;
  /** the transaction it runs in may change nothing */
  readonly readOnly?: boolean | undefined;
}

/** How a hold is decided; durations in ms. */
export interface Approval {
  /** both left out: whoever holds the role of a reviewer */
  readonly reviewers: { readonly groups?: OneOrMany | undefined; readonly users?: OneOrMany | undefined };
  readonly quorum: number;
  readonly hold: number;
  readonly expires: number;
  /** how reviewers must have signed in: one of these `acr`, at most `within` ms ago */
  readonly stepUp?: Strength | undefined;
  /** `fresh` (default): a client waits inside a transaction block only while it did nothing but begin; `any`: always */
  readonly inTransaction?: 'fresh' | 'any' | undefined;
  /** after how long reviewers who have not answered are reminded */
  readonly remind?: number | undefined;
}

/** One rule of the configuration, as read. */
export interface Rule {
  /** unique; said in refusals and kept in the record */
  readonly name: string;
  /** left out: everyone */
  readonly who?: Who | undefined;
  readonly on: On;
  readonly effect: RuleEffect;
  /** what a refused person or agent is told */
  readonly message?: string | undefined;
  /** whom to ask about the rule */
  readonly owner?: string | undefined;
  readonly approval?: Approval | undefined;
  /** of rules that allow or hold */
  readonly limits?: Limits | undefined;
  /** of rules that allow or hold; the loudest of the rules and the target's own */
  readonly record?: RecordLevel | undefined;
}
