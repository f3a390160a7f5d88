import { printable, printableLines } from '../table.js';
import type { TimelineFrame, TimelineHeader } from './timeline.js';

/** How much of a frame is shown. */
export interface Rendering {
  /** values are shown whole, as a search wants them */
  readonly whole: boolean;
}

type Members = Readonly<Record<string, unknown>>;

const indent = ' '.repeat(15);

/** `1:02:03.450` since the session began. */
export function offset(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = ((ms % 60_000) / 1000).toFixed(3).padStart(6, '0');
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}

/** Whose session this is: a line for people. */
export function renderHeader(header: TimelineHeader): string {
  const user = textOf((header.principal as Members | null)?.['user']) ?? 'somebody who was erased';
  const ended = header.live ? 'still running' : `ended ${header.closedAt ?? ''} (${header.why ?? 'unknown'})`;
  const erased = header.erased
    ? '\nIts bodies were erased: statements without their literals are all that is left.'
    : '';
  return printableLines(
    `session ${header.session} of ${user} on ${header.target ?? 'an unknown target'}, from ${header.openedAt}, ${ended}${erased}`,
  );
}

/**
 * A frame as lines of text, its time and letter before the first; control characters are shown as escapes, so that what was recorded
 * cannot drive the terminal.
 */
export function renderFrame([ms, code, data]: TimelineFrame, { whole }: Rendering = { whole: false }): string {
  const lines = linesOf(code, data, whole ? inOneLine : printable).flatMap((line) => printableLines(line).split('\n'));
  return `${offset(ms).padStart(12)} ${code} ${lines.join(`\n${indent}`)}`;
}

function linesOf(code: string, data: Members, cell: (text: string) => string): string[] {
  switch (code) {
    case 'Q':
      return asked(data, cell);
    case 'T':
      return [
        membersOf(data['columns'])
          .map((column) => `${text(column['name'])}${column['masked'] === true ? '*' : ''}`)
          .map(cell)
          .join(' | '),
      ];
    case 'D':
      return rows(data['rows'], cell);
    case 'I':
      return [`${text(data['count'])} rows sent, ${text(data['bytes'])} bytes`, ...rows(data['rows'], cell)];
    case 'C':
      return [[textOf(data['tag']) ?? text(data['status']), ...counts(data)].join(' · ')];
    case 'E':
      return [[`ERROR ${text(data['code'])}: ${text(data['message'])}`, ...counts(data)].join(' · ')];
    case 'X':
      return [
        `BLOCKED (${text(data['code'])}${data['rule'] == null ? '' : `, rule "${text(data['rule'])}"`}): ${text(data['message'])}`,
      ];
    case 'H':
      return [`waits for approval ${text(data['approval'])}`];
    case 'A':
      return [answer(data)];
    case 'N':
      return [counted(data['rows'], 'notification'), ...rows(data['notifications'], cell)];
    case 'Z':
      return [blocks.get(text(data['status'])) ?? `block status ${text(data['status'])}`];
    default:
      return [cell(JSON.stringify(data))];
  }
}

const blocks: ReadonlyMap<string, string> = new Map([
  ['I', 'outside a transaction block'],
  ['T', 'in a transaction block'],
  ['E', 'in a failed transaction block'],
]);

function asked(data: Members, cell: (text: string) => string): string[] {
  const params = Array.isArray(data['params']) ? data['params'] : [];
  const why = [
    text(data['verdict']),
    ...(list(data['rules']) ? [`rules: ${list(data['rules'])}`] : []),
    ...(data['approval'] == null ? [] : [`approval ${text(data['approval'])}`]),
    ...(list(data['classes']) ? [`classes: ${list(data['classes'])}`] : []),
  ];
  const lost = data['erased'] === true ? 'erased' : textOf(data['unreadable']);
  return [
    textOf(data['statement']) ?? `${text(data['stripped'])}  [body ${lost ?? 'missing'}]`,
    ...params.map((value, i) => `$${i + 1} = ${cell(JSON.stringify(value))}`),
    `-- ${why.join(' · ')}`,
  ];
}

function rows(value: unknown, cell: (text: string) => string): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((row) =>
    Array.isArray(row) ? row.map((one) => cell(valueText(one))).join(' | ') : cell(text(row)),
  );
}

function valueText(value: unknown): string {
  return value === null ? 'NULL' : text(value);
}

function counts(data: Members): string[] {
  const { ms, rows: count, bytes, more, status } = data;
  return [
    ...(status === 'ok' || status === 'error' ? [] : [text(status)]),
    ...(typeof ms === 'number' ? [`${ms} ms`] : []),
    ...(typeof count === 'number' && count > 0 ? [`${counted(count, 'row')}, ${counted(bytes, 'byte')}`] : []),
    ...(typeof more === 'number' && more > 0 ? [`${counted(more, 'row')} not shown`] : []),
    ...(list(data['settles']) ? [`settles ${list(data['settles'])}`] : []),
    ...(data['recovered'] === true ? ['the gateway crashed meanwhile'] : []),
  ];
}

function counted(count: unknown, what: string): string {
  return `${text(count)} ${what}${count === 1 ? '' : 's'}`;
}

function answer(data: Members): string {
  const approval = `approval ${text(data['approval'])}`;
  if (data['used'] === true) return `${approval} is used`;
  if (data['resumed'] !== undefined) return `${approval} lets the rest go on after ${text(data['resumed'])} rows`;
  return `the wait for ${approval} ends: ${text(data['why'])}`;
}

function membersOf(value: unknown): readonly Members[] {
  return Array.isArray(value) ? value.filter((one): one is Members => typeof one === 'object' && one !== null) : [];
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join(', ') : '';
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
}

function inOneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ');
}
