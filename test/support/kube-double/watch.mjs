import { apiVersionOf } from './resources.mjs';
import { isTrue } from './route.mjs';
import { selector } from './selectors.mjs';
import { shownObject } from './shapes.mjs';
import { failure, Refused } from './status.mjs';

/**
 * Events of a watch, wherever they go. Ends by `timeoutSeconds`, by `stop`, or after ERROR 410.
 * @param emit takes one event, already shaped @param ended is told when nothing more comes
 * @returns `{ stop, bookmark }`
 */
export function watchEvents(store, type, route, wish, emit, ended) {
  const { query } = route;
  const include = query.get('includeObject') ?? '';
  const hasSelected = selector(watchedName(route));
  const matches = (object) =>
    (!route.namespace || object.metadata.namespace === route.namespace) && hasSelected(object);
  let isFirst = true;
  let isOver = false;
  const say = (event, object) => {
    emit({ type: event, object: shownObject(type, object, wish, include, isFirst) });
    isFirst = false;
  };
  const bookmark = (annotations) => {
    const metadata = {
      resourceVersion: String(store.version),
      creationTimestamp: null,
      ...(annotations ? { annotations } : {}),
    };
    emit({ type: 'BOOKMARK', object: { kind: type.kind, apiVersion: apiVersionOf(type), metadata } });
  };
  const asked = query.get('resourceVersion') ?? '';
  const wantsInitial = isTrue(query.get('sendInitialEvents'));
  if (wantsInitial && query.get('resourceVersionMatch') !== 'NotOlderThan')
    throw new Refused(
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  let after = Number(asked || 0);
  if (!Number.isSafeInteger(after)) throw new Refused(400, `invalid resource version ${JSON.stringify(asked)}`);
  let unfollow = () => undefined;
  const stop = () => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    unfollow();
    ended();
  };
  const seconds = Number(query.get('timeoutSeconds') ?? 1800);
  const timer = setTimeout(stop, Math.min(seconds, 86_400) * 1000);
  if (after > 0 && store.isTooOld(after) && !wantsInitial) {
    emit({ type: 'ERROR', object: failure(410, `too old resource version: ${after} (${store.version})`) });
    stop();
    return { stop, bookmark: () => undefined };
  }
  if (after === 0 || wantsInitial) {
    for (const object of store.list(type, route.namespace)) if (matches(object)) say('ADDED', object);
    after = store.version;
    if (wantsInitial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  }
  unfollow = store.follow(type, after, ({ event, object, old }) => {
    const is = event !== 'DELETED' && matches(object);
    const was = old !== null && matches(old);
    if (is) say(was ? 'MODIFIED' : 'ADDED', object);
    else if (was) say('DELETED', object);
  });
  return { stop, bookmark: () => isTrue(query.get('allowWatchBookmarks')) && bookmark() };
}

// `/watch/.../NAME` is a watch of one name
function watchedName({ query, name }) {
  if (!name) return query;
  const copy = new URLSearchParams(query);
  copy.set('fieldSelector', `metadata.name=${name}`);
  return copy;
}
