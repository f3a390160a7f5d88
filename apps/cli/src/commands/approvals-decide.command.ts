import { decide } from '../approvals/decide.js';
import { listOf, needed } from '../approvals/word-list.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames } from '../control-api.client.js';

export const approvalsApproveCommand: Command = {
  name: 'approvals approve',
  summary: 'read what would run, and let exactly that run',
  help: `Shows what would run, asks, and approves exactly what was shown. Nobody approves what they or their agents asked for.

  sallyport approvals approve ID [options]

  --reason TEXT    kept with the decision
  --unmask CLASSES these classes leave unmasked; the record stays masked
  --yes            without asking
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, 'reason', 'unmask'] as const,
      flags: [...connectionNames.flags, 'yes'] as const,
    };
    const { values, words } = readArguments('approvals approve', args, names, { min: 1, max: 1, what: 'an id' });
    const { reason, yes = false, json = false } = values;
    const unmask = listOf(values.unmask) ?? [];
    return decide({ id: words[0] ?? '', decision: 'approve', reason, unmask, yes, json }, values, surroundings);
  },
};

export const approvalsDenyCommand: Command = {
  name: 'approvals deny',
  summary: 'refuse what waits, with a reason',
  help: `Shows what would run, asks, and denies it. Who asked is told the reason.

  sallyport approvals deny ID --reason TEXT [options]

  --reason TEXT    what would help them
  --yes            without asking
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, 'reason'] as const,
      flags: [...connectionNames.flags, 'yes'] as const,
    };
    const { values, words } = readArguments('approvals deny', args, names, { min: 1, max: 1, what: 'an id' });
    const reason = needed(values.reason, 'reason', 'approvals deny');
    const { yes = false, json = false } = values;
    return decide({ id: words[0] ?? '', decision: 'deny', reason, unmask: [], yes, json }, values, surroundings);
  },
};
