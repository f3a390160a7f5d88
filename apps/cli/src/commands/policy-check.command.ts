import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { listOf, needed } from '../approvals/word-list.js';
import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { pathFrom } from '../home.js';
import { itemsOf, textAt } from '../records.js';
import { printableLines } from '../table.js';
import { tell } from './policy.command.js';

const given = [
  'file',
  'person',
  'groups',
  'agent',
  'purpose',
  'target',
  'effect',
  'verb',
  'object',
  'only-reads',
  'reads',
  'rows',
] as const;

export const policyCheckCommand: Command = {
  name: 'policy check',
  summary: 'ask what the rules in force would decide, and why; nothing is run',
  help: `Asks what the rules in force would decide about an operation, and what each rule says. Nothing is run, nothing is asked of anybody.

  sallyport policy check --target NAME --effect EFFECT [options]
  sallyport policy check --file FILE [options]

  --person USER    for this user                          (default: who asks)
  --groups NAMES   who is in these groups; nobody looks them up
  --agent AGENT    acting through this agent
  --purpose CODE   for this purpose
  --target NAME    on this target
  --effect EFFECT  an operation of this effect class: read, write, schema, admin, session, connect
  --verb VERB      such as SELECT or delete               (default: the effect class)
  --object NAMES   that touches these objects
  --only-reads NAMES
                   a write that reads these beside what it touches: FROM, USING, subqueries
  --reads CLASSES  and reads these protected classes
  --rows N         with about so many rows
  --file FILE      { principal, operation } as YAML or JSON instead, as docs/rest.md says
${connectionHelp}

Exit codes: 0 allowed, 1 not: denied, or held for approval.
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, ...given], flags: connectionNames.flags };
    const { values } = readArguments('policy check', args, names);
    const asked = values.file === undefined ? fromWords(values) : fromFile(values.file, surroundings);
    const answer = await ControlApiClient.connect(values, surroundings).post('/v1/policy/check', asked);
    const effect = textAt(answer, 'decision', 'effect');
    if (values.json) tell(answer, true, surroundings);
    else surroundings.out(explained(answer, effect));
    return effect === 'allow' ? 0 : 1;
  },
};

function fromWords(values: { readonly [name in (typeof given)[number]]?: string }): object {
  const target = needed(values.target, 'target', 'policy check');
  const effect = needed(values.effect, 'effect', 'policy check');
  if (values.rows !== undefined && !/^\d+$/.test(values.rows))
    throw new CliError(`--rows is a number of rows, not "${values.rows}"`, 2);
  const { person, agent, purpose, verb } = values;
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  const groups = listOf(values.groups);
  const objects = listOf(values.object);
  const onlyReads = listOf(values['only-reads']);
  const reads = listOf(values.reads);
  const about = person ?? groups ?? agent ?? purpose;
  return {
    ...(about === undefined
      ? {}
      : { principal: present({ user: person, groups, act: agent === undefined ? undefined : [agent], purpose }) }),
    operation: present({ target, effect, verb, objects, onlyReads, reads, rows }),
  };
}

function fromFile(file: string, surroundings: Surroundings): object {
  const path = pathFrom(file, surroundings);
  let read: unknown;
  try {
    read = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${(error as Error).message}`, 1, { cause: error });
  }
  if (typeof read === 'object' && read !== null) return read;
  throw new CliError(`${path} has to hold { principal, operation }`);
}

function present(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

const ABOUT: Readonly<Record<string, string>> = { writes: ', of what it writes', reads: ', of what it only reads' };

/** The decision, and a line for each rule, or for each part that it is asked about. */
function explained(answer: unknown, effect: string): string {
  const rules = textAt(answer, 'decision', 'rules');
  const lines = itemsOf({ items: (answer as { explain?: unknown } | null)?.explain }).items.map((one) => {
    const said = textAt(one, 'matched') === 'true' ? 'matches' : 'does not match';
    const why = textAt(one, 'why');
    const about = ABOUT[textAt(one, 'about')] ?? '';
    const rule = `${textAt(one, 'rule')} (${textAt(one, 'effect')})${about}`;
    return `  ${rule}: ${said}${why === '' ? '' : `, ${why}`}`.replace(/\s+$/, '');
  });
  const message = textAt(answer, 'decision', 'message');
  const first = `${effect}${rules === '' ? '' : ` by ${rules}`}${message === '' ? '' : `: ${message}`}`;
  return `${[first, ...lines].map(printableLines).join('\n')}\n`;
}
