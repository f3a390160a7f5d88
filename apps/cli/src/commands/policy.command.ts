import type { Command, Surroundings } from '../command.js';
import { readArguments } from '../command.js';
import { connectionHelp, connectionNames, ControlApiClient } from '../control-api.client.js';
import { itemsOf, textAt } from '../records.js';
import { printableLines, table } from '../table.js';

export const policyShowCommand: Command = {
  name: 'policy show',
  summary: 'show the rules in force, or those of a version',
  help: `Shows the rules in force with their hash; with a hash those of that version.

  sallyport policy show [HASH] [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('policy show', args, connectionNames, { min: 0, max: 1, what: 'a hash' });
    const [hash] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const path = hash === undefined ? '/v1/policy' : `/v1/policy/versions/${encodeURIComponent(hash)}`;
    tell(await client.get(path), values.json, surroundings);
    return 0;
  },
};

export const policyVersionsCommand: Command = {
  name: 'policy versions',
  summary: 'list the versions of the policy, and who brought them',
  help: `Lists the versions of the policy, newest first.

  sallyport policy versions [options]

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values } = readArguments('policy versions', args, connectionNames);
    const answer = await ControlApiClient.connect(values, surroundings).get('/v1/policy/versions');
    if (values.json) {
      surroundings.out(`${JSON.stringify(answer)}\n`);
      return 0;
    }
    const rows = itemsOf(answer).items.map((item) => [
      textAt(item, 'at'),
      textAt(item, 'current') === 'true' ? 'yes' : '',
      textAt(item, 'hash'),
      textAt(item, 'by'),
      textAt(item, 'source'),
    ]);
    surroundings.out(`${table(['since', 'current', 'hash', 'by', 'from'], rows)}\n`);
    return 0;
  },
};

export const policyDiffCommand: Command = {
  name: 'policy diff',
  summary: 'say what changed between two versions of the policy',
  help: `Says which rules were added, removed or changed between two versions, and of a changed one what it said and says.

  sallyport policy diff FROM [TO] [options]

  FROM, TO         hashes of versions, or current         (default of TO: current)

${connectionHelp}
`,
  run: async (args, surroundings) => {
    const { values, words } = readArguments('policy diff', args, connectionNames, { min: 1, max: 2, what: 'a hash' });
    const [from, to] = words;
    const client = ControlApiClient.connect(values, surroundings);
    const diff = await client.get('/v1/policy/diff', { from, to });
    if (values.json) tell(diff, true, surroundings);
    else surroundings.out(`${printableLines(diffLines(diff).join('\n'))}\n`);
    return 0;
  },
};

/** A line for each rule that differs, whole if one version has not got it; of a changed one its keys below. */
function diffLines(diff: unknown): readonly string[] {
  const { added, removed, changed, reordered } = (diff ?? {}) as Readonly<Record<string, unknown>>;
  const names = (rules: unknown, word: string): readonly string[] =>
    itemsOf({ items: rules }).items.map((rule) => `${word} ${textAt(rule, 'name')}: ${textOf(rule)}`);
  const lines = [
    ...names(added, 'added'),
    ...names(removed, 'removed'),
    ...itemsOf({ items: changed }).items.flatMap(changedLines),
    ...(reordered === true ? ['the order of the rules changed'] : []),
  ];
  return lines.length === 0 ? ['no rule differs'] : lines;
}

function changedLines(change: unknown): readonly string[] {
  const { keys, before, after } = (change ?? {}) as Readonly<Record<string, unknown>>;
  const names = itemsOf({ items: keys }).items.map(String);
  return [
    `changed ${textAt(change, 'name')}`,
    ...names.map((key) => `  ${key}: ${textOf(valueAt(before, key))} → ${textOf(valueAt(after, key))}`),
  ];
}

/** The value below a key such as `on.reads.rows.over`; names of labels have dots of their own. */
function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (key === name) return member;
    const below = key.startsWith(`${name}.`) ? valueAt(member, key.slice(name.length + 1)) : undefined;
    if (below !== undefined) return below;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}

/** Rules are read as they are written: nothing is cut. */
export function tell(answer: unknown, json: boolean | undefined, surroundings: Surroundings): void {
  surroundings.out(`${json ? JSON.stringify(answer) : printableLines(JSON.stringify(answer, null, 2))}\n`);
}
