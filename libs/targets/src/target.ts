import type { Secret } from '@app/platform';

/** How the TLS connection to a target is checked, as libpq names it. */
export type TargetTls = 'verify-full' | 'verify-ca' | 'require' | 'disable';

/** How many masked rows of each result the record keeps. */
export type RecordingLevel = 'none' | 'all' | { readonly first: number };

/** Where a PostgreSQL target is and how its server is checked. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly tls: TargetTls;
  /** PEM certificates that sign the server's; absent: the system's */
  readonly ca?: string | undefined;
  /** version of the protocol the server is asked for; absent: 3.0 */
  readonly protocol?: '3.0' | '3.2' | undefined;
}

/** What the gateway logs in with; no client ever sees it. Printed or serialised, the password is `[redacted]`. */
export interface TargetCredential {
  readonly user: string;
  /** null: the server asks for none */
  readonly password: Secret | null;
}

/** How a cluster sees the people behind its requests. */
export type ClusterIdentity = 'auto' | 'impersonate' | 'service-account';

/** Where a Kubernetes target is and as whom it is reached. */
export interface KubernetesAddress {
  /** text of a kubeconfig: server, certificates, credential */
  readonly kubeconfig: Secret;
  /** its context; absent: the current one */
  readonly context?: string | undefined;
  readonly identity: ClusterIdentity;
  /** host names that lead here without a path prefix */
  readonly hosts: readonly string[];
}

interface AnyTarget {
  /** what clients give as database name, or in the path */
  readonly name: string;
  /** when a result may be released: its record is on the disk, or handed to the operating system */
  readonly release: 'durable' | 'written';
  readonly record: RecordingLevel;
}

/** One PostgreSQL database behind the gateway, with the credential it is reached by. Immutable. */
export interface PostgresTarget extends AnyTarget {
  readonly kind: 'postgres';
  readonly postgres: PostgresAddress;
  readonly credential: TargetCredential;
}

/** One Kubernetes cluster behind the gateway. Immutable. */
export interface KubernetesTarget extends AnyTarget {
  readonly kind: 'kubernetes';
  readonly kubernetes: KubernetesAddress;
}

/** One database or cluster behind the gateway. */
export type Target = PostgresTarget | KubernetesTarget;
