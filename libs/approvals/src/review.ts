/** What a reviewer is shown of an operation; protected literals are masked before they get here. */
export interface Review {
  readonly target: string;
  readonly protocol: string;
  readonly effect: string;
  readonly verb: string;
  /** whole statement, or method, path and body; invisible and bidirectional characters escaped */
  readonly statement: string;
  /** rendered JSON of bound values or of the masked body */
  readonly parameters: readonly string[];
  readonly objects: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** by the planner; null: not estimated */
  readonly estimatedRows: number | null;
  /** what a server-side dry run would change, masked; null: not made */
  readonly diff: string | null;
  /** what else a reviewer has to know, whole sentences */
  readonly notes: readonly string[];
  readonly requester: { readonly user: string; readonly sub: string; readonly iss: string };
  readonly act: readonly string[];
  readonly purpose: string | null;
  readonly rules: readonly string[];
  /** rows that have left already, of a result held on its way; null: nothing ran yet */
  readonly rowsOut: number | null;
}

/** What the protocol contributes to a {@link Review}. */
export type ReviewedOperation = Pick<Review, 'statement' | 'parameters' | 'estimatedRows' | 'diff' | 'notes'>;
