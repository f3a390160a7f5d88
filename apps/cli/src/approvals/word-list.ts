import { CliError } from '../cli.error.js';

/** A list as it is typed: `a,b`; a comma between braces belongs to a glob. Absent: undefined. */
export function listOf(typed: string | undefined): readonly string[] | undefined {
  if (typed === undefined) return undefined;
  const words: string[] = [''];
  let depth = 0;
  for (const character of typed) {
    if (character === '{') depth++;
    else if (character === '}') depth--;
    if (character === ',' && depth === 0) words.push('');
    else words[words.length - 1] += character;
  }
  return words.map((word) => word.trim()).filter((word) => word !== '');
}

/** @throws CliError with exit code 2 when an option that the command needs is missing */
export function needed(value: string | undefined, option: string, command: string): string {
  if (value === undefined || value.trim() === '')
    throw new CliError(`--${option} is missing; see sallyport ${command} --help`, 2);
  return value;
}
