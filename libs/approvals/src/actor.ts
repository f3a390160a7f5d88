/** A person who asks or decides, as the record and the reviewers know them. */
export interface Actor {
  readonly iss: string;
  readonly sub: string;
  /** value of the configured user claim */
  readonly user: string;
}

/** Who asks: the person with the chain of agents acting for them. */
export interface Requester extends Actor {
  readonly groups: readonly string[];
  /** agents, outermost first; empty: none */
  readonly act: readonly string[];
  readonly azp: string | null;
  readonly purpose: string | null;
}
