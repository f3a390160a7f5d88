/** What one rule that held an operation asks of reviewers. Durations in ms. */
export interface Requirement {
  /** the rule */
  readonly rule: string;
  /** whoever owns the rule may not decide about it */
  readonly owner: string | null;
  readonly reviewers: { readonly groups: readonly string[]; readonly users: readonly string[] };
  /** distinct people */
  readonly quorum: number;
  /** how the reviewer must have signed in; null: any way */
  readonly stepUp: { readonly acr: readonly string[]; readonly within: number | null } | null;
  /** ms after which reviewers who have not answered are reminded; null or left out: never */
  readonly remind?: number | null;
}

/** What a hold wants before it lets go. */
export interface ApprovalDemand {
  /** of every rule that held: each must be met */
  readonly requirements: readonly Requirement[];
  /** ms a client waits for the answer: the shortest of the rules */
  readonly hold: number;
  /** ms an approval may be decided and then used: the shortest of the rules */
  readonly expires: number;
  /** the rules let a client wait inside a transaction block that did more than begin */
  readonly inTransaction: boolean;
}
