import type { z } from 'zod';
import type { ConfigProblem } from './config.error.js';
import { didYouMean } from './did-you-mean.js';
import { notBuiltMessage } from './not-built.js';
import type { KeyPath, YamlSource } from './yaml-source.js';

type Issue = z.core.$ZodIssue;
/** The keys that are known at a path, for "did you mean". */
export type KnownKeys = (path: KeyPath) => readonly string[];

/** `targets[0].postgres.port` */
export function keyText(path: KeyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/** Turns what the schema found into problems with lines, in the order of the file. */
export function toProblems(
  issues: readonly Issue[],
  source: YamlSource,
  file: string,
  known: KnownKeys,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  // keys whose absence another message already explains
  const explained = new Set<string>();
  const add = (path: KeyPath, message: string) =>
    problems.push({ file, line: source.lineOf(path), key: keyText(path), message });
  const flat = issues.flatMap((issue) => flatten(issue, [], { known, has: (path) => source.has(path) }));

  for (const { path, issue } of flat) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) {
      const later = notBuiltMessage(keyText([...path, key]));
      // a Kubernetes target lacks `postgres`: the message about the former says all there is to say
      if (later !== undefined) for (const absent of known(path)) explained.add(keyText([...path, absent]));
      const meant = didYouMean(key, known(path));
      if (meant !== undefined) explained.add(keyText([...path, meant]));
      add([...path, key], later ?? unknownKey(meant, known(path)));
    }
  }
  for (const { path, issue } of flat) {
    if (issue.code === 'unrecognized_keys') continue;
    const missing = !source.has(path);
    if (missing && explained.has(keyText(path))) continue;
    add(path, messageOf(issue, missing));
  }
  return problems.sort((a, b) => a.line - b.line);
}

function unknownKey(meant: string | undefined, known: readonly string[]): string {
  if (meant !== undefined) return `is not a known key; did you mean "${meant}"?`;
  return known.length === 0 ? 'is not a known key; remove it' : `is not a known key; known here: ${known.join(', ')}`;
}

interface FlatIssue {
  readonly path: KeyPath;
  readonly issue: Issue;
}

interface Surroundings {
  readonly known: KnownKeys;
  readonly has: (path: KeyPath) => boolean;
}

/** Looks into unions: if one alternative fits the value's outer form, what is wrong inside it is what people want to know. */
function flatten(issue: Issue, above: KeyPath, file: Surroundings): FlatIssue[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element')
    return issue.issues.flatMap((inner) => flatten(inner, path, file));
  if (issue.code !== 'invalid_union') return [{ path, issue }];
  const fitting = issue.errors.filter((alternative) => alternative.length > 0 && alternative.every(isInside));
  const inside = fitting.find((alternative) => alternative.every(({ code }) => code !== 'unrecognized_keys'));
  const chosen = inside ?? fitting[0];
  if (chosen === undefined || (fitting.length > 1 && isNoneOfThem(chosen, path, file))) return [{ path, issue }];
  return chosen.flatMap((inner) => flatten(inner, path, file));
}

/** Whether what is written fits one alternative no better than another: nothing is there, or keys of several are. */
function isNoneOfThem(alternative: readonly Issue[], path: KeyPath, { known, has }: Surroundings): boolean {
  return (
    alternative.every((issue) => issue.path.length > 0 && !has([...path, ...issue.path])) ||
    alternative.some(
      (issue) => issue.code === 'unrecognized_keys' && issue.keys.some((key) => known(path).includes(key)),
    )
  );
}

function isInside(issue: Issue): boolean {
  if (issue.path.length > 0 || issue.code === 'unrecognized_keys' || issue.code === 'custom') return true;
  return issue.code === 'too_small' || issue.code === 'too_big' || issue.code === 'invalid_format';
}

function messageOf(issue: Issue, missing: boolean): string {
  // a section may say more than that
  if (missing) return issue.code === 'custom' && issue.message.startsWith('is missing') ? issue.message : 'is missing';
  // what a section says itself is better than what zod says by default
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `must be ${typeWord(issue.expected)}`;
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small' && issue.message.startsWith('Too small'))
    return `must not be less than ${issue.minimum}`;
  if (issue.code === 'too_big' && issue.message.startsWith('Too big')) return `must not be more than ${issue.maximum}`;
  return issue.message;
}

function typeWord(expected: string): string {
  if (expected === 'string') return 'a text (quote it if it looks like a number, a date or yes/no)';
  if (expected === 'int' || expected === 'number') return 'a whole number';
  if (expected === 'array') return 'a list';
  if (expected === 'object' || expected === 'record') return 'a section with keys of its own';
  return `of type ${expected}`;
}
