import { names, text, visitNodes, type Fields } from './classify/nodes.js';
import { isSensitiveSetting, writtenBy, writtenByCall } from './classify/settings.js';

/**
 * Which pieces of a statement are secrets by its form: `none` · `all`: every literal · `after`: strings that directly follow one
 * of the words · `behind`: every literal behind the first of the words · `value`: every literal, and everything behind the first of
 * the words (values of settings may be bare words) · `code`: bodies of code, whose own strings are looked at (`sql`: written as in SQL).
 */
export type Redaction =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'code'; readonly sql: boolean }
  | { readonly kind: 'after'; readonly words: readonly string[] }
  | { readonly kind: 'behind'; readonly words: readonly string[] }
  | { readonly kind: 'value'; readonly words: readonly string[] };

/** What a statement has of secrets, whatever the target protects. */
export interface Secrets {
  readonly redaction: Redaction;
  /** its bound values are secrets, or what they are for is not known */
  readonly values: boolean;
  /** its result may show one (a plan, a setting, what was decrypted), even where no piece of its text is one */
  readonly shown: boolean;
}

const passwords: Redaction = { kind: 'after', words: ['password'] };
const connection: Redaction = { kind: 'after', words: ['connection'] };
const options: Redaction = { kind: 'behind', words: ['options'] };
const program: Redaction = { kind: 'after', words: ['program'] };
const setting: Redaction = { kind: 'value', words: ['to', '='] };
const code: Redaction = { kind: 'code', sql: true };
const foreignCode: Redaction = { kind: 'code', sql: false };
const all: Redaction = { kind: 'all' };
const none: Redaction = { kind: 'none' };

const byType: ReadonlyMap<string, Redaction> = new Map<string, Redaction>([
  ['CreateRoleStmt', passwords],
  ['AlterRoleStmt', passwords],
  ['CreateSubscriptionStmt', connection],
  ['AlterSubscriptionStmt', connection],
  ['CreateForeignServerStmt', options],
  ['AlterForeignServerStmt', options],
  ['CreateUserMappingStmt', options],
  ['AlterUserMappingStmt', options],
  ['CreateFdwStmt', options],
  ['AlterFdwStmt', options],
  ['CreateForeignTableStmt', options],
  ['ImportForeignSchemaStmt', options],
  // it only names what it runs: what its values are compared with or written to stands elsewhere
  ['ExecuteStmt', all],
]);

const tableOptions: ReadonlySet<unknown> = new Set(['AT_GenericOptions', 'AT_AlterColumnGenericOptions']);

/** Functions of dblink, pgcrypto and their like: their arguments are connection strings and keys. */
const secretArguments =
  /^(dblink.*|(raw_)?(en|de)crypt(_iv)?|pgp_.*|crypt|hmac|digest|gen_salt|armor|dearmor|crypto_.*|.*_aws_credentials)$/;
/** Functions that say by their name what they take. */
const secretNames = /passw|passphrase|secret|credential|private_?key|api_?key|access_?key|bearer/;

const noSecrets: Secrets = { redaction: none, values: false, shown: false };

class Collector {
  #redaction: Redaction = none;
  #values = false;
  #shown = false;
  #explains = false;

  get found(): Secrets {
    if (this.#redaction === none && !this.#shown) return noSecrets;
    // a plan prints the constants of what it plans
    const shown = this.#shown || (this.#explains && this.#redaction !== none);
    return { redaction: this.#redaction, values: this.#values, shown };
  }

  visit(type: string, fields: Fields): void {
    const byForm = byType.get(type);
    if (byForm && !(type === 'ExecuteStmt' && fields['params'] === undefined)) this.#add(byForm);
    if (type === 'DoStmt' || type === 'CreateFunctionStmt') this.#add(isSql(fields) ? code : foreignCode);
    if (type === 'ExplainStmt') this.#explains = true;
    if (type === 'CopyStmt' && fields['is_program'] === true) this.#add(program);
    if (tableOptions.has(fields['subtype'])) this.#add(options);
    if (Array.isArray(fields['funcname'])) this.#call(names(fields['funcname']).at(-1) ?? '', fields);
    if (text(fields, 'kind')?.startsWith('VAR_')) this.#set(fields);
    if (type === 'VariableShowStmt' && isSensitiveSetting(text(fields, 'name') ?? '')) this.#shown = true;
  }

  #call(name: string, fields: Fields): void {
    if (name === 'set_config') {
      if (!writtenByCall(fields).some((written) => isSensitiveSetting(written.name))) return;
    } else if (name === 'current_setting') {
      const shown = writtenByCall({ args: [...argumentsOf(fields).slice(0, 1), null, null] });
      if (shown.some((read) => isSensitiveSetting(read.name))) this.#shown = true;
      return;
    } else if (!secretArguments.test(name) && !secretNames.test(name)) return;
    this.#add(all);
    this.#values = true;
    this.#shown = true;
  }

  #set(fields: Fields): void {
    if (writtenBy(fields).some(({ name }) => name !== '*' && isSensitiveSetting(name))) this.#add(setting);
  }

  #add(redaction: Redaction): void {
    const known = this.#redaction;
    if (known === redaction || known.kind === 'value') return;
    if (redaction.kind === 'value' || known.kind === 'none') this.#redaction = redaction;
    // two at once: no rule of one says where the other's secrets stand
    else this.#redaction = all;
  }
}

/** Whether the code of DO or CREATE FUNCTION is SQL or PL/pgSQL, which DO takes unless told otherwise. */
function isSql(fields: Fields): boolean {
  const options = fields['options'] ?? fields['args'];
  let sql = true;
  visitNodes({ List: { items: options } }, ({ type, fields: option }) => {
    if (type !== 'DefElem' || text(option, 'defname') !== 'language') return;
    sql = names([option['arg']]).every((name) => /^(sql|plpgsql)$/i.test(name));
  });
  return sql;
}

function argumentsOf(fields: Fields): readonly unknown[] {
  return Array.isArray(fields['args']) ? (fields['args'] as readonly unknown[]) : [];
}

/**
 * Finds passwords, connection strings and keys by the form of a statement, at any depth of it: wrapped in EXPLAIN, PREPARE, CREATE …
 * AS, WITH. Total: never throws, no tree is too deep.
 */
export function secretsOf(tree: unknown): Secrets {
  const collector = new Collector();
  visitNodes(tree, ({ type, fields }) => collector.visit(type, fields));
  return collector.found;
}

/** Numbers n of every $n under `tree`, sorted. */
export function parameterNumbers(tree: unknown): readonly number[] {
  const numbers = new Set<number>();
  visitNodes(tree, ({ type, fields }) => {
    const number = fields['number'];
    if (type === 'ParamRef' && typeof number === 'number') numbers.add(number);
  });
  return [...numbers].sort((a, b) => a - b);
}

/** Words that bodies of code have beside secrets. */
const suspicious =
  /passw|pwd|secret|token|credential|conninfo|passphrase|dblink|crypt|hmac|pgp_|jwt|connection|\bkey\b/i;
/** Settings may be given as bare words, which no literal is. */
const secretSetting = /passw|pwd|secret|token|key|credential|conninfo|passphrase|jwt/i;

/** Whether a body of code has to be looked into, or is not shown at all. */
export function codeSecrecy(body: string): 'harmless' | 'strings' | 'whole' {
  if (!suspicious.test(body)) return 'harmless';
  return setsSecret(body) ? 'whole' : 'strings';
}

/** Statement by statement, as far as semicolons tell: one expression over all of it would take the square of its length. */
function setsSecret(body: string): boolean {
  return body.split(';').some((part) => {
    const set = part.search(/\bset\b/i);
    return set >= 0 && secretSetting.test(part.slice(set));
  });
}

/**
 * Credentials inside a string or comment: assignments of a password or key, URLs with a password, headers, private keys, signed
 * tokens and password verifiers. Wherever they stand, they are not recorded.
 */
const credentials = new RegExp(
  [
    /passw(?:or)?d["']?\s*[=:'"$]/,
    /(?:pwd|passphrase|secret|token|api_?key|access_?key|private_?key)["']?\s*[=:]\s*\S/,
    /:\/\/[^\s/@'":]*:[^\s/@'"]+@/,
    /user\s+mapping|dblink|pgp_sym_|crypt\s*\(/,
    /\b(?:bearer|basic)\s+[\w+/=.~-]{12,}/,
    /-----begin [a-z ]*private key/,
    // from the first character of a run only: texts are long, and chosen by others
    /(?<![\w-])eyj[\w-]{8,}\.[\w-]{8,}\./,
    /scram-sha-256\$\d|\bmd5[0-9a-f]{32}\b|\bakia[0-9a-z]{16}\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/** Whether a piece of a statement holds credentials, judged by its text. */
export function holdsCredentials(piece: string): boolean {
  return credentials.test(piece);
}

/** A statement of this form, whatever stands in it: nothing of it is known. */
export const anySecret: Secrets = { redaction: all, values: true, shown: true };
