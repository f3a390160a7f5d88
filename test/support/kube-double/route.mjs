import { Refused } from './status.mjs';

/** Kubernetes' reading of a boolean parameter: the empty string is true, too. */
export const isTrue = (value) => value !== null && value !== undefined && !['0', 'false'].includes(value.toLowerCase());

/**
 * Where a request goes, as kube-apiserver's requestinfo reads it: from the decoded path, so that an encoded slash counts.
 * @returns `{ path, query, group, version, namespace, resource, name, subresource, rest, watch }`; `resource` is '' for
 * everything that is no object
 */
export function routeOf(target) {
  const url = new URL(target, 'https://double');
  let path;
  try {
    path = decodeURIComponent(url.pathname);
  } catch {
    throw new Refused(400, 'the path cannot be decoded');
  }
  const parts = path.split('/').filter((part) => part !== '');
  const route = {
    path,
    query: url.searchParams,
    group: '',
    version: '',
    namespace: '',
    resource: '',
    name: '',
    subresource: '',
    rest: [],
    watch: isTrue(url.searchParams.get('watch')),
  };
  const isLegacy = parts[0] === 'api';
  const from = isLegacy ? 2 : 3;
  if ((!isLegacy && parts[0] !== 'apis') || parts.length <= from) return route;
  [route.group, route.version] = isLegacy ? ['', parts[1]] : [parts[1], parts[2]];
  let objects = parts.slice(from);
  if (objects[0] === 'watch') {
    route.watch = true;
    objects = objects.slice(1);
  }
  if (objects[0] === 'namespaces' && objects.length > 2 && !['status', 'finalize'].includes(objects[2])) {
    route.namespace = objects[1];
    objects = objects.slice(2);
  }
  const [resource = '', name = '', subresource = '', ...rest] = objects;
  return Object.assign(route, { resource, name, subresource, rest });
}
