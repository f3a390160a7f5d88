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
}
