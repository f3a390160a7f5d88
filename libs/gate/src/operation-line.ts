import type { Decision } from '@app/policy';
import type { DescribedOperation, RecordedColumn, ResultChunk, ResultEnd } from './described.js';
import { jsonText, jsonTexts } from './json.js';

// Rendering of the record's lines and bodies (docs/record.md): constant parts once per statement, the rest spliced.

/** Longest list of names kept in a line; a statement over more relations says so by the count in its body. */
const NAMES_IN_LINE = 200;

/** Members that are the same for every run of one statement under one decision. */
export function renderHead(described: DescribedOperation, decision: Decision, verdict: 'allow' | 'deny'): string {
  const { operation } = described;
  const prefix = operation.target.length + 1;
  const relations = operation.objects.slice(0, NAMES_IN_LINE).map((name) => name.slice(prefix));
  return (
    `"verb":${jsonText(operation.verb)},"kinds":${jsonTexts(operation.kinds)},"rel":${jsonTexts(relations)}` +
    `,"fp":${jsonText(described.stripped)},"hm":"${described.hmac}","eff":"${operation.effect}","cls":${jsonTexts(operation.reads)}` +
    `,"pol":"${decision.policy}","verdict":"${verdict}","rule":${jsonTexts(decision.rules)},"appr":null`
  );
}

/** Opening members of a body. @param parameters rendered JSON values */
export function renderBodyHead(statement: string, parameters: readonly string[]): string {
  return `"statement":${jsonText(statement)},"parameters":[${parameters.join(',')}]`;
}

function countsByColumn(columns: readonly RecordedColumn[], values: readonly number[] | null, masked: boolean): string {
  const counts = new Map<string, number>();
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!;
    if (column.masked !== masked) continue;
    counts.set(column.name, (counts.get(column.name) ?? 0) + (values?.[i] ?? 0));
    if (counts.size >= NAMES_IN_LINE) break;
  }
  let out = '{';
  for (const [name, count] of counts) out += `${out.length > 1 ? ',' : ''}${jsonText(name)}:${count}`;
  return `${out}}`;
}

/** Members of a result chunk. */
export function renderResult(chunk: ResultChunk, number: number, last: boolean): string {
  return (
    `"rows":${chunk.rows},"cols":${chunk.columns.length},"masked":${countsByColumn(chunk.columns, chunk.values, true)}` +
    `,"clear":${countsByColumn(chunk.columns, chunk.values, false)},"bytes":${chunk.bytes},"subj":[],"subj_complete":${chunk.rows === 0}` +
    `,"chunk":${number},"last":${last}`
  );
}

/** Members of an end. @param ms duration in milliseconds */
export function renderEnd(end: ResultEnd, ms: number): string {
  return (
    `"status":"${end.status}","code":${end.code === null ? 'null' : jsonText(end.code)}` +
    `,"ms":${Math.max(0, Math.round(ms * 100) / 100)},"tag":${end.tag === null ? 'null' : jsonText(end.tag)}`
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
      : `,"error":{"code":${jsonText(end.code)},"message":${end.message === null ? 'null' : jsonText(end.message)}}`;
  return `"columns":[${columns}],"rows":[${chunk.recorded}]${error}`;
}
