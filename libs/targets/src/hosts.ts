import type { PostgresAddress, PostgresHost } from './target.js';

/** The servers of a target in the order of the configuration; at least one. */
export function hostsOf(postgres: PostgresAddress): readonly PostgresHost[] {
  const { host, port, hosts } = postgres;
  return hosts ?? [{ host, port }];
}
