import { serveDocument } from './discovery.mjs';
import { serveExec } from './exec.mjs';
import { serveLog } from './logs.mjs';
import { apiVersionOf, reviews, typeOf } from './resources.mjs';
import { mintedToken, reviewed } from './reviews.mjs';
import { routeOf } from './route.mjs';
import { selector } from './selectors.mjs';
import { negotiated, sendShown, shownList, shownObject } from './shapes.mjs';
import { serveLogSocket, serveWatchSocket } from './side-doors.mjs';
import { failure, notFound, Refused } from './status.mjs';
import { watchEvents } from './watch.mjs';
import { wantsWebSocket } from './websocket.mjs';
import { bodyOf, deleted, patched, replaced, writeOptions } from './writes.mjs';

const verbOf = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
const pageDefault = Number.MAX_SAFE_INTEGER;

/**
 * The API behind the wire.
 * @param double `{ store, logs, witness, accounts, authorize, owners, ownScripts, watches }`
 * @returns `handle(request, identity, answer, entry)`
 */
export function kubeApi(double) {
  const { store, witness, accounts, authorize } = double;

  const permitted = (route, request, identity) => {
    if (identity.isRefused)
      throw new Refused(
        403,
        `users "${request.header('impersonate-user') ?? ''}" is forbidden: User "${identity.account}" cannot impersonate resource "users" in API group "" at the cluster scope`,
      );
    const single = verbOf[request.method] ?? request.method.toLowerCase();
    const many = { get: route.watch ? 'watch' : 'list', delete: 'deletecollection' }[single];
    const verb = !route.name && many ? many : single;
    const { group, resource, subresource, namespace, name, path } = route;
    const { user, groups } = identity;
    if (authorize({ verb, group, resource, subresource, namespace, name, path, user, groups })) return;
    const what = subresource ? `${resource}/${subresource}` : resource;
    throw new Refused(
      403,
      `${resource}${name ? ` "${name}"` : ''} is forbidden: User "${user}" cannot ${verb} resource "${what}" in API group "${group}"${namespace ? ` in the namespace "${namespace}"` : ' at the cluster scope'}`,
    );
  };

  const selected = (type, route) => store.list(type, route.namespace).filter(selector(route.query));

  const list = (type, route, answer) => {
    const { query } = route;
    const wish = negotiated(answer.request.header('accept'), type);
    const limit = Number(query.get('limit') || pageDefault) || pageDefault;
    const from = continued(query.get('continue'), store);
    const all = selected(type, route);
    const page = all.slice(from, from + limit);
    const left = all.length - from - page.length;
    const token = Buffer.from(JSON.stringify({ v: store.version, from: from + limit })).toString('base64url');
    const metadata = {
      resourceVersion: String(store.version),
      ...(left > 0 ? { continue: token, remainingItemCount: left } : {}),
    };
    return sendShown(answer, 200, shownList(type, page, metadata, wish, query.get('includeObject') ?? ''), wish, type);
  };

  const watch = (type, route, answer, entry) => {
    const wish = negotiated(answer.request.header('accept'), type);
    const media =
      wish.as === '' ? 'application/json' : `application/json;as=${wish.as};v=${wish.version};g=meta.k8s.io`;
    const { stream, close } = witness.openStream('watch', entry);
    answer.onEnd(close);
    let isOpen = false;
    const emit = (event) => {
      if (!isOpen) answer.open(200, { 'Content-Type': media });
      isOpen = true;
      void answer.write(`${JSON.stringify(event)}\n`);
    };
    let begun;
    try {
      begun = watchEvents(store, type, route, wish, emit, () => void answer.end());
    } catch (error) {
      close();
      throw error;
    }
    // a quiet watch opens, too
    if (!isOpen) answer.open(200, { 'Content-Type': media });
    isOpen = true;
    answer.stream = stream;
    double.watches.add(begun);
    answer.onEnd(() => {
      double.watches.delete(begun);
      begun.stop();
    });
  };

  const one = (type, answer, code, object, include = '') => {
    const wish = negotiated(answer.request.header('accept'), type);
    return sendShown(answer, code, shownObject(type, object, wish, include), wish, type);
  };

  const objects = async (type, route, request, answer, entry) => {
    const { namespace, name, query } = route;
    const include = query.get('includeObject') ?? '';
    switch (request.method) {
      case 'GET':
        if (route.watch) {
          if (wantsWebSocket(request)) return serveWatchSocket(route, type, answer, entry, double);
          return watch(type, route, answer, entry);
        }
        return name ? one(type, answer, 200, store.get(type, namespace, name), include) : list(type, route, answer);
      case 'POST': {
        if (name) break;
        const created = store.create(type, namespace, bodyOf(request), writeOptions(route, request));
        return one(type, answer, 201, created);
      }
      case 'PUT':
        if (!name) break;
        return one(type, answer, 200, replaced(store, type, route, request));
      case 'PATCH': {
        if (!name) break;
        const [code, object] = patched(store, double.owners, type, route, request);
        return one(type, answer, code, object);
      }
      case 'DELETE': {
        const gone = name ? [] : selected(type, route);
        const body = deleted(store, type, route, request, gone);
        if (body !== null) return answer.send(200, body);
        const metadata = { resourceVersion: String(store.version) };
        return answer.send(200, shownList(type, gone, metadata, { as: '', version: 'v1' }, include));
      }
    }
    throw new Refused(405, 'the server does not allow this method on the requested resource', { details: {} });
  };

  const below = async (type, route, request, answer, entry, identity) => {
    const { namespace, name, subresource, resource } = route;
    if (type.subresources.includes(subresource)) return objects(type, route, request, answer, entry);
    if (['pods', 'services', 'nodes'].includes(resource) && subresource === 'proxy') {
      witness.violation('side door', `proxy: ${entry.target}`, entry.n);
      return answer.send(200, `proxied ${request.method} /${route.rest.join('/')}\n`, { 'Content-Type': 'text/plain' });
    }
    if (resource === 'serviceaccounts' && subresource === 'token' && request.method === 'POST') {
      store.get(type, namespace, name);
      return answer.send(201, mintedToken(bodyOf(request), namespace, name, accounts));
    }
    if (resource === 'pods' && ['log', 'exec', 'attach', 'portforward'].includes(subresource)) {
      store.get(type, namespace, name);
      if (subresource === 'portforward') throw new Refused(501, 'the double forwards no ports');
      if (subresource !== 'log') return serveExec(route, answer, entry, identity, double);
      if (request.method !== 'GET')
        throw new Refused(405, 'the server does not allow this method on the requested resource');
      if (wantsWebSocket(request)) return serveLogSocket(route, answer, entry, double);
      return serveLog(route, answer, entry, double);
    }
    throw notFound(type, name);
  };

  return async (request, identity, answer, entry) => {
    if (identity === null) return answer.send(401, failure(401, 'Unauthorized'));
    const route = routeOf(request.target);
    permitted(route, request, identity);
    if (route.resource === '') return serveDocument(route, answer);
    const asked = reviews.find(
      ({ group, version, resource }) =>
        group === route.group && version === route.version && resource === route.resource,
    );
    if (asked !== undefined && request.method === 'POST')
      return answer.send(201, reviewed(asked, bodyOf(request), identity, double));
    const type = typeOf(route.group, route.version, route.resource);
    if (type === undefined) throw new Refused(404, 'the server could not find the requested resource', { details: {} });
    const placed = { ...route, namespace: type.namespaced ? route.namespace : '' };
    if (route.subresource) return below(type, placed, request, answer, entry, identity);
    return objects(type, placed, request, answer, entry);
  };
}

function continued(token, store) {
  if (!token) return 0;
  let place;
  try {
    place = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    throw new Refused(400, 'continue key is not valid');
  }
  if (store.isTooOld(place.v))
    throw new Refused(410, 'The provided continue parameter is too old to display a consistent list result.', {
      details: {},
    });
  return place.from;
}

/** The kind an object says it is of. */
export const typeOfObject = (object, types) =>
  types.find((type) => apiVersionOf(type) === object.apiVersion && type.kind === object.kind);
