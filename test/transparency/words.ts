import type { ServerFrame } from '../support/wire-client.js';

// Messages of the server in words, for a reader who wants to see where two answers part.

const names: Readonly<Record<string, string>> = {
  R: 'Authentication',
  S: 'ParameterStatus',
  K: 'BackendKeyData',
  Z: 'ReadyForQuery',
  T: 'RowDescription',
  t: 'ParameterDescription',
  D: 'DataRow',
  C: 'CommandComplete',
  E: 'ErrorResponse',
  N: 'NoticeResponse',
  A: 'NotificationResponse',
  I: 'EmptyQueryResponse',
  n: 'NoData',
  s: 'PortalSuspended',
  '1': 'ParseComplete',
  '2': 'BindComplete',
  '3': 'CloseComplete',
  G: 'CopyInResponse',
  H: 'CopyOutResponse',
  W: 'CopyBothResponse',
  d: 'CopyData',
  c: 'CopyDone',
  V: 'FunctionCallResponse',
  v: 'NegotiateProtocolVersion',
};

/** `ErrorResponse S=ERROR C=42P01 …`; bytes that are no text as escapes. */
export function inWords({ type, body }: ServerFrame): string {
  const name = names[type] ?? `message ${JSON.stringify(type)}`;
  if (type === 'E' || type === 'N')
    return `${name} ${[...fieldsOf(body)].map(([letter, text]) => `${letter}=${text}`).join(' ')}`;
  return body.length === 0 ? name : `${name} ${printable(body)}`;
}

/** The answer as a line of type bytes, with runs of rows counted: `T D×12 C Z`. */
export function inShort(frames: readonly ServerFrame[]): string {
  const runs: { type: string; count: number }[] = [];
  for (const { type } of frames) {
    const last = runs.at(-1);
    if (last?.type === type) last.count += 1;
    else runs.push({ type, count: 1 });
  }
  return runs.map(({ type, count }) => (count > 1 ? `${type}×${count}` : type)).join(' ');
}

/** Fields of ErrorResponse and NoticeResponse by their letters. */
export function fieldsOf(body: Buffer): ReadonlyMap<string, string> {
  const fields = body
    .toString()
    .split('\0')
    .filter((field) => field !== '');
  return new Map(fields.map((field) => [field.slice(0, 1), field.slice(1)]));
}

function printable(body: Buffer): string {
  let text = '';
  for (const byte of body.subarray(0, 400))
    text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  return body.length > 400 ? `${text}… (${body.length} bytes)` : text;
}
