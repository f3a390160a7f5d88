import { readApproval } from '../approvals/approval.js';
import { readScope, scopeHelp, scopeNames } from '../approvals/scope-words.js';
import { needed } from '../approvals/word-list.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { textAt } from '../records.js';

export const breakGlassOpenCommand: Command = {
  name: 'break-glass open',
  summary: 'let yourself in during an incident; everybody is told, everything is recorded',
  help: `Lets you in at once, for an hour at most. Everybody is told now, everything you do is recorded, and somebody else reviews it
within 72 hours. It takes the break-glass role.

  sallyport break-glass open --target NAMES --duration TIME --reason TEXT --incident ID [options]

${scopeHelp}
  --incident ID    which incident
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, ...scopeNames, 'incident'] as const,
      flags: connectionNames.flags,
    };
    const { values } = readArguments('break-glass open', args, names);
    const asked = readScope(values, 'break-glass open');
    const incident = needed(values.incident, 'incident', 'break-glass open');
    const client = ControlApiClient.connect(values, surroundings);
    const answer = await client.post('/v1/break-glass', { ...asked, incident });
    if (values.json) surroundings.out(`${JSON.stringify(answer)}\n`);
    else {
      const { id } = readApproval(answer);
      const due = textAt(answer, 'glass', 'due');
      const review = due === '' ? '' : `; somebody else reviews it by ${due}`;
      surroundings.out(`${id}: you are in until ${textAt(answer, 'expires')}; everybody has been told${review}\n`);
    }
    return 0;
  },
};

export const breakGlassReviewCommand: Command = {
  name: 'break-glass review',
  summary: 'say afterwards whether breaking the glass was right',
  help: `Reviews what somebody did by breaking the glass. Nobody reviews themselves.

  sallyport break-glass review ID --verdict VERDICT --reason TEXT [options]

  --verdict VERDICT justified or unjustified
  --reason TEXT     why
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, 'verdict', 'reason'] as const, flags: connectionNames.flags };
    const { values, words } = readArguments('break-glass review', args, names, { min: 1, max: 1, what: 'an id' });
    const [id = ''] = words;
    const verdict = needed(values.verdict, 'verdict', 'break-glass review');
    const reason = needed(values.reason, 'reason', 'break-glass review');
    const client = ControlApiClient.connect(values, surroundings);
    const answer = await client.post(`/v1/break-glass/${encodeURIComponent(id)}/review`, { verdict, reason });
    surroundings.out(values.json ? `${JSON.stringify(answer)}\n` : `${id}: reviewed, ${verdict}\n`);
    return 0;
  },
};
