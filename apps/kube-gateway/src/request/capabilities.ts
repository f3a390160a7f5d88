import type { BodySaid } from './body-said.js';
import { isDebugPath, isDryRun } from './effect.js';
import type { RequestInfo } from './request-info.js';

const streams: Readonly<Record<string, string>> = { exec: 'exec', attach: 'attach', portforward: 'port-forward' };
const reads = new Set(['get', 'list', 'watch']);

/**
 * The powers a request uses that reach past what it names: into containers, to credentials, round the gateway. An
 * allowing rule has to name each of them.
 * @returns sorted, without duplicates
 */
export function capabilitiesOf(info: RequestInfo, body: BodySaid | null): string[] {
  // what is not stored gives no power; what opens a stream or mints is never a dry run
  const asked = isDryRun(info, body) ? [] : [...pathPowers(info), ...(body?.capabilities ?? [])];
  return [...new Set(asked)].sort();
}

function pathPowers(info: RequestInfo): string[] {
  if (!info.isResource) return isDebugPath(info) ? ['node-debug-paths'] : [];
  const { group, resource, subresource, verb } = info;
  if (subresource === 'proxy') return [group === '' && resource === 'nodes' ? 'node-proxy' : 'proxy'];
  if (Object.hasOwn(streams, subresource)) return [streams[subresource] ?? 'exec'];
  if (verb === 'impersonate') return ['impersonate'];
  if (reads.has(verb)) return [];
  if (group === '' && subresource === 'token') return ['mint-token'];
  if (group === '' && subresource === 'ephemeralcontainers') return ['debug'];
  if (group === 'certificates.k8s.io') return ['mint-certificate'];
  if (group === 'rbac.authorization.k8s.io') return ['change-rbac'];
  return [];
}
