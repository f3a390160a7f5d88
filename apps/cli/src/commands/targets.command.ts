import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { itemsOf, textAt } from '../records.js';
import { table } from '../table.js';

export const targetsCommand: Command = {
  name: 'targets',
  summary: 'list targets, or show one',
  help: `Lists the targets behind the gateways; with a name shows one whole. Addresses are shown to administrators.

  sallyport targets [NAME] [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('targets', args, connectionNames, {
      min: 0,
      max: 1,
      what: 'a name',
    });
    const client = ControlApiClient.connect(values, surroundings);
    const [name] = words;
    if (name !== undefined) {
      const target = await client.get(`/v1/targets/${encodeURIComponent(name)}`);
      surroundings.out(`${JSON.stringify(target, null, values.json ? undefined : 2)}\n`);
      return 0;
    }
    const answer = await client.get('/v1/targets');
    if (values.json) surroundings.out(`${JSON.stringify(answer)}\n`);
    else {
      const { items } = itemsOf(answer);
      const rows = items.map((item) => [
        textAt(item, 'name'),
        textAt(item, 'protocol'),
        addressOf(item),
        textAt(item, 'address', 'database') || textAt(item, 'address', 'identity') || '(administrators)',
      ]);
      surroundings.out(`${table(['name', 'protocol', 'address', 'database or identity'], rows)}\n`);
    }
    return 0;
  },
};

/** Host and port of a database, server of a cluster. */
function addressOf(item: unknown): string {
  const server = textAt(item, 'address', 'server');
  const host = [textAt(item, 'address', 'host'), textAt(item, 'address', 'port')].filter(Boolean).join(':');
  return server || host || '(administrators)';
}
