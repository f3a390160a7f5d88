import { parseArgs } from 'node:util';
import { CliError } from './cli.error.js';
import type { KeySource } from './timeline/keys.js';

/** Where a command's words go, and what it knows of its surroundings. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
  /** asks the person at the terminal; absent: nobody sits there */
  readonly ask?: (question: string) => Promise<string>;
  /** single keys of the terminal; absent: nobody sits there, or output goes elsewhere */
  readonly keys?: KeySource;
}

/** One command of `sallyport`. */
export interface Command {
  /** as typed, for example `docs configuration` */
  readonly name: string;
  readonly summary: string;
  /** the whole help text */
  readonly help: string;
  /** @returns the exit code; @throws CliError */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** Arguments of a command: options with a text, options without one. */
export interface ArgumentNames<Text extends string, Flag extends string> {
  readonly texts: readonly Text[];
  readonly flags: readonly Flag[];
}

/** How many words beside options, and what they are. */
interface Words {
  readonly min: number;
  readonly max: number;
  readonly what: string;
}

type Values<Text extends string, Flag extends string> = { readonly [name in Text]?: string } & {
  readonly [name in Flag]?: boolean;
};

/**
 * Reads a command's arguments strictly.
 * @throws CliError with exit code 2 that names the argument and the command's help
 */
export function readArguments<Text extends string, Flag extends string>(
  command: string,
  args: readonly string[],
  names: ArgumentNames<Text, Flag>,
  words: Words = { min: 0, max: 0, what: '' },
): { readonly values: Values<Text, Flag>; readonly words: readonly string[] } {
  const { values, positionals } = parse(command, args, names);
  if (positionals.length < words.min)
    throw new CliError(`${words.what} is missing; see sallyport ${command} --help`, 2);
  if (positionals.length > words.max)
    throw new CliError(`"${positionals[words.max]}" is one too many; see sallyport ${command} --help`, 2);
  return { values: values as Values<Text, Flag>, words: positionals };
}

function parse(command: string, args: readonly string[], { texts, flags }: ArgumentNames<string, string>) {
  const options = Object.fromEntries([
    ...texts.map((name) => [name, { type: 'string' as const }] as const),
    ...flags.map((name) => [name, { type: 'boolean' as const }] as const),
  ]);
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const what = (error as Error).message
      .split(/\. To specify|\.?\n/)[0]
      ?.replace(/argument is ambiguous$/, 'lacks its value');
    throw new CliError(`${what}; see sallyport ${command} --help`, 2, { cause: error });
  }
}
