import type { TargetReport } from '@app/targets';
import { CliError } from '../cli.error.js';
import { type Command, readArguments, type Surroundings } from '../command.js';
import { gatewayAnswer, type GatewayProgram, wholeConfig } from '../gateway-program.js';
import { configFile, homeFolder } from '../home.js';
import { printableLines } from '../table.js';

const PATIENCE_MS = 120_000;

export const targetsCheckCommand: Command = {
  name: 'targets check',
  summary: 'look at the targets of a configuration as the gateway reaches them',
  help: `Connects to each target with its own credential, and says what speaks against it: rights its role should not have,
TLS that checks nothing, entries of protect that name no column. Each finding comes with the statements, for an administrator of the
server, that settle it. Nothing is changed. Credentials are read by the gateways' own programs, so run this where a gateway runs.

  sallyport targets check [NAME…] [options]

  --config FILE    configuration, SALLYPORT_CONFIG         (default: of the quick start)
  --home DIR       home of the quick start                 (default .sallyport)
  --sql            print the statements that settle the findings, and nothing else
  --json           the reports as JSON

Exit codes: 0 no finding is an error, 1 one is or a target cannot be used, 2 the command line is wrong.
The gateways check their targets too, at start and every hour; what they found last: sallyport targets findings NAME.
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments(
      'targets check',
      args,
      { texts: ['config', 'home'], flags: ['sql', 'json'] },
      { min: 0, max: 1_000, what: 'a name' },
    );
    const file = configFile(values.config, homeFolder(values.home, surroundings), surroundings);
    const reports = await reportsOf(file, words, surroundings);
    if (values.json) surroundings.out(`${JSON.stringify({ reports })}\n`);
    else if (values.sql) {
      const sql = sqlOf(reports);
      if (sql === '') surroundings.err('no finding is settled by statements; without --sql all findings are shown\n');
      surroundings.out(sql);
    } else for (const report of reports) surroundings.out(told(report));
    return reports.some(({ findings }) => findings.some(({ severity }) => severity === 'error')) ? 1 : 0;
  },
};

async function reportsOf(
  file: string,
  names: readonly string[],
  { env }: Surroundings,
): Promise<readonly TargetReport[]> {
  const { targets } = wholeConfig(file, env);
  for (const name of names)
    if (!targets.some((target) => target.name === name))
      throw new CliError(
        `there is no target named ${name}; there are ${targets.map((target) => target.name).join(', ') || 'none'}`,
        2,
      );
  const chosen = names.length === 0 ? targets : targets.filter(({ name }) => names.includes(name));
  const programs = [
    ['postgres', 'postgres-gateway'],
    ['kubernetes', 'kube-gateway'],
  ] as const;
  const found = await Promise.all(
    programs.map(([kind, program]) => {
      const mine = chosen.filter((target) => target.kind === kind).map(({ name }) => name);
      return mine.length === 0 ? Promise.resolve([]) : ask(program, file, mine, env);
    }),
  );
  const order = chosen.map(({ name }) => name);
  return found.flat().sort((a, b) => order.indexOf(a.target) - order.indexOf(b.target));
}

/** Credentials of targets are the gateways' alone: their own program looks, with the code that sessions connect by. */
async function ask(
  program: GatewayProgram,
  file: string,
  names: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<readonly TargetReport[]> {
  const answer = await gatewayAnswer(program, ['--config', file, '--check', ...names], {
    env,
    patienceMs: PATIENCE_MS,
  });
  return (JSON.parse(answer) as { reports: TargetReport[] }).reports;
}

/** One report for people. */
export function told({ target, server, findings }: TargetReport): string {
  const head = `${target}: ${server ?? 'nothing answered'}`;
  if (findings.length === 0) return `${head}\n  nothing speaks against it\n\n`;
  const blocks = findings.map((finding) => {
    const { severity, what, why } = finding;
    const remedies = [...finding.sql, ...(finding.setting === null ? [] : [finding.setting])];
    const below = [`because ${why}`, ...remedies.map((remedy, i) => `${i === 0 ? 'remedy: ' : '        '}${remedy}`)];
    return [`  ${severity.padEnd(9)}${what}`, ...below.map((line) => `           ${line}`)]
      .map(printableLines)
      .join('\n');
  });
  return `${printableLines(head)}\n${blocks.join('\n')}\n\n`;
}

/** The statements of all findings, target by target, once each. */
function sqlOf(reports: readonly TargetReport[]): string {
  return reports
    .filter(({ findings }) => findings.some(({ sql }) => sql.length > 0))
    .map(({ target, findings }) => {
      const blocks = findings
        .filter(({ sql }) => sql.length > 0)
        .map(({ what, sql }) => `-- ${printableLines(what.replaceAll(/\s+/gu, ' '))}\n${sql.join('\n')}\n`);
      return `-- target ${target}\n${blocks.join('')}`;
    })
    .join('\n');
}
