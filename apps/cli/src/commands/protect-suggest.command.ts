import type { ColumnSuggestion, TargetSuggestions } from '@app/masking';
import { CliError } from '../cli.error.js';
import { type Command, readArguments } from '../command.js';
import { gatewayAnswer, wholeConfig } from '../gateway-program.js';
import { configFile, homeFolder } from '../home.js';
import { protectSectionOf } from '../protect-section.js';

/** A table may take as long as its own limit and some more; each one is a sign of life. */
const PATIENCE_BESIDE_MS = 60_000;
const ROWS = { least: 1, most: 10_000 } as const;

export const protectSuggestCommand: Command = {
  name: 'protect suggest',
  summary: 'look for columns of a database that hold personal data or secrets',
  help: `Looks at the columns of a database target and prints a "protect" section for the configuration, with how sure it is of each
column and why: names, types and comments of columns, statistics, and what detectors recognise in a sample of rows. It connects
with the target's own credential, reads in transactions that may only read, and keeps, prints and records no value.
Run it where a gateway runs. What it finds is a start: somebody who knows the data decides.

  sallyport protect suggest TARGET [options]

  --schema GLOB           schemas to look at                      (default: all)
  --table GLOB            tables to look at                       (default: all)
  --rows N                rows of each table, 1 to 10000          (default 200)
  --timeout SECONDS       for each table                          (default 5)
  --min-confidence X      leave out what is less sure, 0 to 1     (default 0.5)
  --all                   columns that are protected already, too
  --fail-on-new           exit code 1 if any column is suggested that is not protected
  --json                  all that was found, as JSON
  --quiet                 no progress
  --config FILE           configuration, SALLYPORT_CONFIG         (default: of the quick start)
  --home DIR              home of the quick start                 (default .sallyport)

Exit codes: 0 done, 1 the target could not be looked at (or --fail-on-new), 2 the command line is wrong.
How the confidence is made: docs/protect-suggest.md.
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments(
      'protect suggest',
      args,
      {
        texts: ['schema', 'table', 'rows', 'timeout', 'min-confidence', 'config', 'home'],
        flags: ['all', 'fail-on-new', 'json', 'quiet'],
      },
      { min: 1, max: 1, what: 'the name of a target' },
    );
    const [target = ''] = words;
    const rows = number('rows', values.rows ?? '200', ROWS.least, ROWS.most);
    const timeout = number('timeout', values.timeout ?? '5', 0.1, 3_600);
    const least = number('min-confidence', values['min-confidence'] ?? '0.5', 0, 1);
    const file = configFile(values.config, homeFolder(values.home, surroundings), surroundings);
    const databases = wholeConfig(file, surroundings.env).targets.filter(({ kind }) => kind === 'postgres');
    if (!databases.some(({ name }) => name === target))
      throw new CliError(
        `there is no database target named ${target}; there are ${databases.map(({ name }) => name).join(', ') || 'none'}`,
        2,
      );
    const asked = { suggest: target, schema: values.schema ?? '*', table: values.table ?? '*' };
    const answer = await gatewayAnswer(
      'postgres-gateway',
      [
        '--config',
        file,
        ...Object.entries(asked).map(([name, value]) => `--${name}=${value}`),
        `--rows=${Math.round(rows)}`,
        `--timeout=${Math.round(timeout * 1_000)}`,
      ],
      {
        env: surroundings.env,
        patienceMs: timeout * 1_000 + PATIENCE_BESIDE_MS,
        onLine: (line) => told(line, (text) => (values.quiet ? undefined : surroundings.err(text))),
      },
    );
    const found = JSON.parse(answer) as TargetSuggestions;
    const sure = found.suggestions.filter((one) => one.confidence >= least);
    const chosen = values.all ? sure : sure.filter(isNew);
    if (values.json) surroundings.out(`${JSON.stringify({ ...found, suggestions: chosen })}\n`);
    else surroundings.out(protectSectionOf(found, chosen, sure.length - chosen.length));
    return values['fail-on-new'] && chosen.some(isNew) ? 1 : 0;
  },
};

const isNew = ({ protectedAs }: ColumnSuggestion): boolean => protectedAs === null;

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new CliError(`--${name} must be a number from ${least} to ${most}; see sallyport protect suggest --help`, 2);
  return value;
}

/** Progress of the gateway's program; true: the line was that. */
function told(line: string, err: (text: string) => void): boolean {
  if (!line.startsWith('{"progress":')) return false;
  const { progress } = JSON.parse(line) as { progress: { done: number; of: number; table: string } };
  err(`${progress.done}/${progress.of} ${progress.table}\n`);
  return true;
}
