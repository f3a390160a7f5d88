import { BadRequest } from './bad-request.js';

/** Decodes one part of a target. @throws BadRequest for incomplete triplets, invalid UTF-8 and NUL */
export function decodeComponent(raw: string, part: 'path' | 'query'): string {
  if (/%(?![0-9a-fA-F]{2})/.test(raw)) throw new BadRequest(`the ${part} holds an incomplete percent encoding`);
  if (/%00/.test(raw)) throw new BadRequest(`the ${part} holds an encoded NUL`);
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new BadRequest(`the ${part} is not valid UTF-8`);
  }
}

/** Encodes one part so that no parser on the way changes it again. */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|40|2C|24)|'/g, (found) => kept[found] ?? found);
}

/** `:` stands in names (`system:…`, `https:web:443`) and is legal in a path and a query, as are the others. */
const kept: Readonly<Record<string, string>> = { '%3A': ':', '%40': '@', '%2C': ',', '%24': '$', "'": '%27' };
