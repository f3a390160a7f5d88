/** Thrown for a text that is no network; the message says why. */
export class NetworkError extends Error {
  constructor(text: string, problem: string) {
    super(`${JSON.stringify(text)} ${problem}`);
    this.name = 'NetworkError';
  }
}

/** A range of IP addresses. */
export interface Network {
  readonly text: string;
  /** whether a textual address lies in it; what is no address lies in no network */
  contains(address: string): boolean;
}

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/**
 * Compiles `10.0.0.0/8`, `2001:db8::/32` or one address. An IPv4 address mapped into IPv6 (`::ffff:10.0.0.1`) is the IPv4 address, on
 * both sides; a zone (`%eth0`) is not looked at.
 * @throws NetworkError for what is neither, and for a range with bits set past its prefix
 */
export function compileNetwork(text: string): Network {
  const [host = '', length, ...more] = text.split('/');
  const written = parseAddress(host);
  if (written === null || more.length > 0)
    throw new NetworkError(text, 'is no network; write 10.0.0.0/8 or 2001:db8::/32');
  const prefix = length === undefined ? written.bits : prefixOf(length, host, written.bits);
  if (prefix === null) throw new NetworkError(text, `has no prefix between 0 and ${bitsAsWritten(host)}`);
  const rest = BigInt(written.bits - prefix);
  if ((written.value >> rest) << rest !== written.value)
    throw new NetworkError(text, 'has bits set past its prefix; write the first address of the range');
  return {
    text,
    contains: (address) => {
      const other = parseAddress(address);
      return other !== null && other.bits === written.bits && other.value >> rest === written.value >> rest;
    },
  };
}

/** Whether a text is an IP address. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== null;
}

function bitsAsWritten(host: string): number {
  return host.includes(':') ? 128 : 32;
}

/** The prefix within the address as it was understood; null: none. */
function prefixOf(length: string, host: string, bits: 32 | 128): number | null {
  if (!/^(0|[1-9]\d{0,2})$/u.test(length)) return null;
  const prefix = Number(length) - (bitsAsWritten(host) - bits);
  return prefix >= 0 && prefix <= bits ? prefix : null;
}

function parseAddress(text: string): Address | null {
  const plain = text.replace(/%[\w.-]+$/u, '');
  if (!plain.includes(':')) {
    const value = fourBytes(text);
    return value === null ? null : { bits: 32, value };
  }
  const value = sixteenBytes(plain);
  if (value === null) return null;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

function fourBytes(text: string): bigint | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    // no leading zeros: some read them as octal
    if (!/^(0|[1-9]\d{0,2})$/u.test(part) || Number(part) > 255) return null;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function sixteenBytes(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [left, right] = [groupsOf(halves[0] ?? ''), groupsOf(halves[1] ?? '')];
  if (left === null || right === null) return null;
  // the dotted form stands at the very end
  if (halves.length === 2 && (halves[0] ?? '').includes('.')) return null;
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...left, ...Array.from({ length: missing }, () => 0), ...right].reduce(
    (value, group) => (value << 16n) | BigInt(group),
    0n,
  );
}

function groupsOf(half: string): readonly number[] | null {
  if (half === '') return [];
  const parts = half.split(':');
  const groups: number[] = [];
  for (const [at, part] of parts.entries()) {
    if (part.includes('.')) {
      const value = at === parts.length - 1 ? fourBytes(part) : null;
      if (value === null) return null;
      groups.push(Number(value >> 16n), Number(value & 0xffffn));
    } else {
      if (!/^[0-9a-f]{1,4}$/iu.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}
