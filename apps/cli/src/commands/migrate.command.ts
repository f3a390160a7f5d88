import { loadConfig } from '@app/platform';
import { CliError } from '../cli.error.js';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { configFile, homeFolder } from '../home.js';

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'bring the schema of the audit database up to date',
  help: `Brings the schema of the audit database up to date, as audit.database.migrations; processes that do so at once take turns.

  sallyport migrate [options]

  --config FILE    configuration, SALLYPORT_CONFIG       (default: of the quick start)
  --revert         undo the last applied migration instead
  --home DIR       home of the quick start               (default .sallyport)
  --json           what was done as JSON
`,
  run: async (args, surroundings) => {
    const { values } = readArguments('migrate', args, { texts: ['config', 'home'], flags: ['revert', 'json'] });
    const file = configFile(values.config, homeFolder(values.home, surroundings), surroundings);
    const url = loadConfig(file, surroundings.env, 'migrations').audit.database.migrations;
    const { runMigrations } = await import('../migrate-schema.js');
    const report = await runMigrations(url, { revert: values.revert ?? false }).catch((error: Error) => {
      throw new CliError(`the schema was left as it was: ${error.message}`, 1, { cause: error });
    });
    if (values.json) surroundings.out(`${JSON.stringify(report)}\n`);
    else {
      for (const name of report.applied) surroundings.out(`applied ${name}\n`);
      for (const name of report.reverted) surroundings.out(`reverted ${name}\n`);
      if (report.applied.length + report.reverted.length === 0) surroundings.out('nothing to do\n');
    }
    return 0;
  },
};
