import { CliError } from './cli.error.js';
import type { Command, Surroundings } from './command.js';

/**
 * Runs one command line.
 * @returns 0 done, 1 it could not be done, 2 the command line is wrong; words for people go to stderr
 */
export async function runCli(
  commands: readonly Command[],
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const found = findCommand(commands, args);
  if (found === null) {
    const [name] = args;
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      surroundings.out(overview(commands));
      return 0;
    }
    const group = commands.filter((command) => command.name.startsWith(`${name} `));
    if (group.length > 0) return tellOfGroup(group, args.slice(1), surroundings);
    const near = nearest(name, commands);
    surroundings.err(
      `sallyport: there is no command "${name}"${near === null ? '' : `; did you mean "${near}"?`} (sallyport --help)\n`,
    );
    return 2;
  }
  const { command, rest } = found;
  if (rest.includes('--help') || rest.includes('-h')) {
    surroundings.out(command.help);
    return 0;
  }
  try {
    return await command.run(rest, surroundings);
  } catch (error) {
    if (error instanceof CliError || isConfigError(error)) {
      surroundings.err(`sallyport: ${error.message}\n`);
      return error instanceof CliError ? error.exitCode : 1;
    }
    throw error;
  }
}

/** By its name: the configuration takes longer to load than most commands to run. */
function isConfigError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ConfigError';
}

function findCommand(commands: readonly Command[], args: readonly string[]) {
  for (const command of commands) {
    const words = command.name.split(' ');
    if (words.every((word, index) => args[index] === word)) return { command, rest: args.slice(words.length) };
  }
  return null;
}

/** `sallyport approvals`: one word of several. */
function tellOfGroup(group: readonly Command[], rest: readonly string[], surroundings: Surroundings): number {
  if (rest.length === 0 || rest.includes('--help') || rest.includes('-h')) {
    surroundings.out(overview(group));
    return rest.length === 0 ? 2 : 0;
  }
  const names = group.map(({ name }) => `"${name}"`).join(', ');
  surroundings.err(`sallyport: which of ${names}? (sallyport --help)\n`);
  return 2;
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `sallyport COMMAND [options]\n\n${lines.join('\n')}\n\nsallyport COMMAND --help tells more.\n`;
}

/** The command whose name differs least, when that is little enough to be a slip. */
function nearest(typed: string, commands: readonly Command[]): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const { name } of commands) {
    const distance = editDistance(typed, name);
    if (best === null || distance < best.distance) best = { name, distance };
  }
  return best !== null && best.distance <= Math.max(2, Math.floor(typed.length / 3)) ? best.name : null;
}

function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++)
      next.push(
        Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)),
      );
    row = next;
  }
  return row[to.length] ?? 0;
}
