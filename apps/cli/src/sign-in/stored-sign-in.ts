import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Surroundings } from '../command.js';
import { homeFolder } from '../home.js';
import { writePrivate } from '../private-file.js';

/** Which of an issuer's tokens is presented: its access token where that is a JWT for us, or its ID token. */
export type PresentedToken = 'access' | 'id';

/** Who is signed in, and how to stay so. */
export interface StoredSignIn {
  readonly version: 1;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly scope: string;
  /** certificates that sign the issuer's, PEM */
  readonly issuerCa: string | null;
  readonly use: PresentedToken;
  /** the token that is presented, and until when, ms since 1970 */
  readonly token: string;
  readonly expiresAt: number | null;
  readonly refreshToken: string | null;
  /** the control API that it is for; null: it goes to none but one that is named on the command line */
  readonly url: string | null;
  /** absolute path of the certificates that sign the control API's */
  readonly ca: string | null;
}

/**
 * The folder of what a sign-in leaves: the home of the quick start where one runs there or was named, else `sallyport` among the person's
 * own configurations (XDG).
 */
export function signInFolder(home: string | undefined, surroundings: Surroundings): string {
  const { env } = surroundings;
  const quickstart = homeFolder(home, surroundings);
  const named = home !== undefined || env['SALLYPORT_HOME'] !== undefined;
  if (named || existsSync(join(quickstart, 'quickstart.json'))) return quickstart;
  const configurations = env['XDG_CONFIG_HOME'];
  return join(configurations ? configurations : join(env['HOME'] ?? homedir(), '.config'), 'sallyport');
}

export const signInFile = (folder: string): string => join(folder, 'sign-in.json');

/** @returns null: nobody is signed in, or what lies there is none */
export function readSignIn(folder: string): StoredSignIn | null {
  let read: Partial<StoredSignIn>;
  try {
    read = JSON.parse(readFileSync(signInFile(folder), 'utf8')) as Partial<StoredSignIn>;
  } catch {
    return null;
  }
  return read.version === 1 && typeof read.token === 'string' && typeof read.issuer === 'string'
    ? (read as StoredSignIn)
    : null;
}

/** Kept for nobody else: mode 0600. */
export function writeSignIn(folder: string, signIn: StoredSignIn): void {
  privateFolder(folder);
  writePrivate(signInFile(folder), `${JSON.stringify(signIn, null, 2)}\n`);
}

export function removeSignIn(folder: string): void {
  rmSync(signInFile(folder), { force: true });
}

/** Makes a folder that nobody else enters; one that is there stays as it is: others may have business in a quick start's home. */
export function privateFolder(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}
