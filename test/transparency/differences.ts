/** A statement that the gateway refuses although nothing is protected and every rule allows it. */
export interface Difference {
  readonly statement: RegExp;
  readonly code: string;
  readonly why: string;
}

/**
 * All that is refused on purpose on an unprotected target. Besides these only what no two sessions share differs: process ids and keys,
 * the application name (it carries the session's number so that the target's log can be told by session), certificates, and time.
 */
export const meant: readonly Difference[] = [
  {
    statement: /^PREPARE TRANSACTION|^(COMMIT|ROLLBACK) PREPARED/,
    code: '0A000',
    why: 'a transaction that another session ends has an outcome which no record of this one can tell',
  },
  { statement: /^LOAD /, code: '0A000', why: 'code of a file changes what every later statement means' },
  {
    statement: /^(SET|RESET) (LOCAL |SESSION )?(ROLE|SESSION AUTHORIZATION)|^SET role\b|set_config\('role'/,
    code: '42501',
    why: 'rights are those of the target’s credential: another role would be another person to the record',
  },
  {
    statement: /^SET (LOCAL )?(session_replication_role|allow_system_table_mods|zero_damaged_pages|debug_print_)/,
    code: '42501',
    why: 'such a setting switches off what the proof of a statement builds on',
  },
  {
    statement:
      /^SET (LOCAL )?(client_encoding|NAMES) (= |TO )?'(?!utf-?8|unicode)|^SET (LOCAL )?standard_conforming_strings (= |TO )off/i,
    code: '42501',
    why: 'gateway and server must read the same statement from the same bytes',
  },
  {
    statement: /^INSERT INTO pg_class /,
    code: '42501',
    why: 'who writes catalogs (superusers only) can change any setting behind the gateway',
  },
  {
    statement: /^a cursor of SQL executed by the protocol/,
    code: '34000',
    why: 'rows of a portal are recorded by what its Bind was; a cursor of SQL is read by FETCH',
  },
  {
    statement: /^prepared by SQL, bound by the protocol/,
    code: '26000',
    why: 'the same for statements: what SQL prepared is run by EXECUTE',
  },
];

/** The entry of a statement; null when it must be answered as by the server. */
export function differenceOf(says: string): Difference | null {
  return meant.find(({ statement }) => statement.test(says)) ?? null;
}

/**
 * Errors that the gateway raises itself in the server's words, because the message that leads to them is not forwarded. Code, message
 * and transaction state are the server's; the line of its source is missing.
 */
const own: readonly {
  readonly code: string;
  readonly message: RegExp;
  /** where the gateway says less than the server */
  readonly answers?: string;
  readonly why: string;
}[] = [
  {
    code: '42601',
    message:
      /^(syntax error|unterminated|zero-length|trailing junk|invalid Unicode|cannot insert multiple commands|multiple LIMIT)/,
    why: 'a text that cannot be read is not sent to a target that may read it otherwise',
  },
  { code: '22025', message: /^invalid Unicode escape$/, answers: '42601', why: 'the same; the parser tells no code' },
  { code: '42939', message: /is reserved$/, answers: '42601', why: 'the same; the parser tells no code' },
  {
    code: '26000',
    message: /prepared statement (".*" )?does not exist$/,
    why: 'a name that was not prepared by the protocol in this session stands for a text that was not described',
  },
  { code: '34000', message: /^portal ".*" does not exist$/, why: 'the same for portals' },
  {
    code: '08P01',
    message: /^(bind message has \d+ parameter formats|invalid (DESCRIBE|CLOSE) message subtype)/,
    why: 'a message that cannot be read is not forwarded',
  },
  { code: '22023', message: /^unsupported format code: \d+$/, answers: '08P01', why: 'the same' },
];

/** Whether this error of the server may come in the gateway's own frame, and with which code; null: it may not. */
export function saidByTheGateway(error: ReadonlyMap<string, string>): string | null {
  const code = error.get('C') ?? '';
  const found = own.find((one) => one.code === code && one.message.test(error.get('M') ?? ''));
  return found === undefined ? null : (found.answers ?? code);
}
