import type { Finding } from './finding.js';

/** An entry of `protect`, or one choice of its `{a,b}`, that names no column of a target. */
export interface NamesNothing {
  readonly class: string;
  /** `schema.table.column` as the entry has it */
  readonly glob: string;
  /** the entry names this very target, not many by a glob */
  readonly exact: boolean;
}

/** Entries of `protect` that mask nothing at a target: a mistyped one looks like one that works. */
export function protectionFindings(target: string, entries: readonly NamesNothing[]): readonly Finding[] {
  return entries.map(({ class: name, glob, exact }) => ({
    code: 'protects-nothing',
    severity: exact ? 'error' : 'note',
    what: `protect: target ${target} has no column "${glob}" (class ${name}), so nothing is masked by that name`,
    why: 'what it was meant for leaves the gateway as it is',
    sql: [],
    setting: 'Check the spelling of the entry, and that the role may see the schema.',
  }));
}
