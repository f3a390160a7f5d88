import { isSensitiveSetting } from './settings.js';

/**
 * Which pieces of a statement are secrets by its form: `none` · `all`: every literal · `after`: strings that directly follow one
 * of the words · `behind`: every literal behind the first of the words · `value`: everything behind the first of the words
 * (values of settings may be bare words).
 */
export type Redaction =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'after'; readonly words: readonly string[] }
  | { readonly kind: 'behind'; readonly words: readonly string[] }
  | { readonly kind: 'value'; readonly words: readonly string[] };

const passwords: Redaction = { kind: 'after', words: ['password'] };
const options: Redaction = { kind: 'behind', words: ['options'] };

const byType: Readonly<Record<string, Redaction>> = {
  CreateRoleStmt: passwords,
  AlterRoleStmt: passwords,
  CreateSubscriptionStmt: { kind: 'after', words: ['connection'] },
  AlterSubscriptionStmt: { kind: 'after', words: ['connection'] },
  CreateForeignServerStmt: options,
  AlterForeignServerStmt: options,
  CreateUserMappingStmt: options,
  AlterUserMappingStmt: options,
  CreateFdwStmt: options,
  AlterFdwStmt: options,
  CreateForeignTableStmt: options,
  ImportForeignSchemaStmt: options,
};

/** Functions of dblink and pgcrypto: their arguments are connection strings and keys. */
const secretArguments = /^(dblink.*|(en|de)crypt(_iv)?|pgp_.*|crypt|hmac|digest|gen_salt)$/;

const noRedaction: Redaction = { kind: 'none' };

export function redactionOf(
  type: string,
  calls: Iterable<string>,
  settings: readonly { readonly name: string }[],
): Redaction {
  for (const call of calls) if (secretArguments.test(call)) return { kind: 'all' };
  if (settings.some((setting) => setting.name !== '*' && isSensitiveSetting(setting.name))) {
    return type.endsWith('SetStmt') || type === 'AlterSystemStmt'
      ? { kind: 'value', words: ['to', '='] }
      : { kind: 'all' };
  }
  return byType[type] ?? noRedaction;
}
