import { BlockList, isIP } from 'node:net';

/** Why an address may not be reached, as a name that is stable; null: it may. */
export type AddressKind =
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared (CGNAT)'
  | 'link-local'
  | 'multicast'
  | 'broadcast'
  | 'reserved'
  | 'not an address';

type Range = readonly [kind: AddressKind, ...networks: string[]];

/** IANA's special-purpose registries: whatever is not globally reachable (RFC 6890, 5735, 6598, 5771). */
const v4: readonly Range[] = [
  ['broadcast', '255.255.255.255/32'],
  ['unspecified', '0.0.0.0/8'],
  ['loopback', '127.0.0.0/8'],
  ['private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ['shared (CGNAT)', '100.64.0.0/10'],
  ['link-local', '169.254.0.0/16'],
  ['multicast', '224.0.0.0/4'],
  ['reserved', '192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ['reserved', '203.0.113.0/24', '240.0.0.0/4'],
];
const v6: readonly Range[] = [
  ['unspecified', '::/128'],
  ['loopback', '::1/128'],
  ['private', 'fc00::/7', 'fec0::/10'],
  ['link-local', 'fe80::/10'],
  ['multicast', 'ff00::/8'],
  // documentation, discard, Teredo, ORCHID, a translation prefix of one's own, segment routing
  ['reserved', '2001::/23', '2001:db8::/32', '3fff::/20', '100::/64', '64:ff9b:1::/48', '5f00::/16'],
];
/** Prefixes with an IPv4 address inside, and the group of 16 bits at which it begins. */
const carriers: readonly (readonly [network: string, group: number])[] = [
  ['::ffff:0:0/96', 6],
  ['::ffff:0:0:0/96', 6],
  ['64:ff9b::/96', 6],
  ['::/96', 6],
  ['2002::/16', 1],
];

const lists = (ranges: readonly Range[]) => ranges.map(([kind, ...networks]) => ({ kind, list: listOf(networks) }));
const kinds4 = lists(v4);
const kinds6 = lists(v6);
const carrying = carriers.map(([network, group]) => ({ group, list: listOf([network]) }));

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    const family = isIP(address);
    if (family === 0) throw new Error(`${network} is not a network in CIDR notation`);
    list.addSubnet(address, bits === '' ? (family === 4 ? 32 : 128) : Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** The eight groups of an IPv6 address; the text is valid. */
function groupsOf(address: string): number[] {
  // The WHATWG parser writes the one canonical form, without a dotted part.
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const numbers = (text: string): number[] => (text === '' ? [] : text.split(':').map((part) => parseInt(part, 16)));
  const left = numbers(head);
  if (tail === undefined) return left;
  const right = numbers(tail);
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/** The IPv4 address that an IPv6 address leads to by mapping or translation; null: none. */
function carriedIn(address: string): string | null {
  const found = carrying.find(({ list }) => list.check(address, 'ipv6'));
  if (!found) return null;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = [groups[found.group], groups[found.group + 1]];
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** What kind of special address it is; null: an ordinary public one. */
export function specialKind(address: string): AddressKind | null {
  const family = isIP(address);
  // an address with a zone (`fe80::1%eth0`) is one of this machine's links
  if (family === 0 || address.includes('%')) return 'not an address';
  if (family === 4) return kinds4.find(({ list }) => list.check(address, 'ipv4'))?.kind ?? null;
  const special = kinds6.find(({ list }) => list.check(address, 'ipv6'))?.kind;
  if (special !== undefined) return special;
  const inner = carriedIn(address);
  return inner === null ? null : specialKind(inner);
}

/**
 * Which addresses outgoing requests of one webhook may reach: public ones, and those in the networks that the configuration names
 * for it. An IPv6 address that carries an IPv4 address is judged as that.
 */
export class OutgoingGuard {
  readonly #allowed: BlockList;

  /** @param networks CIDR blocks, `10.1.0.0/16`, `fd00::/8`. @throws Error naming what is no network */
  constructor(networks: readonly string[] = []) {
    this.#allowed = listOf(networks);
  }

  /** Null: it may be reached. Else a sentence for people that says what it is. */
  refusal(address: string): string | null {
    const kind = specialKind(address);
    if (kind === null) return null;
    if (kind === 'not an address') return `${JSON.stringify(address)} is not an address`;
    if (this.isListed(address)) return null;
    return `${address} is a ${kind} address; name its network under "networks" of the webhook if it is meant`;
  }

  /** Whether it may be reached without TLS: only this machine, and only if listed. */
  mayBePlain(address: string): boolean {
    return specialKind(address) === 'loopback' && this.isListed(address);
  }

  private isListed(address: string): boolean {
    const inner = isIP(address) === 6 ? carriedIn(address) : null;
    if (inner !== null && this.#allowed.check(inner, 'ipv4')) return true;
    return this.#allowed.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
}
