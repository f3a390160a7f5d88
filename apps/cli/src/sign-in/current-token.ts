import type { SignedIn } from '@app/identity';
import { CliError } from '../cli.error.js';
import { withLock } from './file-lock.js';
import { claimsOf, expiryOf } from './jwt-claims.js';
import { type PresentedToken, readSignIn, signInFile, type StoredSignIn, writeSignIn } from './stored-sign-in.js';

/** A token is presented while it has this long to live: a request may take a while to arrive. */
const MARGIN_MS = 60_000;

/**
 * The token of whoever is signed in, renewed where it is about to end. Commands that renew at once take turns: an issuer takes a refresh
 * token that comes twice for a stolen one.
 * @param now ms since 1970 @throws CliError saying what to do
 */
export async function currentToken(folder: string, now: number): Promise<StoredSignIn> {
  const stored = readSignIn(folder);
  if (stored === null) throw new CliError('nobody is signed in; run "sallyport login"', 2);
  if (isGood(stored, now)) return stored;
  return withLock(signInFile(folder), async () => {
    const again = readSignIn(folder);
    if (again === null) throw new CliError('nobody is signed in; run "sallyport login"', 2);
    return isGood(again, now) ? again : renewed(folder, again, now);
  });
}

function isGood({ expiresAt }: StoredSignIn, now: number): boolean {
  return expiresAt === null || expiresAt - MARGIN_MS > now;
}

async function renewed(folder: string, stored: StoredSignIn, now: number): Promise<StoredSignIn> {
  const { refreshToken, expiresAt } = stored;
  // what still counts for a moment is better than nothing
  const lasts = expiresAt === null || expiresAt > now;
  if (refreshToken === null) {
    if (lasts) return stored;
    throw new CliError('the sign-in has ended; run "sallyport login" again');
  }
  const { SignIn } = await import('./issuer.js');
  try {
    const signIn = await SignIn.at({ ...stored, prompt: null, ca: stored.issuerCa });
    const answer = await signIn.renew(refreshToken);
    const next = { ...stored, ...presented(answer, stored.use), refreshToken: answer.refreshToken };
    writeSignIn(folder, next);
    return next;
  } catch (error) {
    if (lasts) return stored;
    const { message, code } = error as Error & { code?: unknown };
    const what =
      code === 'issuer-unavailable'
        ? `the sign-in cannot be renewed now: ${message}; try again, or run "sallyport login"`
        : `the sign-in has ended (${message}); run "sallyport login" again`;
    throw new CliError(what, 1, { cause: error });
  }
}

/** The token to present, of those that an issuer gave. @throws CliError when it did not give that one */
export function presented(answer: SignedIn, use: PresentedToken): { token: string; expiresAt: number | null } {
  const token = use === 'access' ? answer.accessToken : answer.idToken;
  if (token === null) throw new CliError('the issuer gave no ID token; does the scope name openid?');
  const ends = use === 'access' && answer.expiresIn !== null ? Date.now() + answer.expiresIn : null;
  return { token, expiresAt: expiryOf(token) ?? ends };
}

/** An access token that is a JWT for this audience, else the ID token. @param audience null: not known here */
export function whichToken({ accessToken, idToken }: SignedIn, audience: string | null): PresentedToken {
  const aud = claimsOf(accessToken)?.['aud'];
  const named = Array.isArray(aud) ? aud : [aud];
  if (audience === null) return aud !== undefined || idToken === null ? 'access' : 'id';
  return named.includes(audience) || idToken === null ? 'access' : 'id';
}
