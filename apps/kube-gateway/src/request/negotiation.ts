/**
 * The `Accept` that goes to the target. Clients choose their decoder by the answer's Content-Type, so JSON may stand in
 * for protobuf wherever a mask may be needed; Table and PartialObjectMetadata parameters and fallbacks keep their order.
 * CBOR is never asked for: nothing here can read it.
 * @param accept the client's; undefined: none sent
 * @param jsonOnly whether the answer has to be JSON
 * @returns never empty
 */
export function acceptFor(accept: string | undefined, jsonOnly: boolean): string {
  if (accept === undefined || accept.trim() === '') return jsonOnly ? json : '*/*';
  const kept: string[] = [];
  // the server cuts at every comma, quoted or not: so do we, or a quote would hide a type from us
  for (const part of accept.split(',')) {
    const range = part.trim();
    if (range === '') continue;
    const type = range.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (/cbor/.test(type)) continue;
    const chosen = jsonOnly ? asJson(type, range) : range;
    if (chosen !== null && !kept.includes(chosen)) kept.push(chosen);
  }
  return kept.length === 0 ? json : kept.join(',');
}

const json = 'application/json';
const wildcards = new Set(['*/*', 'application/*', 'text/*', '*']);

function asJson(type: string, range: string): string | null {
  if (type === json) return range;
  return wildcards.has(type) ? json : null;
}
