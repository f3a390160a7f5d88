import type { Requirement } from '@app/policy';

/** What only the protocol of an operation can say of what exactly is to run (evidence §7.1). */
export interface ProtocolBinding {
  /** database at the target; a cluster: its name in the configuration */
  readonly database: string;
  /** role or account the target is reached as, and as whom it impersonates */
  readonly role: string;
  /** exact bytes of the statement, or of method, path, query and body; argv and container of an exec */
  readonly statement: Uint8Array;
  /** exact bound values with types and formats, length-prefixed; empty: none */
  readonly parameters: Uint8Array;
  /** search_path and every other setting that changes what the statement means, by name */
  readonly settings: Readonly<Record<string, string>>;
  /** what the names mean now: relation OIDs with the hash of a view's definition, or UIDs of objects; sorted */
  readonly objects: readonly string[];
  /** hash of the masks in force */
  readonly masks: string;
}

/** Everything that is bound. Texts are hashed with the binding key before they get here. */
export interface OperationBinding {
  readonly tenant: string;
  readonly target: string;
  readonly protocol: string;
  readonly database: string;
  readonly role: string;
  /** keyed hash of the exact statement, hex */
  readonly statement: string;
  /** keyed hash of the exact parameters, hex */
  readonly parameters: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly objects: readonly string[];
  readonly iss: string;
  readonly sub: string;
  /** agents, outermost first */
  readonly act: readonly string[];
  readonly azp: string | null;
  /** a session id, or `*` */
  readonly session: string;
  readonly purpose: string | null;
  /** hash of the policy */
  readonly policy: string;
  /** whom the rules that hold it ask, which depends on the moment, the address and the estimate too */
  readonly requirements: readonly Requirement[];
  readonly masks: string;
  /** rows after which the rest of a result was held; null: held before it began */
  readonly rows: number | null;
}
