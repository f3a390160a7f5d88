import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';

export const terminateCommand: Command = {
  name: 'terminate',
  summary: 'end a session',
  help: `Ends a session: your own, or as an administrator anyone's. The gateway carries it out within seconds.

  sallyport terminate SESSION [--reason TEXT] [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, 'reason'] as const, flags: connectionNames.flags };
    const { values, words } = readArguments('terminate', args, names, { min: 1, max: 1, what: "the session's id" });
    const [session = ''] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const reason = values.reason ?? 'ended from the command line';
    const answer = await client.post(`/v1/sessions/${encodeURIComponent(session)}/terminate`, { reason });
    surroundings.out(values.json ? `${JSON.stringify(answer)}\n` : `${session} will be ended\n`);
    return 0;
  },
};
