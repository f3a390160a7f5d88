import { readFileSync } from 'node:fs';
import type { SignedIn, SignIn } from '@app/identity';
import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { homeFolder, pathFrom } from '../home.js';
import { runningOn } from '../running.js';
import { currentToken, presented, whichToken } from '../sign-in/current-token.js';
import { claimsOf } from '../sign-in/jwt-claims.js';
import { openLoopback } from '../sign-in/loopback.js';
import { type OpenBrowser, openBrowser } from '../sign-in/open-browser.js';
import { type PresentedToken, readSignIn, signInFolder, writeSignIn } from '../sign-in/stored-sign-in.js';

const texts = [
  'issuer',
  'client-id',
  'scope',
  'prompt',
  'audience',
  'token',
  'redirect',
  'issuer-ca',
  'home',
  'url',
  'ca',
] as const;
const flags = ['device', 'no-browser', 'json'] as const;
const PATIENCE_MS = 300_000;

const help = `Signs in at the issuer, in a browser or on another device. Other commands then act as you until "sallyport logout".

  sallyport login [options]

  --issuer URL     the issuer, as in identity.issuers; SALLYPORT_ISSUER     (default: of the quick start, or the last one)
  --client-id ID   client at the issuer, SALLYPORT_CLIENT_ID                (default: of the quick start, or sallyport-cli)
  --device         print a code to enter on another device; for machines without a browser
  --no-browser     print the address and open nothing
  --scope TEXT     what to ask for                        (default "openid profile email offline_access")
  --prompt TEXT    how to ask: consent, login, select_account, or "" for nothing  (default consent with offline_access)
  --redirect URL   where the browser comes back to        (default http://127.0.0.1/callback, on any free port)
  --audience NAME  the audience of identity.issuers; decides which token is presented
  --token WHICH    access or id                           (default: the access token if it is a JWT for the audience)
  --issuer-ca FILE certificates that sign the issuer's    (default: of the quick start, or the system's)
  --home DIR       home of the quick start                (default .sallyport)
  --url URL        control API to use, SALLYPORT_URL      (default: of the quick start)
  --ca FILE        certificates that sign the control API's, SALLYPORT_CA
  --json           who is signed in, as JSON

A client with a secret (Google's desktop clients) takes it from SALLYPORT_CLIENT_SECRET. What is kept (the token, a refresh token) lies in
the home of the quick start, else in ~/.config/sallyport (XDG_CONFIG_HOME), readable by you alone. docs/identity.md has recipes.
`;

type Values = { readonly [name in (typeof texts)[number]]?: string } & {
  readonly [name in (typeof flags)[number]]?: boolean;
};

/** The command, with another browser for tests. */
export function login(open: OpenBrowser): Command {
  return {
    name: 'login',
    summary: 'sign in at the issuer',
    help,
    run: async (args, surroundings) => {
      const { values } = readArguments('login', args, { texts, flags });
      const { token: use } = values;
      if (use !== undefined && use !== 'access' && use !== 'id')
        throw new CliError(`--token ${use}: access or id; see sallyport login --help`, 2);
      if (values.device && values.redirect !== undefined)
        throw new CliError('--device and --redirect exclude each other: no browser comes back here', 2);
      const folder = signInFolder(values.home, surroundings);
      const settings = settingsOf(values, folder, surroundings);
      const { SignIn: SignInAt } = await import('../sign-in/issuer.js');
      let answer: SignedIn;
      try {
        const signIn = await SignInAt.at({ ...settings, ca: settings.issuerCa });
        answer = values.device
          ? await onDevice(signIn, surroundings)
          : await inBrowser(signIn, values.redirect ?? 'http://127.0.0.1/callback', surroundings, (url) => {
              if (!values['no-browser']) open(url);
            });
      } catch (error) {
        if (error instanceof CliError) throw error;
        throw new CliError((error as Error).message, 1, { cause: error });
      }
      const which: PresentedToken = use ?? whichToken(answer, settings.audience);
      const { issuer, clientId, clientSecret, scope, issuerCa, url, ca } = settings;
      const { token, expiresAt } = presented(answer, which);
      const kept = { issuer, clientId, clientSecret, scope, issuerCa, url, ca, token, expiresAt };
      writeSignIn(folder, { version: 1, ...kept, use: which, refreshToken: answer.refreshToken });
      // the same way as all other commands will go
      await currentToken(folder, Date.now());
      tell(token, expiresAt, answer.refreshToken !== null, values.json ?? false, surroundings);
      return 0;
    },
  };
}

export const loginCommand = login(openBrowser);

function settingsOf(values: Values, folder: string, surroundings: Surroundings) {
  const { env } = surroundings;
  const running = runningOn(homeFolder(values.home, surroundings));
  const last = readSignIn(folder);
  const issuer = values.issuer ?? env['SALLYPORT_ISSUER'] ?? running?.issuer?.url ?? last?.issuer;
  if (issuer === undefined)
    throw new CliError(
      'which issuer? give --issuer URL (as in identity.issuers), or run "npm start" for the development issuer',
      2,
    );
  const development = running?.issuer?.url === issuer ? running.issuer : null;
  const before = last?.issuer === issuer ? last : null;
  const scope = values.scope ?? before?.scope ?? 'openid profile email offline_access';
  if (!scope.split(/\s+/).includes('openid')) throw new CliError('--scope must name openid', 2);
  const caFile = values.ca ?? env['SALLYPORT_CA'];
  const url = values.url ?? env['SALLYPORT_URL'] ?? running?.control?.url ?? before?.url ?? null;
  const authority = values['issuer-ca'];
  const defaultPrompt = scope.split(/\s+/).includes('offline_access') ? 'consent' : '';
  const prompt = values.prompt ?? defaultPrompt;
  return {
    issuer,
    clientId:
      values['client-id'] ?? env['SALLYPORT_CLIENT_ID'] ?? development?.clientId ?? before?.clientId ?? 'sallyport-cli',
    clientSecret: env['SALLYPORT_CLIENT_SECRET']?.trim() || (before?.clientSecret ?? null),
    scope,
    prompt: prompt === '' ? null : prompt,
    audience: values.audience ?? development?.audience ?? null,
    issuerCa:
      authority !== undefined
        ? readAuthority(pathFrom(authority, surroundings))
        : development && running
          ? readAuthority(running.ca)
          : (before?.issuerCa ?? null),
    url,
    ca:
      caFile !== undefined
        ? pathFrom(caFile, surroundings)
        : running && url !== null && url === running.control?.url
          ? running.ca
          : (before?.ca ?? null),
  };
}

function readAuthority(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`the certificates cannot be read: ${(error as Error).message}`, 1, { cause: error });
  }
}

async function inBrowser(
  signIn: SignIn,
  redirect: string,
  surroundings: Surroundings,
  open: OpenBrowser,
): Promise<SignedIn> {
  const loopback = await openLoopback(redirect);
  try {
    const begun = await signIn.begin(loopback.redirect);
    const { url, state } = begun;
    const came = loopback.came(state, PATIENCE_MS);
    surroundings.err(`Sign in at:\n\n  ${url}\n\n`);
    open(url);
    return await begun.finish(await came);
  } finally {
    loopback.close();
  }
}

async function onDevice(signIn: SignIn, surroundings: Surroundings): Promise<SignedIn> {
  const prompt = await signIn.beginOnDevice();
  const { url, completeUrl, code } = prompt;
  const short = completeUrl === null ? '' : `, or open ${completeUrl}`;
  surroundings.err(`On any device open\n\n  ${url}\n\nand enter the code ${code}${short}\n\n`);
  return prompt.finish(AbortSignal.timeout(PATIENCE_MS * 2));
}

function tell(token: string, expiresAt: number | null, renews: boolean, json: boolean, to: Surroundings): void {
  const claims = claimsOf(token) ?? {};
  const until = expiresAt === null ? null : new Date(expiresAt).toISOString();
  const { iss = null, sub = null, email = null } = claims;
  if (json) return to.out(`${JSON.stringify({ iss, sub, email, expiresAt: until, renews })}\n`);
  const who = [email, claims['preferred_username'], sub].find((name) => typeof name === 'string') ?? 'somebody';
  const end = renews ? 'renewed by itself' : `until ${until ?? 'the issuer ends it'}`;
  to.out(`signed in as ${String(who)} (${end}); "sallyport whoami" says what that is worth\n`);
}
