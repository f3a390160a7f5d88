import { quoteCommand } from './command-line.js';
import { encodeComponent } from './percent.js';
import { streamSubresources, type RequestInfo } from './request-info.js';

/** Characters of a template; it stands in every line of the record. */
const strippedLength = 4096;

/**
 * A request as the record shows it and digests bind it: method, path and query without the argv of exec, which follows
 * decoded and quoted. Left out is what differs between two sendings of one request: the client's `timeout`, and whether
 * a stream was opened by GET (WebSocket) or POST (SPDY).
 */
export function statementOf(info: RequestInfo): string {
  const stream = isStream(info);
  const pairs: string[] = [];
  for (const [name, values] of info.query) {
    // behind `proxy` a `timeout` is the proxied server's
    if (
      (name === 'timeout' && info.subresource !== 'proxy') ||
      (info.subresource === 'exec' && stream && name === 'command')
    )
      continue;
    for (const value of values) pairs.push(`${encodeComponent(name)}=${encodeComponent(value)}`);
  }
  const head = `${stream ? 'GET' : info.method} ${info.path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  return stream ? `${head} ${streamText(info)}` : head;
}

function isStream(info: RequestInfo): boolean {
  return info.isResource && info.resource === 'pods' && streamSubresources.has(info.subresource);
}

function streamText(info: RequestInfo): string {
  const words = [info.subresource === 'portforward' ? 'port-forward' : info.subresource, `pod/${info.name}`];
  if (info.container !== null) words.push('-c', info.container);
  if (info.subresource === 'exec') words.push('--', ...info.command);
  return quoteCommand(words);
}

/** The path with placeholders for namespace and name, and without its query: what one kind of request has in common. */
export function strippedOf(info: RequestInfo): string {
  return `${isStream(info) ? 'GET' : info.method} ${templateOf(info)}`.slice(0, strippedLength);
}

function templateOf(info: RequestInfo): string {
  const { parts, segments } = info;
  if (parts.length === 0) return `/${segments.map(encodeComponent).join('/')}`;
  const before = segments.slice(0, segments.length - parts.length).map(encodeComponent);
  // `namespaces/{ns}/pods`: the namespace is the last segment before the resource
  if (before.at(-2) === 'namespaces' && info.namespace !== '') before[before.length - 1] = '{namespace}';
  const [resource = '', , subresource] = parts;
  const shown = [...before, encodeComponent(resource)];
  if (parts.length > 1) shown.push('{name}');
  if (subresource !== undefined) shown.push(encodeComponent(subresource));
  if (parts.length > 3) shown.push('{path}');
  return `/${shown.join('/')}`;
}
