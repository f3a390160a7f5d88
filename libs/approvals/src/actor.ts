/** A person who asks or decides, as the record and the reviewers know them. */
export interface Actor {
  readonly iss: string;
  readonly sub: string;
  /** value of the configured user claim */
  readonly user: string;
}
