import type { StatementDescription } from '@app/sql';

// Which settings a client may write. Two kinds are pinned for every target, since the gateway reads the client's bytes by them
// (postgres.md §0.4); on a target with protected columns only settings known not to carry or reveal values may be written.

const UTF8 = new Set(['utf8', 'utf-8', 'unicode', 'sql_ascii']);
const ON = new Set(['on', 'true', 'yes', '1', 't', 'y']);

/** Settings that change who one is or how texts are read: never, on any target. */
const FORBIDDEN = new Set([
  'role',
  'session_authorization',
  'session_replication_role',
  'allow_system_table_mods',
  'zero_damaged_pages',
]);

const HARMLESS = new Set([
  'application_name',
  'backslash_quote',
  'bytea_output',
  'check_function_bodies',
  'client_encoding',
  'constraint_exclusion',
  'cursor_tuple_fraction',
  'datestyle',
  'default_statistics_target',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'effective_cache_size',
  'extra_float_digits',
  'from_collapse_limit',
  'geqo',
  'gin_fuzzy_search_limit',
  'hash_mem_multiplier',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'intervalstyle',
  'jit',
  'join_collapse_limit',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'lock_timeout',
  'maintenance_work_mem',
  'max_parallel_workers_per_gather',
  'plan_cache_mode',
  'quote_all_identifiers',
  'random_page_cost',
  'row_security',
  'search_path',
  'seq_page_cost',
  'standard_conforming_strings',
  'statement_timeout',
  'synchronous_commit',
  'temp_buffers',
  'timezone',
  'transaction_deferrable',
  'transaction_isolation',
  'transaction_read_only',
  'transaction_timeout',
  'vacuum_cost_delay',
  'work_mem',
  'xmlbinary',
  'xmloption',
]);

const HARMLESS_PREFIX = /^(enable_|jit_|geqo_|cpu_)/;
const QUIET = new Set(['notice', 'warning', 'error']);

/** Why a setting may not be written; null: it may. @param strict the target has protected columns @param value null: default or unknown */
function settingRefusal(name: string, value: string | null, strict: boolean): string | null {
  if (name === '*') return null;
  const text =
    value
      ?.trim()
      .replace(/^'(.*)'$/, '$1')
      .toLowerCase() ?? null;
  if (name === 'client_encoding')
    return text === null || UTF8.has(text)
      ? null
      : 'The gateway reads statements as UTF8, so client_encoding stays UTF8.';
  if (name === 'standard_conforming_strings')
    return text !== null && ON.has(text)
      ? null
      : 'The gateway reads string literals in the standard way, so standard_conforming_strings stays on.';
  if (FORBIDDEN.has(name)) return `The setting ${name} belongs to the gateway and cannot be changed through it.`;
  if (name.startsWith('debug_print') || name === 'debug_pretty_print')
    return `The setting ${name} would print statements of the server and cannot be changed through the gateway.`;
  if (!strict) return null;
  if (name === 'client_min_messages')
    return text === null || QUIET.has(text)
      ? null
      : 'On a target with protected columns client_min_messages may only be notice, warning or error.';
  if (HARMLESS.has(name) || HARMLESS_PREFIX.test(name)) return null;
  return `On a target with protected columns the setting ${name.slice(0, 63)} cannot be changed through the gateway.`;
}

/** First setting of a statement that may not be written. */
export function forbiddenSetting(statement: StatementDescription, strict: boolean): string | null {
  for (const setting of statement.settings) {
    const refusal = settingRefusal(setting.name, setting.value, strict);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** Startup parameters that are no settings. */
const NO_SETTING = new Set(['user', 'database', 'options', 'replication']);
/** Settings that are accepted but not forwarded, since the gateway sets them itself. */
const OWN = new Set(['application_name', 'client_encoding', 'standard_conforming_strings']);

/** A startup setting as it goes to the target. */
export interface StartupSettings {
  readonly forward: ReadonlyMap<string, string>;
  readonly applicationName: string | null;
  readonly refusal: string | null;
}

/**
 * Settings of a startup packet, `options` already parsed into pairs: what is forwarded, or why the connection is refused.
 * @see PostgreSQL 18 manual, "Message Formats", StartupMessage
 */
export function startupSettings(
  parameters: ReadonlyMap<string, string>,
  options: readonly (readonly [string, string])[],
  strict: boolean,
): StartupSettings {
  const forward = new Map<string, string>();
  const refused = (refusal: string): StartupSettings => ({ forward: new Map(), applicationName: null, refusal });
  for (const [name, value] of [...parameters, ...options])
    if (name.toLowerCase() === 'replication' && !/^(false|off|no|0|f|n)$/i.test(value))
      return refused('Replication connections are not served by the gateway.');
  const misplaced = options.find(([name]) => NO_SETTING.has(name.toLowerCase()));
  if (misplaced !== undefined)
    return refused(`${misplaced[0].toLowerCase()} is no setting: give it as a parameter of the connection itself.`);
  for (const [given, value] of [...parameters, ...options]) {
    const name = given.toLowerCase();
    if (NO_SETTING.has(name)) continue;
    const refusal = settingRefusal(name, value, strict);
    if (refusal !== null) return refused(refusal);
    if (!OWN.has(name)) forward.set(name, value);
  }
  return { forward, applicationName: parameters.get('application_name') ?? null, refusal: null };
}

/**
 * Why a target cannot be protected in the encoding of its database; null: it can. The server folds and cuts names in that encoding, the
 * gateway in UTF8: in any other two names could be one here and two there.
 * @param reported as the target reported its settings
 */
export function encodingRefusal(reported: ReadonlyMap<string, string>, strict: boolean): string | null {
  const encoding = reported.get('server_encoding') ?? 'UTF8';
  return strict && encoding !== 'UTF8'
    ? `The encoding of this database is ${encoding.slice(0, 63)}: on a target with protected columns it has to be UTF8.`
    : null;
}
