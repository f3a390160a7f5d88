import { CliError } from '../cli.error.js';

/** What the control API answers when it minted a credential, as far as this version reads it. */
export interface MintedAnswer {
  readonly name: string;
  readonly secret: string;
  readonly target: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** ISO 8601 */
  readonly mintedAt: string;
  readonly expiresAt: string;
  /** certificates that sign the gateway's, PEM; null: not known */
  readonly ca: string | null;
}

const texts = ['name', 'secret', 'target', 'host', 'database', 'mintedAt', 'expiresAt'] as const;

/** @returns null for anything else */
export function mintedAnswer(value: unknown): MintedAnswer | null {
  const read = (value ?? {}) as Record<string, unknown>;
  if (!texts.every((name) => typeof read[name] === 'string') || typeof read['port'] !== 'number') return null;
  // it is written into files that others parse
  if (!texts.every((name) => !/\p{Cc}/u.test(String(read[name])))) return null;
  return { ...(value as MintedAnswer), ca: typeof read['ca'] === 'string' ? read['ca'] : null };
}

/** @throws CliError for an answer of another shape */
export function expectMinted(value: unknown): MintedAnswer {
  const answer = mintedAnswer(value);
  if (answer === null) throw new CliError('the control API answered something else than a credential');
  return answer;
}
