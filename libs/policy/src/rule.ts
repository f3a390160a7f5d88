import type { EffectClass } from './operation.js';

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
  /** protected classes read (globs); `rows.over` only for results with more rows than that */
  readonly reads?: { readonly class: OneOrMany; readonly rows?: { readonly over: number } | undefined } | undefined;
  /** protected classes written (globs) */
  readonly writes?: { readonly class: OneOrMany } | undefined;
  /** globs by name of attribute; each must match */
  readonly attributes?: Readonly<Record<string, OneOrMany>> | undefined;
  /** globs over powers: the rule is about operations that have any, and one that allows must name all they have */
  readonly capabilities?: OneOrMany | undefined;
  readonly between?: Between | undefined;
}

/** How a hold is decided; durations in ms. */
export interface Approval {
  /** both left out: whoever holds the role of a reviewer */
  readonly reviewers: { readonly groups?: OneOrMany | undefined; readonly users?: OneOrMany | undefined };
  readonly quorum: number;
  readonly hold: number;
  readonly expires: number;
  /** how reviewers must have signed in: one of these `acr`, at most `within` ms ago */
  readonly stepUp?: { readonly acr?: OneOrMany | undefined; readonly within?: number | undefined } | undefined;
  /** `fresh` (default): a client waits inside a transaction block only while it did nothing but begin; `any`: always */
  readonly inTransaction?: 'fresh' | 'any' | undefined;
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
}
