import { BadRequest, MethodNotAllowed } from './bad-request.js';
import { selectedName } from './field-selector.js';
import { selectedLabels, type SelectedLabels } from './label-selector.js';
import { booleanOption, checkIntegerOption, type Query } from './query.js';
import type { RequestTarget } from './request-target.js';
import { resourcePath } from './resource-path.js';

/** A request as the API server's authorizer sees it, and what else the gateway has to know of its target. */
export interface RequestInfo {
  readonly isResource: boolean;
  readonly method: string;
  /** the API server's verb; for a non-resource path the method in lower case */
  readonly verb: string;
  /** `connect` for what opens a way into a container or a service, by whichever method; else `verb` */
  readonly synthetic: string;
  /** '' for the legacy group */
  readonly group: string;
  readonly version: string;
  /** '' where the path names none */
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  /** of the path, or of `fieldSelector=metadata.name=`; '' where none is said */
  readonly name: string;
  /** canonical path, as forwarded */
  readonly path: string;
  /** decoded segments of the path */
  readonly segments: readonly string[];
  readonly query: Query;
  /** resource, name, subresource and what follows; empty for a non-resource path */
  readonly parts: readonly string[];
  readonly watch: boolean;
  /** `pods/log?follow`: answers for hours */
  readonly follow: boolean;
  /** the query asks for `dryRun=All`; a DELETE with a body ignores the query */
  readonly dryRun: boolean;
  /** what a label selector proves of every object selected; empty where none counts */
  readonly selected: SelectedLabels;
  /** decoded argv of exec; empty otherwise */
  readonly command: readonly string[];
  readonly container: string | null;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
  OPTIONS: 'options',
};

/** Subresources of pods that a stream leads into; only GET (WebSocket) and POST (SPDY) open it. */
export const streamSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);

/**
 * Computes a request's attributes as kube-apiserver does, and refuses what it would refuse anyway or read leniently.
 * @throws BadRequest 400 for options that cannot be decoded and for deprecated paths, 405 for a method not served there
 * @see kube-apiserver pkg/endpoints/request/requestinfo.go
 */
export function requestInfo(method: string, target: RequestTarget): RequestInfo {
  const verb = Object.hasOwn(verbs, method) ? verbs[method] : undefined;
  if (verb === undefined) throw new MethodNotAllowed('this method is not served');
  const found = resourcePath(target.segments);
  if (found === null) {
    if (method === 'OPTIONS') throw new MethodNotAllowed('OPTIONS is not served');
    return { ...plain(method, target), verb: method.toLowerCase(), synthetic: method.toLowerCase() };
  }
  if (found.prefixVerb === 'watch') {
    throw new BadRequest('paths under …/watch/ are deprecated: use ?watch=true on the list');
  }
  if (found.prefixVerb === 'proxy') {
    throw new BadRequest('paths under …/proxy/ are gone: use …/{resource}/{name}/proxy/');
  }

  const { group, version, namespace, parts } = found;
  const [resource = '', pathName = '', subresource = ''] = parts;
  const stream = resource === 'pods' && streamSubresources.has(subresource);
  const proxied = subresource === 'proxy';
  if (stream && method !== 'GET' && method !== 'POST') {
    throw new MethodNotAllowed(`${subresource} is served for GET and POST only`);
  }
  if (!proxied && (method === 'HEAD' || method === 'OPTIONS')) {
    throw new MethodNotAllowed(`${method} is not served for resources`);
  }
  const { query } = target;
  const resourceVerb = verbOf(verb, pathName, query);
  const ofMany = resourceVerb === 'list' || resourceVerb === 'watch' || resourceVerb === 'deletecollection';
  if (ofMany) for (const option of ['limit', 'timeoutSeconds']) checkIntegerOption(query, option);
  const fieldName = ofMany ? selectedName(query.get('fieldSelector')?.[0] ?? '') : '';
  const exec = stream && subresource === 'exec';
  return {
    ...plain(method, target),
    isResource: true,
    verb: resourceVerb,
    synthetic: stream || proxied ? 'connect' : resourceVerb,
    group,
    version,
    namespace,
    resource,
    subresource,
    parts,
    // the server names a list by its field selector, never a deletecollection
    name: pathName !== '' || resourceVerb === 'deletecollection' ? pathName : fieldName,
    watch: resourceVerb === 'watch',
    follow: resource === 'pods' && subresource === 'log' && booleanOption(query, 'follow'),
    dryRun: !proxied && dryRunOption(query),
    selected: ofMany ? selectedLabels(query.get('labelSelector')?.[0] ?? '') : new Map(),
    command: exec ? (query.get('command') ?? []) : [],
    container: proxied ? null : (query.get('container')?.[0] ?? null),
    stdin: stream && booleanOption(query, 'stdin'),
    stdout: stream && booleanOption(query, 'stdout'),
    stderr: stream && booleanOption(query, 'stderr'),
    tty: stream && booleanOption(query, 'tty'),
  };
}

function verbOf(verb: string, name: string, query: Query): string {
  if (name !== '') return verb;
  if (verb === 'get') return booleanOption(query, 'watch') ? 'watch' : 'list';
  return verb === 'delete' ? 'deletecollection' : verb;
}

/** `dryRun` knows one value; the server refuses any other, and so do we: a typo must not become a write. */
function dryRunOption(query: Query): boolean {
  const value = query.get('dryRun')?.[0];
  if (value !== undefined && value !== 'All') throw new BadRequest('the parameter dryRun knows one value: All');
  return value !== undefined;
}

function plain(method: string, target: RequestTarget): RequestInfo {
  return { ...emptyInfo, method, path: target.path, segments: target.segments, query: target.query };
}

/** A request of which nothing is said. */
export const emptyInfo: RequestInfo = {
  isResource: false,
  method: '',
  verb: '',
  synthetic: '',
  group: '',
  version: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  path: '',
  segments: [],
  query: new Map(),
  parts: [],
  watch: false,
  follow: false,
  dryRun: false,
  selected: new Map(),
  command: [],
  container: null,
  stdin: false,
  stdout: false,
  stderr: false,
  tty: false,
};
