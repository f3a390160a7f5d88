import { Refused, refusals } from './refusals.js';

/**
 * Settings that change who the session is, how its bytes are read, what runs beside statements, or what the server tells about them.
 */
const REFUSED = new Set([
  'role',
  'session_authorization',
  'session_replication_role',
  'client_encoding',
  'standard_conforming_strings',
  'backslash_quote',
  'escape_string_warning',
  'row_security',
  'local_preload_libraries',
  'session_preload_libraries',
  'dynamic_library_path',
  'check_function_bodies',
  'allow_system_table_mods',
]);
const REFUSED_PREFIXES = ['debug_', 'trace_', 'log_', 'auto_explain.', 'plpgsql.'];

/** @throws Refused when statements must not change the setting; names fold to lower case as in the server */
export function requireAllowedSetting(name: string): void {
  const folded = name.toLowerCase();
  if (REFUSED.has(folded) || REFUSED_PREFIXES.some((prefix) => folded.startsWith(prefix))) {
    throw new Refused(refusals.setting(folded));
  }
}
