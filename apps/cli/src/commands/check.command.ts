import { ConfigError, loadConfig, loadPartialConfig } from '@app/platform';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { configFile, homeFolder } from '../home.js';

export const checkCommand: Command = {
  name: 'check',
  summary: 'read a configuration and say everything that is wrong with it',
  help: `Reads a configuration as the processes would and prints every error and warning with its line.

  sallyport check [options]

  --config FILE    configuration, SALLYPORT_CONFIG         (default: of the quick start)
  --partial        FILE may leave out what npm start -- --config FILE embeds
  --home DIR       home of the quick start                 (default .sallyport)
  --json           the answer as JSON

Exit codes: 0 it can be used (there may be warnings), 1 it cannot.
`,
  run: (args, surroundings) => {
    const { values } = readArguments('check', args, { texts: ['config', 'home'], flags: ['partial', 'json'] });
    const file = configFile(values.config, homeFolder(values.home, surroundings), surroundings);
    try {
      const load = values.partial ? loadPartialConfig : loadConfig;
      const { warnings, targets, rules, protect } = load(file, surroundings.env);
      if (values.json) surroundings.out(`${JSON.stringify({ ok: true, problems: [], warnings })}\n`);
      else {
        for (const warning of warnings) surroundings.out(`warning: ${warning}\n`);
        const counts = [
          counted(targets.length, 'target'),
          counted(rules.length, 'rule'),
          counted(protect.length, 'protected class', 'protected classes'),
        ].join(', ');
        surroundings.out(`${file}: can be used (${counts})\n`);
      }
      return Promise.resolve(0);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (values.json) surroundings.out(`${JSON.stringify({ ok: false, problems: error.problems, warnings: [] })}\n`);
      else surroundings.err(`${error.message}\n`);
      // as written for npm start -- --config: what is missing is embedded there
      if (!values.json && !values.partial && error.problems.some(isEmbedded))
        surroundings.err('sallyport: a file for npm start -- --config may leave that out: check it with --partial\n');
      return Promise.resolve(1);
    }
  },
};

function isEmbedded({ key, message }: { readonly key: string; readonly message: string }): boolean {
  return message.startsWith('is missing') && ['identity', 'audit', 'keys', 'tls'].includes(key);
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
