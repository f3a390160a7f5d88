const prefix = /^\/k8s\/([A-Za-z0-9][A-Za-z0-9_-]{0,62})(?=[/?]|$)/u;

/** Where a request leads. */
export interface Route {
  /** name of the target */
  readonly target: string;
  /** the request target behind the prefix, as sent; begins with `/` or `?` or is empty */
  readonly rest: string;
}

/**
 * Finds the target of a request: `/k8s/NAME/…`, or a host name of its own (design §5).
 * @param url request target as on the request line @param host `Host` of the request
 * @param hosts names of targets by host name in lower case
 * @returns null where it names none
 */
export function routeOf(url: string, host: string | undefined, hosts: ReadonlyMap<string, string>): Route | null {
  // a host of its own wins: an agent's program cannot leave its cluster by a path
  const target = hosts.get(hostName(host));
  if (target !== undefined) return { target, rest: url };
  const found = prefix.exec(url);
  if (found === null) return null;
  return { target: found[1] ?? '', rest: url.slice(found[0].length) };
}

function hostName(host = ''): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  return (end > 0 ? host.slice(0, end) : host).toLowerCase();
}
