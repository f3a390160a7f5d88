import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { listOf, needed } from '../approvals/word-list.js';
import { CliError } from '../cli.error.js';
import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { pathFrom } from '../home.js';
import { itemsOf, textAt } from '../records.js';
import { printable } from '../table.js';
import { tell } from './policy.command.js';

const given = ['file', 'person', 'groups', 'agent', 'purpose', 'target', 'sql', 'effect', 'object', 'reads'] as const;

export const policyCheckCommand: Command = {
  name: 'policy check',
  summary: 'ask what the rules in force would decide, and why; nothing is run',
  help: `Asks what the rules in force would decide about an operation, and what each rule says. Nothing is run, nothing is asked of anybody.

  sallyport policy check --target NAME (--sql TEXT | --effect EFFECT) [options]
  sallyport policy check --file FILE [options]

  --person USER    for this user                          (default: who asks)
  --groups NAMES   who is in these groups
  --agent AGENT    acting through this agent
  --purpose CODE   for this purpose
  --target NAME    on this target
  --sql TEXT       this statement
  --effect EFFECT  an operation of this effect class: read, write, schema, admin, session, connect
  --object NAMES   that touches these objects
  --reads CLASSES  and reads these protected classes
  --file FILE      { principal, operation } as YAML or JSON instead, as docs/rest.md says
${connectionHelp}

Exit codes: 0 allowed, 1 not: denied, or held for approval.
`,
  run: async (args, surroundings) => {
    const names = { texts: [...connectionNames.texts, ...given], flags: connectionNames.flags };
    const { values } = readArguments('policy check', args, names);
    const asked = values.file === undefined ? fromWords(values) : fromFile(values.file, surroundings);
    const answer = await ControlApiClient.connect(values, surroundings).post('/v1/policy/check', asked);
    const effect = textAt(answer, 'decision', 'effect') || textAt(answer, 'effect');
    if (values.json) tell(answer, true, surroundings);
    else surroundings.out(explained(answer, effect));
    return effect === 'allow' ? 0 : 1;
  },
};

function fromWords(values: { readonly [name in (typeof given)[number]]?: string }): object {
  const target = needed(values.target, 'target', 'policy check');
  if ((values.sql === undefined) === (values.effect === undefined))
    throw new CliError('give either --sql or --effect; see sallyport policy check --help', 2);
  const { person, agent, purpose, sql, effect } = values;
  const groups = listOf(values.groups);
  const objects = listOf(values.object);
  const reads = listOf(values.reads);
  const about = person ?? groups ?? agent ?? purpose;
  return {
    ...(about === undefined
      ? {}
      : { principal: present({ user: person, groups, act: agent === undefined ? undefined : [agent], purpose }) }),
    operation: present({ target, sql, effect, objects, reads }),
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

/** The decision, and a line for each rule that had to do with it. */
function explained(answer: unknown, effect: string): string {
  const rules = textAt(answer, 'decision', 'rules') || textAt(answer, 'rules');
  const why = (answer as { explain?: unknown } | null)?.explain;
  const lines = itemsOf({ items: why }).items.map((one) => {
    const missed = textAt(one, 'missed') || textAt(one, 'why') || textAt(one, 'because');
    return `  ${printable([textAt(one, 'rule') || textAt(one, 'name'), missed].filter(Boolean).join(': '))}\n`;
  });
  return `${printable(effect)}${rules === '' ? '' : ` by ${printable(rules)}`}\n${lines.join('')}`;
}
