import { isClusterScoped } from './api-catalog.js';
import { emptyInfo, streamSubresources, type RequestInfo } from './request-info.js';

/** What a SelfSubjectAccessReview asks about; absent strings are ''. */
export interface AccessQuestion {
  readonly path: string | null;
  readonly namespace: string;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

/** A question as the request it asks about: '' and `*` are "any", as for the server's authorizer. */
export function questionInfo(asked: AccessQuestion): RequestInfo {
  const { verb, group, resource, subresource } = asked;
  if (asked.path !== null) {
    const segments = asked.path.split('/').filter((one) => one !== '');
    return { ...emptyInfo, verb, synthetic: verb, method: verb.toUpperCase(), path: asked.path, segments };
  }
  const connects = (resource === 'pods' && streamSubresources.has(subresource)) || subresource === 'proxy';
  const name = asked.name === '' ? '*' : asked.name;
  const anywhere = isClusterScoped(group, resource) ? '' : '*';
  return {
    ...emptyInfo,
    isResource: true,
    method: verb === 'get' || verb === 'list' || verb === 'watch' ? 'GET' : 'POST',
    verb,
    synthetic: connects ? 'connect' : verb,
    group,
    version: asked.version,
    resource,
    subresource,
    namespace: asked.namespace === '' ? anywhere : asked.namespace,
    name,
    parts: subresource === '' ? [resource, name] : [resource, name, subresource],
    watch: verb === 'watch',
  };
}
