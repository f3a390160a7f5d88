import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { itemsOf, nothingFound, textAt } from '../records.js';
import { table } from '../table.js';

export const sessionsCommand: Command = {
  name: 'sessions',
  summary: 'list sessions, or show one',
  help: `Lists sessions, newest first; with an id shows one session whole.

  sallyport sessions [ID] [options]

  --person USER    user, the part before the @, or subject
  --target NAME    on this target
  --live           not closed yet
  --limit N        1 to 100                               (default 50)
  --cursor CURSOR  the next page, as the page before says
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = {
      texts: [...connectionNames.texts, 'person', 'target', 'limit', 'cursor'] as const,
      flags: [...connectionNames.flags, 'live'] as const,
    };
    const { values, words } = readArguments('sessions', args, names, { min: 0, max: 1, what: 'an id' });
    const client = ControlApiClient.connect(values, surroundings);
    const [id] = words;
    if (id !== undefined) {
      const session = await client.get(`/v1/sessions/${encodeURIComponent(id)}`);
      surroundings.out(`${JSON.stringify(session, null, values.json ? undefined : 2)}\n`);
      return 0;
    }
    const { person, target, limit, cursor, live } = values;
    const answer = await client.get('/v1/sessions', { person, target, limit, cursor, live: live ? 'true' : undefined });
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const { items, next } = itemsOf(answer);
    const rows = items.map((item) => [
      textAt(item, 'openedAt'),
      textAt(item, 'id'),
      [textAt(item, 'principal', 'user'), textAt(item, 'principal', 'act')].filter(Boolean).join(' through '),
      textAt(item, 'target'),
      textAt(item, 'closedAt') || 'live',
      textAt(item, 'why'),
    ]);
    surroundings.out(`${table(['opened', 'id', 'who', 'target', 'closed', 'why'], rows)}\n`);
    if (rows.length === 0) surroundings.err(nothingFound('sessions'));
    if (next !== null) surroundings.out(`more: --cursor ${next}\n`);
    return 0;
  },
};
