/** What of a request's attributes decides how its body is read. `group` is '' (or 'core') for the legacy group. */
export interface RequestInfoLike {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Whether the query asks for a dry run, whose answer shows the object that would be. */
  readonly dryRun?: boolean;
  /** Whether answers mask fields of this resource: nothing that a patch copies is then known to be free of them. */
  readonly protects?: boolean;
}

/** What a request's body says, as far as a decision, the record and the write-back guard need it. */
export interface BodyFacts {
  /** How the body is written; `none` when it is empty, `other` when it is nothing this gateway reads. */
  readonly kind: 'none' | 'json' | 'yaml' | 'protobuf' | 'other';
  readonly apiVersion: string | null;
  readonly objectKind: string | null;
  /** `metadata.name`; null when the body names nothing, as with `generateName` and most patches. */
  readonly name: string | null;
  readonly namespace: string | null;
  /** Labels of a whole object, or those a patch sets; null when the body does not speak of labels or is unreadable. */
  readonly labels: Readonly<Record<string, string>> | null;
  /** Powers that this body asks for beyond the request's own (`use-secret`, `host-access`, ...), sorted. */
  readonly capabilities: readonly string[];
  /** Where a mask of this gateway stands: paths such as `data.password`, else `offset N` (bytes). At most 20. */
  readonly marks: readonly string[];
  /** False when the body cannot be read as the API server would: the request is then to be refused. */
  readonly readable: boolean;
  /**
   * Of DeleteOptions: whether they ask for a dry run. The API server ignores the query's `dryRun` of a DELETE that has
   * a body. Null when the body holds no DeleteOptions.
   */
  readonly dryRun?: boolean | null;
  /** Set for patches of Secrets: the record shows none of their strings. */
  readonly hidden?: boolean;
}
