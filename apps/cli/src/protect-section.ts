import type { ColumnSuggestion, TargetSuggestions } from '@app/masking';
import { printableLines } from './table.js';

/** Characters that a pattern of `protect` reads as they are. */
const PLAIN = /^[\p{L}\p{N}_$ -]+$/u;

/** A name as a part of `target.schema.table.column`; what a pattern would read as something else is matched by `*`. */
function part(name: string): string {
  return PLAIN.test(name) ? name : Array.from(name, (character) => (PLAIN.test(character) ? character : '*')).join('');
}

function bySureness(a: ColumnSuggestion, b: ColumnSuggestion): number {
  return b.confidence - a.confidence;
}

/** One line, whatever names and comments of the database hold. */
function oneLine(text: string): string {
  return printableLines(text.replaceAll(/\s+/gu, ' '));
}

/**
 * A `protect` section of the configuration (YAML) with how sure each column is, and why, as comments.
 * @param chosen the columns that go into it; `found` is counted only
 * @param already how many more are left out since they are protected
 */
export function protectSectionOf(found: TargetSuggestions, chosen: readonly ColumnSuggestion[], already = 0): string {
  const { target, tables, columns, unread } = found;
  const more = already === 0 ? '' : `; ${already} more ${already === 1 ? 'is' : 'are'} protected already (--all)`;
  const head = [
    `# ${target}: ${count(columns, 'column')} of ${count(tables, 'table')} looked at, ${chosen.length} suggested${more}.`,
    ...unread.map(({ table, why }) => `# the rows of ${oneLine(table)} were not looked at: ${why}`),
  ];
  if (chosen.length === 0) return `${head.join('\n')}\n`;
  const classes = [...new Set([...chosen].sort(bySureness).map((one) => one.class))];
  const entries = classes.map((name) => {
    const members = chosen.filter((one) => one.class === name).sort(bySureness);
    const lines = members.flatMap(({ schema, table, column, confidence, reasons, protectedAs }) => [
      `      # ${confidence.toFixed(2)}: ${oneLine(reasons.join('; '))}${protectedAs === null ? '' : `; protected already as ${oneLine(protectedAs)}`}`,
      `      - ${JSON.stringify([target, part(schema), part(table), part(column)].join('.'))}`,
    ]);
    return [`  - class: ${name}`, '    columns:', ...lines, '    mask: constant'].join('\n');
  });
  return `${head.join('\n')}\nprotect:\n${entries.join('\n')}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
