import { requesterOf } from '../approvals/approval.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { itemsOf, nothingFound, textAt } from '../records.js';
import { table } from '../table.js';

export const grantsCommand: Command = {
  name: 'grants',
  summary: 'list the grants in force',
  help: `Lists what has been approved and is in force: your own, for auditors all. "sallyport approvals revoke ID" takes one back.

  sallyport grants [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values } = readArguments('grants', args, connectionNames);
    const answer = await ControlApiClient.connect(values, surroundings).get('/v1/grants');
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const { items } = itemsOf(answer);
    const rows = items.map((item) => [
      textAt(item, 'expires'),
      textAt(item, 'id'),
      textAt(item, 'kind'),
      requesterOf(item),
      textAt(item, 'target') || textAt(item, 'scope', 'targets'),
      textAt(item, 'unmask'),
    ]);
    surroundings.out(`${table(['until', 'id', 'kind', 'who', 'target', 'unmasks'], rows)}\n`);
    if (rows.length === 0) surroundings.err(nothingFound('grants'));
    return 0;
  },
};
