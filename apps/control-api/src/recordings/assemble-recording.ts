import type { OpenedBody } from '../operations/body.js';
import { asObject, type RecordLine, textOf } from '../operations/record-line.js';
import type { RecordedFrameJson } from './recording.schema.js';

/** What a command in a cluster was given and gave, as its statement and its lines tell. */
export interface RecordedCommand {
  /** as people type it: `sh -c 'echo hi'`; of an attach `attach pod/web` */
  readonly command: string;
  readonly tty: boolean;
}

const frameColumns = ['ms', 'ch', 'data'];
const kindsWithFrames = new Set(['op', 'op.input', 'op.result']);

/** Whether a body holds frames of a stream in the place of rows of a result. */
export function holdsFrames(body: OpenedBody | undefined): boolean {
  if (body?.state !== 'open') return false;
  const { columns } = body.body;
  return (
    Array.isArray(columns) &&
    columns.length === frameColumns.length &&
    columns.every((column, index) => textOf(asObject(column)?.['name']) === frameColumns[index])
  );
}

/** The lines of an operation that may hold frames, in the order of their writing. */
export function linesWithFrames(lines: readonly RecordLine[]): readonly RecordLine[] {
  return lines.filter((line) => kindsWithFrames.has(line.kind));
}

/** The frames of one body, `[ms, channel, data]`. */
export function framesOf(body: OpenedBody | undefined): RecordedFrameJson[] {
  if (body?.state !== 'open' || !holdsFrames(body)) return [];
  const { rows } = body.body;
  return Array.isArray(rows) ? rows.filter(isFrame) : [];
}

/**
 * What was run, from a statement such as `GET /api/v1/namespaces/a/pods/web/exec?tty=true exec pod/web -- sh -c 'echo hi'`.
 * @returns of anything else the whole statement
 */
export function commandOf(statement: string | null): RecordedCommand {
  const [, search = '', words] = /^[A-Z]+ \/[^ ?]*(?:\?([^ ]*))? (.+)$/s.exec(statement ?? '') ?? [];
  if (words === undefined) return { command: statement ?? '', tty: false };
  const argv = words.indexOf(' -- ');
  const tty = new URLSearchParams(search).get('tty');
  return {
    command: words.startsWith('exec ') && argv >= 0 ? words.slice(argv + ' -- '.length) : words,
    // a boolean as API servers read one
    tty: tty !== null && tty !== '0' && tty.toLowerCase() !== 'false',
  };
}

function isFrame(row: unknown): row is RecordedFrameJson {
  return Array.isArray(row) && row.length === 3 && typeof row[0] === 'number' && typeof row[1] === 'string';
}
