import { readApproval } from '../approvals/approval.js';
import { needed } from '../approvals/word-list.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';

export const approvalsRevokeCommand: Command = {
  name: 'approvals revoke',
  summary: 'take an approval or a grant back; what runs by it ends',
  help: `Takes an approval back: one that waits is never decided, a grant is not good any more, and what runs by it ends.

  sallyport approvals revoke ID --reason TEXT [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, 'reason'] as const, flags: connectionNames.flags };
    const { values, words } = readArguments('approvals revoke', args, names, { min: 1, max: 1, what: 'an id' });
    const [id = ''] = words;
    const reason = needed(values.reason, 'reason', 'approvals revoke');
    const client = ControlApiClient.connect(values, surroundings);
    const answer = await client.post(`/v1/approvals/${encodeURIComponent(id)}/revoke`, { reason });
    surroundings.out(values.json ? `${JSON.stringify(answer)}\n` : `${id}: ${readApproval(answer).state}\n`);
    return 0;
  },
};
