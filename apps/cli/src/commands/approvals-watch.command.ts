import { requesterOf, rulesOf } from '../approvals/approval.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { followEvents } from '../event-stream/follow-events.js';
import { textAt } from '../records.js';
import { printable } from '../table.js';

export const approvalsWatchCommand: Command = {
  name: 'approvals watch',
  summary: 'follow what waits for a decision, as it happens',
  help: `Prints a line for each approval that waits for you, and whenever one of them changes. Connects again by itself. Ctrl-C ends it.

  sallyport approvals watch [options]

  --first          end after the first that waits, and print nothing but its id
${connectionHelp.replace('the answer as JSON', 'each event as a line of JSON')}
`,
  run: async (args, surroundings) => {
    const names = { texts: connectionNames.texts, flags: [...connectionNames.flags, 'first'] as const };
    const { values } = readArguments('approvals watch', args, names);
    await followEvents({
      path: '/v1/approvals/events',
      connect: () => ControlApiClient.connect(values, surroundings),
      seen: ({ data }) => {
        const approval = parse(data);
        if (textAt(approval, 'id') === '') return true;
        if (values.first) {
          if (textAt(approval, 'state') !== 'pending') return true;
          surroundings.out(`${textAt(approval, 'id')}\n`);
          return false;
        }
        surroundings.out(values.json ? `${JSON.stringify(approval)}\n` : `${line(approval)}\n`);
        return true;
      },
      broke: (why, ms) => surroundings.err(`${printable(why)}; connecting again in ${ms / 1000} s\n`),
    });
    return 0;
  },
};

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

function line(approval: unknown): string {
  const target = textAt(approval, 'target') || textAt(approval, 'scope', 'targets');
  const parts = [textAt(approval, 'id'), textAt(approval, 'kind'), requesterOf(approval), target, rulesOf(approval)];
  return [printable(textAt(approval, 'state')).padEnd(9), ...parts.map(printable).filter(Boolean)].join('  ');
}
