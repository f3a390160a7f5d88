import { ProtocolError } from './protocol.error.js';
import { SQLSTATE } from './sqlstate.js';

/** Protocol 3.2: variable-length cancel keys. */
const LATEST_MINOR = 2;
const MAJOR = 3;

/** What the server says about the protocol version a client asked for. */
export interface Negotiation {
  /** full number in force: 196608 is 3.0, 196610 is 3.2 */
  readonly version: number;
  readonly unrecognised: readonly string[];
  /** whether NegotiateProtocolVersion has to be sent, once, before the first authentication message */
  readonly negotiate: boolean;
}

/**
 * Which protocol version is spoken with a client that asked for `major.minor` and `protocolOptions` (`_pq_.…`; none is known).
 * @throws ProtocolError 0A000, fatal, for a major version other than 3
 * @see PostgreSQL 18 manual, "NegotiateProtocolVersion"
 */
export const negotiate = (major: number, minor: number, protocolOptions: readonly string[]): Negotiation => {
  if (major !== MAJOR) {
    throw new ProtocolError(
      SQLSTATE.featureNotSupported,
      `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.${LATEST_MINOR}`,
    );
  }
  return {
    version: (MAJOR << 16) | Math.min(minor, LATEST_MINOR),
    unrecognised: [...protocolOptions],
    negotiate: minor > LATEST_MINOR || protocolOptions.length > 0,
  };
};

/** Splits as the server does: at white space, where a backslash takes the next character as it is. */
const splitOptions = (options: string): string[] => {
  const words: string[] = [];
  let word: string | null = null;
  let escaped = false;
  for (const character of options) {
    if (escaped) {
      word = (word ?? '') + character;
      escaped = false;
    } else if (character === '\\') {
      word ??= '';
      escaped = true;
    } else if (/[ \t\n\v\f\r]/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (word !== null) words.push(word);
  return words;
};

/**
 * Reads the `options` startup parameter: `-c NAME=VALUE`, `-cNAME=VALUE`, `--NAME=VALUE`, in order, repetitions included; dashes in names
 * become underscores, names keep their case.
 * @throws ProtocolError, fatal: 0A000 naming any other switch, 42601 where name or value is missing; values are never quoted
 * @see src/backend/utils/init/postinit.c, pg_split_opts
 */
export const parseOptions = (options: string): [name: string, value: string][] => {
  const words = splitOptions(options);
  const settings: [string, string][] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '-c') settings.push(readSetting(words[++i] ?? '', word));
    else if (word.startsWith('-c') || (word.startsWith('--') && word.length > 2)) {
      settings.push(readSetting(word.slice(2), word));
    } else {
      throw new ProtocolError(SQLSTATE.featureNotSupported, `startup option "${shown(word)}" is not supported`);
    }
  }
  return settings;
};

const readSetting = (setting: string, word: string): [string, string] => {
  const equals = setting.indexOf('=');
  if (equals < 1) {
    throw new ProtocolError(SQLSTATE.syntaxError, `startup option "${shown(word)}" requires NAME=VALUE`);
  }
  return [setting.slice(0, equals).replaceAll('-', '_'), setting.slice(equals + 1)];
};

/** An option may carry a secret behind its name, and the text goes to logs. */
const shown = (word: string): string => word.split('=', 1).join('').slice(0, 40);
