import type { z } from 'zod';
import type { configSchema, partialConfigSchema } from './schema.js';

type Parsed = z.output<ReturnType<typeof configSchema>>;
type ParsedListen = Parsed['listen'];

/** Certificate chain and private key of a listener, in PEM. */
export type ListenerTls = NonNullable<Parsed['tls']>;

/**
 * A configuration that was read, checked and completed. Plain data in the structure of the file: durations are
 * milliseconds, sizes bytes, folders absolute paths, certificates PEM text, references `Secret`s.
 * Each listener has its certificate, its own or the shared one.
 */
export interface SallyportConfig extends Omit<Parsed, 'listen' | 'tls'> {
  readonly listen: {
    readonly postgres: Omit<ParsedListen['postgres'], 'tls'> & { readonly tls: ListenerTls };
    readonly kubernetes: Omit<ParsedListen['kubernetes'], 'tls'> & { readonly tls: ListenerTls };
    readonly control: Omit<ParsedListen['control'], 'tls'> & { readonly tls: ListenerTls };
  };
  /** what is legal and should still be looked at, one sentence each; for the log at start */
  readonly warnings: readonly string[];
}

/** What a program that embeds the missing parts reads: the file as far as it goes. */
export type PartialConfig = z.output<ReturnType<typeof partialConfigSchema>> & {
  readonly warnings: readonly string[];
  /** the top-level sections that the file has, `['targets', 'rules']` */
  readonly given: readonly string[];
};

/** One entry of `targets`. */
export type TargetConfig = Parsed['targets'][number];
/** One entry of `protect`. */
export type ProtectConfig = Parsed['protect'][number];
/** One entry of `detect`. */
export type DetectConfig = Parsed['detect'][number];
/** One entry of `rules`. */
export type RuleConfig = Parsed['rules'][number];
/** One entry of `identity.issuers`. */
export type IssuerConfig = Parsed['identity']['issuers'][number];
/** The section `roles`. */
export type RolesConfig = Parsed['roles'];
/** The section `audit`. */
export type AuditConfig = Parsed['audit'];
/** The section `queue`; undefined: the audit database is the queue. */
export type QueueConfig = Parsed['queue'];
/** The section `credentials`; milliseconds. */
export type CredentialsConfig = Parsed['credentials'];
/** One entry of `notifications.webhooks`. */
export type WebhookConfig = Parsed['notifications']['webhooks'][number];
/** The section `limits`; milliseconds and bytes. */
export type LimitsConfig = Parsed['limits'];
