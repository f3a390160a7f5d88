import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { homeFolder } from '../home.js';
import { askIssuer } from '../issuer-token.js';

export const tokenCommand: Command = {
  name: 'token',
  summary: 'print a token of the development issuer',
  help: `Prints a token of the development issuer, for a person of the sample.

  sallyport token --as NAME [options]

  --as NAME        alice, bob, carol, dave or root
  --agent AGENT    acting through this agent
  --purpose CODE   for this purpose
  --ttl TIME       how long it lives: 60s, 15m, 12h      (default 12h)
  --home DIR       home of the quick start               (default .sallyport)
  --json           token, user and expiry as JSON
`,
  run: async (args, surroundings) => {
    const { values } = readArguments('token', args, {
      texts: ['as', 'agent', 'purpose', 'ttl', 'home'],
      flags: ['json'],
    });
    const passed = (['as', 'agent', 'purpose', 'ttl'] as const).flatMap((name) =>
      values[name] === undefined ? [] : [`--${name}=${values[name]}`],
    );
    const home = `--home=${homeFolder(values.home, surroundings)}`;
    const { code, out, err } = await askIssuer([...passed, home, ...(values.json ? ['--json'] : [])]);
    surroundings.out(out);
    surroundings.err(err);
    return code;
  },
};
