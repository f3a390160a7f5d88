import { holdsFrames } from '../recordings/assemble-recording.js';
import type { OpenedBody } from './body.js';
import { describePrincipal, type KnownSession } from './describe-principal.js';
import type { OperationJson, ResultJson } from './operation.schema.js';
import { asObject, type RecordLine, textOf } from './record-line.js';

/** Everything the record has about one operation. */
export interface OperationParts {
  /** its lines in the order of their writing, also `op.recovered`, which says that a crash left its outcome open */
  readonly lines: readonly RecordLine[];
  readonly bodies: ReadonlyMap<RecordLine, OpenedBody>;
  readonly session: KnownSession;
  readonly settledBy: OperationJson['settledBy'];
}

/** The line that starts an operation: of one that still waits for people, `op.held`. */
export function headOf(lines: readonly RecordLine[]): RecordLine | undefined {
  return (
    lines.find((line) => ['op', 'op.intent', 'op.blocked'].includes(line.kind)) ??
    lines.find((line) => line.kind === 'op.held')
  );
}

/**
 * One operation as people read it: one line `op`, or `op.intent` with its chunks and its end, or `op.blocked`.
 * @param rowLimit masked rows kept at most
 * @returns null when no line starts an operation
 */
export function assembleOperation(parts: OperationParts, rowLimit: number): OperationJson | null {
  const head = headOf(parts.lines);
  if (!head) return null;
  const blocked = parts.lines.find((line) => line.kind === 'op.blocked');
  const target = head.text('tgt');
  const bodies = parts.lines.map((line) => parts.bodies.get(line)).filter((body) => body !== undefined);
  const inputs = parts.lines.filter((line) => line.kind === 'op.input');
  const results = parts.lines.filter((line) => line.kind !== 'op.input');
  const headBody = openBody(parts.bodies.get(head));
  const decided = blocked ?? head;
  const unreadable = bodies.find((body) => body.state === 'unreadable');
  return {
    id: head.text('o') ?? '',
    session: head.text('s'),
    target,
    protocol: head.text('proto'),
    at: head.text('t') ?? head.event.ts.toISOString(),
    durationMs: lastNumber(parts.lines, 'ms'),
    principal: describePrincipal(parts.session, head.texts('act')),
    effect: head.text('eff'),
    verb: head.text('verb'),
    kinds: [...head.texts('kinds')],
    objects: head.texts('rel').map((name) => (target === null ? name : `${target}.${name}`)),
    classes: [...head.texts('cls')],
    statement: textOf(headBody?.['statement']),
    parameters: Array.isArray(headBody?.['parameters']) ? headBody['parameters'] : null,
    decision: {
      effect: decided.text('verdict'),
      rules: [...decided.texts('rule')],
      policy: decided.text('pol'),
      approval: decided.text('appr'),
    },
    result: assembleResult(parts, blocked),
    rows: collectRows(
      results.map((line) => parts.bodies.get(line)).filter((body) => body !== undefined),
      rowLimit,
    ),
    input: inputs.length === 0 ? null : { frames: sum(inputs, 'rows'), bytes: sum(inputs, 'bytes') },
    recording: bodies.some(holdsFrames),
    refusal: refusalOf(parts, blocked),
    settledBy: parts.settledBy,
    erased: bodies.some((body) => body.state === 'erased'),
    unreadable: unreadable?.state === 'unreadable' ? unreadable.reason : null,
    event: { epoch: head.event.epoch, n: head.event.n },
  };
}

function assembleResult(parts: OperationParts, blocked: RecordLine | undefined): ResultJson {
  const { lines } = parts;
  const chunks = lines.filter((line) => line.kind === 'op' || line.kind === 'op.result');
  const ends = lines.filter((line) => line.text('status') !== null && line.kind !== 'op.recovered');
  const end = ends.findLast((line) => line.kind === 'op.end') ?? ends.at(-1);
  const errors = lines
    .map((line) => asObject(openBody(parts.bodies.get(line))?.['error']))
    .filter((error) => error !== null);
  return {
    status: statusOf(parts, end, blocked),
    rows: sum(chunks, 'rows'),
    bytes: sum(chunks, 'bytes'),
    columns: columnsOf(parts, chunks),
    complete: end !== undefined || blocked !== undefined,
    code: blocked?.text('why') ?? end?.text('code') ?? null,
    message: textOf(errors.at(-1)?.['message']),
    tag: end?.text('tag') ?? null,
  };
}

function statusOf(
  parts: OperationParts,
  end: RecordLine | undefined,
  blocked: RecordLine | undefined,
): ResultJson['status'] {
  if (blocked) return 'refused';
  const status = end?.text('status') ?? null;
  switch (status) {
    case 'ok':
    case 'error':
    case 'cancelled':
    case 'skipped':
      return status;
    case null:
      if (parts.lines.some((line) => line.kind === 'op.recovered')) return 'unknown';
      return headOf(parts.lines)?.kind === 'op.held' ? 'held' : 'running';
    default:
      return 'unknown';
  }
}

/** Columns in the order of the result as the body tells, with the masked values of all chunks; without a body by name, as the lines tell. */
function columnsOf(parts: OperationParts, chunks: readonly RecordLine[]): ResultJson['columns'] {
  const masked = new Map<string, number>();
  for (const chunk of chunks)
    for (const [counts, factor] of [
      [chunk.counts('clear'), 0],
      [chunk.counts('masked'), 1],
    ] as const)
      for (const [name, count] of counts) masked.set(name, (masked.get(name) ?? 0) + count * factor);
  for (const chunk of chunks) {
    const columns = openBody(parts.bodies.get(chunk))?.['columns'];
    if (!Array.isArray(columns)) continue;
    const names = columns.map((column) => textOf(asObject(column)?.['name']) ?? '');
    return names.map((name) => ({ name, masked: masked.get(name) ?? 0 }));
  }
  return [...masked].map(([name, count]) => ({ name, masked: count }));
}

function collectRows(bodies: readonly OpenedBody[], limit: number): OperationJson['rows'] {
  const kept = bodies
    .map((body) => openBody(body)?.['rows'])
    .filter((rows): rows is unknown[] => Array.isArray(rows))
    .flat()
    .filter((row): row is unknown[] => Array.isArray(row));
  return bodies.some((body) => Array.isArray(openBody(body)?.['rows'])) ? kept.slice(0, limit) : null;
}

function refusalOf(parts: OperationParts, blocked: RecordLine | undefined): OperationJson['refusal'] {
  if (!blocked) return null;
  const refusal = asObject(openBody(parts.bodies.get(blocked))?.['refusal']);
  return refusal ? { ...refusal } : null;
}

function openBody(body: OpenedBody | undefined): Readonly<Record<string, unknown>> | null {
  return body?.state === 'open' ? body.body : null;
}

function sum(lines: readonly RecordLine[], name: string): number {
  return lines.reduce((total, line) => total + (line.number(name) ?? 0), 0);
}

function lastNumber(lines: readonly RecordLine[], name: string): number | null {
  return lines.reduce<number | null>((last, line) => line.number(name) ?? last, null);
}
