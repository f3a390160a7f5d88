import { parse } from 'yaml';

/** Where a kubeconfig leads. */
export interface ClusterAddress {
  /** name of the context */
  readonly context: string;
  /** URL of the API server, as written */
  readonly server: string;
}

/**
 * Where a kubeconfig leads, without its credentials.
 * @param kubeconfig its text, YAML or JSON @param context left out: the current one
 * @returns null when it has no such context, no cluster for it, or cannot be read
 */
export function clusterAddress(kubeconfig: string, context?: string): ClusterAddress | null {
  let document: unknown;
  try {
    document = parse(kubeconfig, { logLevel: 'silent' });
  } catch {
    // the reason would quote the text, and with it a credential
    return null;
  }
  const name = context ?? member(document, 'current-context');
  if (typeof name !== 'string' || name === '') return null;
  const cluster = member(member(named(document, 'contexts', name), 'context'), 'cluster');
  const server =
    typeof cluster === 'string' ? member(member(named(document, 'clusters', cluster), 'cluster'), 'server') : null;
  return typeof server === 'string' ? { context: name, server } : null;
}

function named(document: unknown, list: string, name: string): unknown {
  const entries = member(document, list);
  return Array.isArray(entries) ? entries.find((entry) => member(entry, 'name') === name) : undefined;
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}
