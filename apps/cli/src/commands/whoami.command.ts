import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { textAt } from '../records.js';
import { printable } from '../table.js';

const lines = [
  ['user', 'user'],
  ['groups', 'groups'],
  ['roles', 'roles'],
  ['through', 'act'],
  ['purpose', 'purpose'],
  ['issuer', 'iss'],
  ['subject', 'sub'],
  ['until', 'expiresAt'],
] as const;

export const whoamiCommand: Command = {
  name: 'whoami',
  summary: 'tell who the control API takes you for',
  help: `Tells who the control API takes you for: person, groups and roles as your token has them.

  sallyport whoami [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values } = readArguments('whoami', args, connectionNames);
    const answer = await ControlApiClient.connect(values, surroundings).get('/v1/whoami');
    if (values.json) surroundings.out(`${JSON.stringify(answer)}\n`);
    else
      for (const [label, key] of lines) {
        const text = textAt(answer, key);
        if (text !== '' || key === 'groups') surroundings.out(`${label.padEnd(9)}${printable(text) || '(none)'}\n`);
      }
    return 0;
  },
};
