import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { itemsOf, nothingFound, textAt } from '../records.js';
import { table } from '../table.js';

const filters = [
  'person',
  'agent',
  'target',
  'object',
  'verb',
  'effect',
  'decision',
  'text',
  'from',
  'to',
  'cursor',
  'limit',
] as const;

export const operationsCommand: Command = {
  name: 'operations',
  summary: 'search the record, or show one operation',
  help: `Searches the record, newest first; with an id shows one operation whole.

  sallyport operations [ID] [options]

  --person USER    user, the part before the @, or subject
  --agent AGENT    through this agent
  --target NAME    on this target
  --object NAME    customers, public.customers or crm.public.customers
  --verb VERB      such as SELECT or delete
  --effect EFFECT  read, write, schema, admin, session, connect
  --decision WHAT  allow, deny or hold
  --text TEXT      in verb, objects or statement, without its literals
  --from TIME      2026-11-22 or 2026-11-22T12:00:00Z, included
  --to TIME        not included
  --limit N        1 to 100                               (default 50)
  --cursor CURSOR  the next page, as the page before says
${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, ...filters], flags: connectionNames.flags };
    const { values, words } = readArguments('operations', args, names, { min: 0, max: 1, what: 'an id' });
    const client = ControlApiClient.connect(values, surroundings);
    const [id] = words;
    if (id !== undefined) {
      const operation = await client.get(`/v1/operations/${encodeURIComponent(id)}`);
      surroundings.out(`${JSON.stringify(operation, null, values.json ? undefined : 2)}\n`);
      return 0;
    }
    const query = Object.fromEntries(filters.map((name) => [name, values[name]] as const));
    const answer = await client.get('/v1/operations', query);
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const { items, next } = itemsOf(answer);
    const rows = items.map((item) => [
      textAt(item, 'at'),
      textAt(item, 'id'),
      [textAt(item, 'principal', 'user'), textAt(item, 'principal', 'act')].filter(Boolean).join(' through '),
      textAt(item, 'target'),
      textAt(item, 'decision', 'effect'),
      textAt(item, 'result', 'status'),
      shownStatement(item),
    ]);
    surroundings.out(`${table(['at', 'id', 'who', 'target', 'decision', 'result', 'statement'], rows)}\n`);
    if (rows.length === 0) surroundings.err(nothingFound('operations'));
    if (next !== null) surroundings.out(`more: --cursor ${next}\n`);
    return 0;
  },
};

/** A command run in a cluster stands behind the long request that ran it: it is what people look for. */
function shownStatement(item: unknown): string {
  const statement = textAt(item, 'statement') || textAt(item, 'verb');
  if (textAt(item, 'protocol') !== 'kubernetes') return statement;
  return /^[A-Z]+ \/\S* (.+)$/s.exec(statement)?.[1] ?? statement;
}
