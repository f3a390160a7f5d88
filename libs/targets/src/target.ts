import type { Secret } from '@app/platform';

/** How the TLS connection to a target is checked, as libpq names it. */
export type TargetTls = 'verify-full' | 'verify-ca' | 'require' | 'disable';

/** How many masked rows of each result the record keeps. */
export type RecordingLevel = 'none' | 'all' | { readonly first: number };

/** How the gateway may prove a password to the server of a target. */
export type PasswordMethod = 'scram-sha-256' | 'password' | 'md5';

/** One server of a target, as the configuration names it. */
export interface PostgresHost {
  readonly host: string;
  readonly port: number;
}

/** Which server of several will do. */
export type TargetSession = 'any' | 'read-write' | 'standby' | 'prefer-standby';

/** Where a PostgreSQL target is and how its server is checked. */
export interface PostgresAddress extends PostgresHost {
  /** several servers of one database, the one named above first; absent: it is the only one */
  readonly hosts?: readonly PostgresHost[] | undefined;
  /** absent: any */
  readonly targetSession?: TargetSession | undefined;
  /** order in which servers are tried: as named, or another one for each session; absent: as named */
  readonly loadBalance?: 'disable' | 'random' | undefined;
  readonly database: string;
  readonly tls: TargetTls;
  /** PEM certificates that sign the server's; absent: the system's */
  readonly ca?: string | undefined;
  /** what the gateway itself shows the server, PEM; absent: nothing */
  readonly client?: { readonly certificate: Secret; readonly key: Secret } | undefined;
  /** name the server's certificate must have; absent: the host's */
  readonly serverName?: string | undefined;
  /** absent: 1.2 */
  readonly minVersion?: 'TLSv1.3' | undefined;
  /** `require`: nothing but SCRAM bound to the TLS connection; absent: bound where the server can */
  readonly channelBinding?: 'prefer' | 'require' | undefined;
  /** version of the protocol the server is asked for; absent: 3.0 */
  readonly protocol?: '3.0' | '3.2' | undefined;
  /** calls of the protocol to the functions for large objects pass; absent: none do */
  readonly largeObjects?: boolean | undefined;
  /** the server is asked for its own tree of each statement, and those that it reads in another way are refused; absent: no */
  readonly strict?: boolean | undefined;
  /** functions of users that statements may call where columns are protected; absent: none */
  readonly functions?: readonly AllowedFunctionEntry[] | undefined;
}

/** A function of users whose author is trusted, as long as its definition is the one that was looked at. */
interface AllowedFunctionEntry {
  readonly schema: string;
  readonly name: string;
  /** names of types as the server has them: `int4`, `_text` */
  readonly arguments: readonly string[];
  /** `sha256:` and hex, as the check of the target prints it */
  readonly definition: string;
  /** what it returns is as protected as its arguments, or tells nothing of them */
  readonly result: 'arguments' | 'clean';
  /** it fails for no value */
  readonly total: boolean;
}

/** What the gateway logs in with; no client ever sees it. Printed or serialised, the password is `[redacted]`. */
export interface TargetCredential {
  readonly user: string;
  /** null: the server asks for none */
  readonly password: Secret | null;
  /** absent: SCRAM, and the password itself to a server whose certificate was verified */
  readonly methods?: readonly PasswordMethod[] | undefined;
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
