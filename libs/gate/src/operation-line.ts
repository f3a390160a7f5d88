import type { Decision, Operation } from '@app/policy';
import { boundedCounts, boundedText, boundedTexts, exceeds, share } from './bounded-json.js';
import type {
  DescribedOperation,
  FoundHere,
  NotifiedChunk,
  RecordedColumn,
  ResultChunk,
  ResultEnd,
} from './described.js';
import { jsonText } from './json.js';

// Rendering of the record's lines and bodies (docs/record.md): constant parts once per statement, the rest spliced.

/** Longest error text in a body, bytes. */
const MESSAGE_BYTES = 64 * 1024;
/** Statement and parameters in a body, bytes: the journal takes bodies of 16 MiB, and the result comes on top. */
const STATEMENT_BYTES = 12 * 1024 * 1024;

/** Members that are the same for every run of one statement under one decision. */
export function renderHead(
  described: DescribedOperation,
  decision: Decision,
  verdict: 'allow' | 'deny' | 'hold',
  approval: string | null = null,
): string {
  const { operation } = described;
  const prefix = operation.target.length + 1;
  const relations = operation.objects.map((name) => name.slice(prefix));
  return (
    `"verb":${boundedText(operation.verb, share.verb)},"kinds":${boundedTexts(operation.kinds, share.kinds)}` +
    `,"rel":${boundedTexts(relations, share.relations)},"fp":${boundedText(described.stripped, share.stripped)}` +
    `,"hm":"${described.hmac}","eff":"${operation.effect}","cls":${boundedTexts(operation.reads, share.classes)}${renderOracles(operation)}` +
    `,"pol":"${decision.policy}","verdict":"${verdict}","rule":${boundedTexts(decision.rules, share.rules)},"appr":${approval === null ? 'null' : boundedText(approval, share.code)}`
  );
}

/** What it let its author learn without showing it; most operations have nothing of it, and no member. */
function renderOracles({ oracles }: Operation): string {
  if (oracles === undefined || oracles.length === 0) return '';
  const uses = oracles.map((oracle) => `${oracle.kind} ${oracle.class}`);
  return `,"orc":${boundedTexts(uses, share.oracles)}`;
}

/** Opening members of a body; null when they are longer than a body may be. @param parameters rendered JSON values */
export function renderBodyHead(statement: string, parameters: readonly string[]): string | null {
  const head = `"statement":${jsonText(statement)},"parameters":[${parameters.join(',')}]`;
  return exceeds(head, STATEMENT_BYTES) ? null : head;
}

/** The same for a statement that is not recorded because of its length: the line's fingerprint is all that is left of it. */
export function renderTooLongHead(statement: string): string {
  return `"statement":${jsonText(`(statement of ${Buffer.byteLength(statement)} bytes, too long to be recorded)`)},"parameters":[]`;
}

/** The member that says why an operation was refused. */
export function renderRefusal(code: string, rule: string | null, message: string): string {
  return `"refusal":{"code":"${code}","rule":${rule === null ? 'null' : jsonText(rule)},"message":${boundedText(message, MESSAGE_BYTES)}}`;
}

function countsByColumn(columns: readonly RecordedColumn[], values: readonly number[] | null, masked: boolean): string {
  const counts = new Map<string, number>();
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    if (column.masked !== masked) continue;
    counts.set(column.name, (counts.get(column.name) ?? 0) + (values?.[i] ?? 0));
  }
  return boundedCounts(counts, share.counts);
}

/** Members of a result chunk. */
export function renderResult(chunk: ResultChunk, number: number, last: boolean): string {
  return (
    `"rows":${chunk.rows},"cols":${chunk.columns.length},"masked":${countsByColumn(chunk.columns, chunk.values, true)}` +
    `,"clear":${countsByColumn(chunk.columns, chunk.values, false)},"bytes":${chunk.bytes},"subj":[],"subj_complete":${chunk.rows === 0}` +
    `,"chunk":${number},"last":${last}`
  );
}

/** Members of a chunk of input. */
export function renderInput(chunk: ResultChunk, number: number): string {
  const hash = chunk.sha256 === undefined ? '' : `,"sha256":"${chunk.sha256}"`;
  return `"rows":${chunk.rows},"bytes":${chunk.bytes},"chunk":${number}${hash}`;
}

/** Members of what a session was told unasked. */
export function renderNotified({ rows, bytes, withheld, channels }: NotifiedChunk): string {
  return `"rows":${rows},"bytes":${bytes},"withheld":${withheld},"channels":${boundedCounts(channels, share.counts)}`;
}

/** Members of what detectors found: places, counts and what became of the values, never a value. */
export function renderFound(found: readonly FoundHere[]): string {
  // brackets, and the mark with its count
  let left = share.found - 64;
  let out = '';
  let rest = 0;
  for (const { in: place, name, detector, action, values } of found) {
    const shown = name === null ? 'null' : boundedText(name, share.foundName);
    const next = `${out === '' ? '' : ','}{"in":"${place}","name":${shown},"detector":"${detector}","action":"${action}","values":${values}}`;
    left -= Buffer.byteLength(next);
    if (left < 0) rest += values;
    else out += next;
  }
  return `"found":[${out}]${rest > 0 ? `,"more":${rest}` : ''}`;
}

/** Members of `opinion.differs`: in what the target reads a statement otherwise. */
export function renderDiffers(differs: readonly string[]): string {
  return `"differs":${boundedTexts(differs, share.found)}`;
}

/** Members of an end. @param ms duration in milliseconds */
export function renderEnd(end: ResultEnd, ms: number): string {
  return (
    `"status":"${end.status}","code":${end.code === null ? 'null' : boundedText(end.code, share.code)}` +
    `,"ms":${Math.max(0, Math.round(ms * 100) / 100)},"tag":${end.tag === null ? 'null' : boundedText(end.tag, share.tag)}`
  );
}

/** Columns and rows of a result for a body. */
export function renderResultBody(chunk: ResultChunk, end: ResultEnd | null): string {
  let columns = '';
  for (const column of chunk.columns)
    columns += `${columns ? ',' : ''}{"name":${jsonText(column.name)},"masked":${column.masked}}`;
  const error =
    end?.code === null || end === null
      ? ''
      : `,"error":{"code":${boundedText(end.code, share.code)},"message":${end.message === null ? 'null' : boundedText(end.message, MESSAGE_BYTES)}}`;
  return `"columns":[${columns}],"rows":[${chunk.recorded}]${error}`;
}
