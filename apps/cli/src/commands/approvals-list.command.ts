import { requesterOf, rulesOf } from '../approvals/approval.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { itemsOf, nothingFound, textAt } from '../records.js';
import { table } from '../table.js';

export const approvalsListCommand: Command = {
  name: 'approvals list',
  summary: 'list approvals: what waits for a decision, what was decided',
  help: `Lists approvals, newest first: your own, those you may decide, and for auditors all.

  sallyport approvals list [options]

  --state STATE    pending, approved, denied, expired, revoked, withdrawn or used; several with commas
  --mine           only those you asked for
  --limit N        1 to 100                               (default 50)
  --cursor CURSOR  the next page, as the page before says
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, 'state', 'limit', 'cursor'] as const,
      flags: [...connectionNames.flags, 'mine'] as const,
    };
    const { values } = readArguments('approvals list', args, names);
    const { state, limit, cursor, mine } = values;
    const client = ControlApiClient.connect(values, surroundings);
    const answer = await client.get('/v1/approvals', { state, limit, cursor, mine: mine ? 'true' : undefined });
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const { items, next } = itemsOf(answer);
    const rows = items.map((item) => [
      textAt(item, 'createdAt'),
      textAt(item, 'id'),
      textAt(item, 'kind'),
      textAt(item, 'state'),
      requesterOf(item),
      textAt(item, 'target') || textAt(item, 'scope', 'targets'),
      rulesOf(item),
    ]);
    surroundings.out(`${table(['asked', 'id', 'kind', 'state', 'who', 'target', 'rules'], rows)}\n`);
    if (rows.length === 0) surroundings.err(nothingFound('approvals'));
    if (next !== null) surroundings.out(`more: --cursor ${next}\n`);
    return 0;
  },
};
