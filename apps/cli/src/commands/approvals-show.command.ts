import { describe, readApproval, shownText } from '../approvals/approval.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';

export const approvalsShowCommand: Command = {
  name: 'approvals show',
  summary: 'show one approval as a reviewer has to read it',
  help: `Shows one approval: who asks, what exactly would run, and how it stands.

  sallyport approvals show ID [options]

  --wait           until it is decided, or a minute is over
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = { texts: connectionNames.texts, flags: [...connectionNames.flags, 'wait'] as const };
    const { values, words } = readArguments('approvals show', args, names, { min: 1, max: 1, what: 'an id' });
    const [id = ''] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const path = `/v1/approvals/${encodeURIComponent(id)}`;
    const answer = await (values.wait ? client.wait(path, 60) : client.get(path));
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const approval = readApproval(answer);
    surroundings.out(`${describe(approval)}${shownText(approval)}`);
    return 0;
  },
};
