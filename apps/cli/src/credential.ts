import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from './cli.error.js';
import type { Surroundings } from './command.js';
import { homeFolder, pathFrom } from './home.js';
import type { AskIssuer } from './issuer-token.js';
import { writePrivate } from './private-file.js';
import { currentToken } from './sign-in/current-token.js';
import { expiryOf } from './sign-in/jwt-claims.js';
import { readSignIn, signInFolder } from './sign-in/stored-sign-in.js';

/** A token and until when it is good, ms since 1970; null: it does not say. */
export interface Credential {
  readonly token: string;
  readonly expiresAt: number | null;
}

/** Where a token comes from, as the command line says. */
export interface CredentialValues {
  readonly as?: string | undefined;
  readonly agent?: string | undefined;
  readonly purpose?: string | undefined;
  readonly ttl?: string | undefined;
  readonly home?: string | undefined;
  readonly 'token-file'?: string | undefined;
}

/** Options of {@link CredentialValues}. */
export const credentialNames = ['as', 'agent', 'purpose', 'ttl', 'home', 'token-file'] as const;

/** A kept token is used while it has this long to live: a request may take a while to arrive. */
const marginMs = 60_000;
const defaultTtl = '1h';

/**
 * The token to present: of a person of the quick start (kept in the home until shortly before it expires), from a file, from
 * SALLYPORT_TOKEN, or of whoever signed in.
 * @param now ms since 1970 @throws CliError saying what is missing, or that the token has expired
 */
export async function obtainCredential(
  values: CredentialValues,
  surroundings: Surroundings,
  ask: AskIssuer,
  now: number,
): Promise<Credential> {
  const file = values['token-file'] ?? (values.as === undefined ? surroundings.env['SALLYPORT_TOKEN_FILE'] : undefined);
  if (file !== undefined && values.as !== undefined) throw new CliError('--as and --token-file exclude each other', 2);
  if (values.as !== undefined) return personCredential(values.as, values, surroundings, ask, now);
  if (file !== undefined) return given(readToken(pathFrom(file, surroundings)), file, now);
  const token = surroundings.env['SALLYPORT_TOKEN']?.trim();
  if (token) return given(token, 'SALLYPORT_TOKEN', now);
  const folder = signInFolder(values.home, surroundings);
  if (readSignIn(folder) !== null) return currentToken(folder, now);
  throw new CliError(
    'who is asking? run "sallyport login", give --as NAME (quick start), --token-file FILE, or a token in SALLYPORT_TOKEN',
    2,
  );
}

function given(token: string, where: string, now: number): Credential {
  if (!/^[!-~]+$/.test(token)) throw new CliError(`the token in ${where} is none: it has blanks or odd characters`);
  const expiresAt = expiryOf(token);
  if (expiresAt !== null && expiresAt <= now)
    throw new CliError(`the token in ${where} expired at ${new Date(expiresAt).toISOString()}`);
  return { token, expiresAt };
}

async function personCredential(
  name: string,
  values: CredentialValues,
  surroundings: Surroundings,
  ask: AskIssuer,
  now: number,
): Promise<Credential> {
  const home = homeFolder(values.home, surroundings);
  const issuer = issuerOf(home);
  const { agent, purpose, ttl = defaultTtl } = values;
  const key = JSON.stringify([issuer, name, agent ?? null, purpose ?? null, ttl]);
  const file = join(home, 'credentials', `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  const kept = issuer === null ? null : readKept(file);
  if (kept !== null && kept.expiresAt !== null && kept.expiresAt - marginMs > now) return kept;
  const options = { as: name, agent, purpose, ttl };
  const passed = Object.entries(options).flatMap(([key_, value]) =>
    value === undefined ? [] : [`--${key_}=${value}`],
  );
  const { code, out, err } = await ask([...passed, `--home=${home}`]);
  const token = out.trim();
  if (code !== 0 || token === '')
    throw new CliError(err.trim().replace(/^sallyport: /, '') || 'the development issuer gave no token');
  const credential = given(token, 'the answer of the development issuer', now);
  keep(home, file, credential);
  return credential;
}

/** The issuer that runs on a home; null: none does. Read without its schema, which takes longer to load than all the rest. */
function issuerOf(home: string): string | null {
  try {
    const running = JSON.parse(readFileSync(join(home, 'quickstart.json'), 'utf8')) as { issuer?: { url?: unknown } };
    return typeof running.issuer?.url === 'string' ? running.issuer.url : null;
  } catch {
    return null;
  }
}

function readKept(file: string): Credential | null {
  try {
    const { token, expiresAt } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Credential>;
    return typeof token === 'string' && typeof expiresAt === 'number' ? { token, expiresAt } : null;
  } catch {
    return null;
  }
}

/** A token that cannot be kept is asked for again the next time. */
function keep(home: string, file: string, credential: Credential): void {
  try {
    const folder = join(home, 'credentials');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
    writePrivate(file, `${JSON.stringify(credential)}\n`);
  } catch {
    // a home that is not ours to write
  }
}

function readToken(file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new CliError(`the token cannot be read: ${(error as Error).message}`);
  }
  if (token === '') throw new CliError(`${file} is empty`);
  return token;
}
