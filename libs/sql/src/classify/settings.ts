import type { StatementDescription } from '../description.js';
import { isFields, text, type Fields } from './nodes.js';

/**
 * A setting written: value null is its default, `?` one that only execution knows; name `*` all, `?` any (then `role` is named
 * beside it, so that whoever looks for settings that must not change finds one).
 */
export type SettingWrite = StatementDescription['settings'][number];

/** Settings whose values are lists of identifiers: each is quoted where it must be, as the server shows them. */
const identifierLists: ReadonlySet<string> = new Set(['search_path', 'temp_tablespaces']);

/** Settings that move how names resolve: `"$user"` follows the role. */
const resolving: ReadonlySet<string> = new Set(['search_path', 'role', 'session_authorization', '*', '?']);

const sensitive = /passw|pwd|secret|token|key|credential|conninfo|passphrase|jwt|_command$/;

/** Setting names compare without case, in ASCII. */
function settingName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export function movesSearchPath(settings: readonly SettingWrite[]): boolean {
  return settings.some((setting) => resolving.has(setting.name));
}

/** Whether values of a setting of this name may be secrets. */
export function isSensitiveSetting(name: string): boolean {
  return name === '?' || sensitive.test(settingName(name));
}

/** Any setting may be written: its name is not known before execution. */
export const anySetting: readonly SettingWrite[] = [
  { name: '?', value: '?', local: false },
  { name: 'role', value: '?', local: false },
];

/** What a VariableSetStmt writes. */
export function writtenBy(stmt: Fields): readonly SettingWrite[] {
  const local = stmt['is_local'] === true;
  const name = settingName(text(stmt, 'name') ?? '');
  const args = Array.isArray(stmt['args']) ? (stmt['args'] as readonly unknown[]) : [];
  switch (stmt['kind']) {
    case 'VAR_RESET_ALL':
      return [{ name: '*', value: null, local: false }];
    case 'VAR_RESET':
      return [{ name, value: null, local: false }];
    case 'VAR_SET_MULTI':
      return transactionSettings(name, args);
    case 'VAR_SET_VALUE':
      return [{ name, value: flatten(name, args), local }];
    default:
      return [{ name, value: null, local }];
  }
}

function transactionSettings(name: string, args: readonly unknown[]): readonly SettingWrite[] {
  if (name === 'transaction snapshot')
    return [{ name: 'transaction_snapshot', value: flatten(name, args), local: true }];
  const session = name === 'session characteristics';
  return args.map((arg) => {
    const element = isFields(arg) && isFields(arg['DefElem']) ? arg['DefElem'] : {};
    const option = text(element, 'defname') ?? '?';
    const value = constantText(element['arg']);
    return { name: session ? `default_${option}` : option, value: onOff(value), local: !session };
  });
}

function onOff(value: string | null): string | null {
  return value === '1' ? 'on' : value === '0' ? 'off' : value;
}

function flatten(name: string, args: readonly unknown[]): string {
  const parts = args.map(constantText);
  if (parts.some((part) => part === null)) return '?';
  return parts.map((part) => (identifierLists.has(name) ? quoted(part ?? '') : part)).join(', ');
}

function quoted(identifier: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`;
}

/** The text of a wrapped A_Const, a cast of one to a built-in string type included; null for anything else, NULL included. */
export function constantText(node: unknown): string | null {
  if (!isFields(node)) return null;
  const cast = node['TypeCast'];
  if (isFields(cast)) {
    const type = isFields(cast['typeName']) ? JSON.stringify(cast['typeName']['names'] ?? null) : '';
    return /"(text|varchar|name|bool)"\}\}\]$/.test(type) ? constantText(cast['arg']) : null;
  }
  const constant = node['A_Const'];
  if (!isFields(constant)) return null;
  const { sval, ival, fval, boolval } = constant;
  if (isFields(sval)) return text(sval, 'sval') ?? '';
  if (isFields(fval)) return text(fval, 'fval');
  if (isFields(ival)) return typeof ival['ival'] === 'number' ? String(ival['ival']) : '0';
  return isFields(boolval) ? (boolval['boolval'] === true ? 'on' : 'off') : null;
}

/**
 * What a call of `set_config(name, value, is_local)` writes.
 * @param known the name, where the statement around it tells it although it is no constant
 */
export function writtenByCall(call: Fields, known?: string): readonly SettingWrite[] {
  const args = Array.isArray(call['args']) ? (call['args'] as readonly unknown[]) : [];
  const name = known ?? constantText(args[0]);
  if (args.length !== 3 || name === null || args.some((arg) => isFields(arg) && 'NamedArgExpr' in arg))
    return anySetting;
  const local = constantText(args[2]);
  const value = isNull(args[1]) ? null : (constantText(args[1]) ?? '?');
  return [{ name: settingName(name), value, local: local !== null && /^(on|t|true|y|yes|1)$/i.test(local) }];
}

function isNull(node: unknown): boolean {
  return isFields(node) && isFields(node['A_Const']) && node['A_Const']['isnull'] === true;
}
