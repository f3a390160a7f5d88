import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { hostsOf, type PostgresTarget } from '@app/targets';
import { UpstreamError } from './upstream.error.js';

/** One server of a target, where it is at present. */
export interface UpstreamAddress {
  /** as the configuration names it */
  readonly host: string;
  readonly port: number;
  /** what the name leads to */
  readonly ip: string;
}

/** A server that could not be used is asked last for this long, ms: sessions must not wait for a dead one each time. */
const AVOID_MS = 30_000;

const avoided = new Map<string, number>();

/**
 * The servers of a target in the order in which they are tried; a name that leads to several addresses is several servers.
 * @throws UpstreamError `unreachable` when no name leads anywhere
 */
export async function addressesOf(target: PostgresTarget): Promise<readonly UpstreamAddress[]> {
  const failures: string[] = [];
  const found = await Promise.all(
    hostsOf(target.postgres).map(async ({ host, port }): Promise<UpstreamAddress[]> => {
      if (isIP(host)) return [{ host, port, ip: host }];
      try {
        const answers = await lookup(host, { all: true });
        return [...new Set(answers.map(({ address }) => address))].map((ip) => ({ host, port, ip }));
      } catch (error) {
        failures.push(`cannot reach ${host}:${port}: ${error instanceof Error ? error.message : String(error)}`);
        return [];
      }
    }),
  );
  const addresses = found.flat();
  if (addresses.length === 0) throw new UpstreamError('unreachable', failures.join('; '));
  if (target.postgres.loadBalance === 'random') shuffle(addresses);
  const now = performance.now();
  const bad = (address: UpstreamAddress): boolean => (avoided.get(keyOf(address)) ?? 0) > now;
  return [...addresses.filter((address) => !bad(address)), ...addresses.filter(bad)];
}

/** A server could not be used: others go first for a while. */
export function avoid(address: UpstreamAddress): void {
  avoided.set(keyOf(address), performance.now() + AVOID_MS);
}

/** A server could be used. */
export function trust(address: UpstreamAddress): void {
  avoided.delete(keyOf(address));
}

function keyOf({ ip, port }: UpstreamAddress): string {
  return `${ip} ${port}`;
}

function shuffle(list: UpstreamAddress[]): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
}
