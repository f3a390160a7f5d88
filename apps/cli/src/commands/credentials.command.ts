import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { keptCredentials, removeKept } from '../minted/kept-credentials.js';
import { itemsOf, nothingFound, textAt } from '../records.js';
import { signInFolder } from '../sign-in/stored-sign-in.js';
import { table } from '../table.js';

export const credentialsListCommand: Command = {
  name: 'credentials list',
  summary: 'list minted credentials',
  help: `Lists minted credentials that are in force, newest first: your own, for auditors and administrators everyone's. Never a secret.

  sallyport credentials list [options]

  --all            those that expired or were revoked within a month as well
  --target NAME    for this target
  --limit N        1 to 100                               (default 50)
  --cursor CURSOR  the next page, as the page before says
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, 'target', 'limit', 'cursor'] as const,
      flags: [...connectionNames.flags, 'all'] as const,
    };
    const { values } = readArguments('credentials list', args, names);
    const { target, limit, cursor, all } = values;
    const query = { target, limit, cursor, live: all ? undefined : 'true' };
    const answer = await ControlApiClient.connect(values, surroundings).get('/v1/credentials', query);
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const { items, next } = itemsOf(answer);
    const rows = items.map((item) => [
      textAt(item, 'expiresAt'),
      textAt(item, 'name'),
      textAt(item, 'target'),
      [textAt(item, 'user'), textAt(item, 'act')].filter(Boolean).join(' through '),
      textAt(item, 'state'),
      textAt(item, 'networks') || 'anywhere',
      textAt(item, 'purpose'),
    ]);
    surroundings.out(`${table(['until', 'name', 'target', 'who', 'state', 'from', 'purpose'], rows)}\n`);
    if (rows.length === 0) surroundings.err(nothingFound('credentials'));
    if (next !== null) surroundings.out(`more: --cursor ${next}\n`);
    return 0;
  },
};

export const credentialsRevokeCommand: Command = {
  name: 'credentials revoke',
  summary: 'revoke a minted credential',
  help: `Revokes a minted credential: your own, or as an administrator anyone's. Gateways learn of it within 10 s and end its sessions within 30 s.

  sallyport credentials revoke NAME [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('credentials revoke', args, connectionNames, {
      min: 1,
      max: 1,
      what: 'the name (sp_…)',
    });
    const [name = ''] = words;
    await ControlApiClient.connect(values, surroundings).delete(`/v1/credentials/${encodeURIComponent(name)}`);
    for (const { file, credential } of keptCredentials(signInFolder(values.home, surroundings)))
      if (credential.name === name) removeKept(file);
    surroundings.out(values.json ? `${JSON.stringify({ revoked: name })}\n` : `${name} is revoked\n`);
    return 0;
  },
};
