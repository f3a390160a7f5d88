import type { Finding } from '@app/targets';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { told } from './targets-check.command.js';

interface Answer {
  readonly fresh: boolean;
  readonly checks: readonly {
    readonly gateway: string;
    readonly at: string;
    readonly ageSeconds: number;
    readonly server: string | null;
    readonly findings: readonly Finding[];
  }[];
}

export const targetsFindingsCommand: Command = {
  name: 'targets findings',
  summary: 'what the gateways found when they last looked at a target',
  help: `Shows what each gateway found when it last looked at a target, and how long ago that was. For administrators.

  sallyport targets findings NAME [--again] [options]

  --again          have the gateways look again first, and wait for the first that has
${connectionHelp}

Exit codes: 0 no finding is an error, 1 one is, or no gateway has looked.
`,
  run: async (args, surroundings) => {
    const names = { texts: connectionNames.texts, flags: [...connectionNames.flags, 'again' as const] };
    const { values, words } = readArguments('targets findings', args, names, { min: 1, max: 1, what: 'a name' });
    const [target = ''] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const path = `/v1/targets/${encodeURIComponent(target)}/check`;
    const answer = (values.again ? await client.post(path, {}) : await client.get(path)) as Answer;
    if (values.json) surroundings.out(`${JSON.stringify(answer)}\n`);
    else {
      if (values.again && !answer.fresh)
        surroundings.err('no gateway has looked within 20 s; this is what was found before\n');
      if (answer.checks.length === 0) surroundings.out(`no gateway has looked at ${target} yet\n`);
      for (const { gateway, ageSeconds, server, findings } of answer.checks)
        surroundings.out(
          `${gateway}, ${ageSeconds} s ago\n${told({ target, protocol: 'postgres', at: '', server, findings })}`,
        );
    }
    const bad = answer.checks.some(({ findings }) => findings.some(({ severity }) => severity === 'error'));
    return bad || answer.checks.length === 0 ? 1 : 0;
  },
};
