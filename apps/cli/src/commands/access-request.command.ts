import { readApproval } from '../approvals/approval.js';
import { readScope, scopeHelp, scopeNames } from '../approvals/scope-words.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';

export const accessRequestCommand: Command = {
  name: 'access request',
  summary: 'ask ahead of time to be let do something for a while',
  help: `Asks to be let do something for a while, instead of being held each time. Who may decide is told; what denies still denies.
What is granted is for this person through the agents of the token that asks: for access through an agent ask with a token of
that agent in SALLYPORT_TOKEN (sallyport token --as NAME --agent AGENT).

  sallyport access request --target NAMES --duration TIME --reason TEXT [options]

${scopeHelp}
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, ...scopeNames], flags: connectionNames.flags };
    const { values } = readArguments('access request', args, names);
    const asked = readScope(values, 'access request');
    const client = ControlApiClient.connect(values, surroundings);
    const answer = await client.post('/v1/access-requests', asked);
    if (values.json) surroundings.out(`${JSON.stringify(answer)}\n`);
    else {
      const { id } = readApproval(answer);
      surroundings.out(`${id}: asked for; sallyport approvals show ${id} --wait tells when it is decided\n`);
    }
    return 0;
  },
};
