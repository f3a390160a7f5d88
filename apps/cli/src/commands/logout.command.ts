import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { ControlApiClient } from '../control-api.client.js';
import { keptCredentials, removeKept } from '../minted/kept-credentials.js';
import { readSignIn, removeSignIn, signInFolder, type StoredSignIn } from '../sign-in/stored-sign-in.js';

export const logoutCommand: Command = {
  name: 'logout',
  summary: 'end the sign-in',
  help: `Ends the sign-in of "sallyport login": revokes the credentials that "sallyport credential postgres" kept, makes the refresh token
worthless at the issuer where it can, and removes both from this machine. Credentials minted elsewhere stay: see "sallyport credentials list".

  sallyport logout [options]

  --keep-credentials  leave the credentials that are kept here as they are, until they end by themselves
  --home DIR          home of the quick start             (default .sallyport)
`,
  run: async (args, surroundings) => {
    const { values } = readArguments('logout', args, { texts: ['home'], flags: ['keep-credentials'] });
    const folder = signInFolder(values.home, surroundings);
    const signIn = readSignIn(folder);
    if (signIn === null) {
      surroundings.out('nobody was signed in\n');
      return 0;
    }
    if (!values['keep-credentials']) await revokeKept(folder, values.home, surroundings);
    const problem = await giveBack(signIn);
    removeSignIn(folder);
    if (problem !== null)
      surroundings.err(`the issuer was not told (${problem}); what it gave ends there by its own time\n`);
    surroundings.out('signed out\n');
    return 0;
  },
};

async function revokeKept(folder: string, home: string | undefined, surroundings: Surroundings): Promise<void> {
  const now = Date.now();
  for (const { file, credential } of keptCredentials(folder)) {
    // one's own only: another sign-in of this folder may have kept others
    if (Date.parse(credential.expiresAt) > now) {
      try {
        await ControlApiClient.connect({ home }, surroundings).delete(`/v1/credentials/${credential.name}`);
      } catch (error) {
        if (!(error instanceof CliError)) throw error;
        surroundings.err(
          `${credential.name} for ${credential.target} could not be revoked and works until ${credential.expiresAt}: ${error.message}\n`,
        );
      }
    }
    removeKept(file);
  }
}

/** @returns why the issuer was not told; null: it was, or had nothing to be told */
async function giveBack(signIn: StoredSignIn): Promise<string | null> {
  if (signIn.refreshToken === null) return null;
  const { SignIn } = await import('../sign-in/issuer.js');
  try {
    const issuer = await SignIn.at({ ...signIn, prompt: null, ca: signIn.issuerCa });
    return (await issuer.revoke(signIn.refreshToken)) ? null : 'it takes no token back';
  } catch (error) {
    return (error as Error).message;
  }
}
