/**
 * Writes plain data as JSON in one way only, so that equal data has equal bytes: members sorted by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them. Members whose value is undefined are left out.
 * @throws TypeError for what JSON cannot hold: non-finite numbers, lone surrogates, functions, class instances, cycles (by depth)
 * @see RFC 8785, section 3.2
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

const maxDepth = 100;

function write(value: unknown, depth: number): string {
  if (depth > maxDepth) throw new TypeError('nested too deeply for canonical JSON');
  if (value === null) return 'null';
  if (typeof value === 'string') return writeString(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no such number');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item: unknown) => write(item, depth + 1)).join(',')}]`;
  if (typeof value === 'object') return writeObject(value, depth);
  throw new TypeError(`canonical JSON has no ${typeof value}`);
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('canonical JSON holds plain objects only');
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${writeString(name)}:${write(member, depth + 1)}`).join(',')}}`;
}

function writeString(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('canonical JSON holds well-formed Unicode only');
  return JSON.stringify(text);
}
