import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import { jsonPatched, leaves, merged, strategic } from './patch.mjs';
import { fromProtobuf } from './protobuf.mjs';
import { apiVersionOf } from './resources.mjs';
import { isTrue } from './route.mjs';
import { notFound, Refused } from './status.mjs';

const media = (request) => (request.header('content-type') ?? 'application/json').split(';', 1)[0].trim();

/** The object in a body. @throws Refused 400 or 415 */
export function bodyOf(request) {
  const type = media(request);
  if (request.header('content-encoding')) throw new Refused(415, 'the body is compressed');
  if (type === 'application/vnd.kubernetes.protobuf') return fromProtobuf(request.body);
  if (type !== 'application/json' && type !== 'application/yaml')
    throw new Refused(
      415,
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
    );
  const object = read(request.body, type);
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw new Refused(400, 'the object provided is unrecognized (must be of type APIVersion/Kind)');
  return object;
}

function read(body, type) {
  try {
    return type.endsWith('yaml') ? parse(body.toString('utf8')) : JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Refused(
      400,
      `couldn't get version/kind; ${type.endsWith('yaml') ? 'yaml' : 'json'} parse error: ${error.message}`,
    );
  }
}

/** Options of a write that stand in the query. @throws Refused 422 */
export function writeOptions({ query, subresource }, request) {
  const dryRun = query.getAll('dryRun').filter(Boolean);
  if (dryRun.some((value) => value !== 'All'))
    throw new Refused(
      422,
      `PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ${JSON.stringify(dryRun[0])}: supported values: "All"`,
    );
  const manager = query.get('fieldManager') ?? (request.header('user-agent') ?? 'unknown').split('/', 1)[0];
  return { dryRun: dryRun.length > 0, manager, part: subresource === 'status' ? 'status' : '' };
}

/** PATCH, of any of the four types. @returns `[code, object]` @throws Refused */
export function patched(store, owners, type, route, request) {
  const { namespace, name, query } = route;
  const options = writeOptions(route, request);
  const kind = media(request);
  if (kind === 'application/apply-patch+yaml') return applied(store, owners, type, route, request, options);
  const patch = read(request.body, 'application/json');
  const ways = {
    'application/merge-patch+json': (object) => merged(object, patch),
    'application/json-patch+json': (object) => jsonPatched(object, patch),
    ...(type.isCustom ? {} : { 'application/strategic-merge-patch+json': (object) => strategic(object, patch) }),
  };
  const way = ways[kind];
  if (way === undefined)
    throw new Refused(
      415,
      `the body of the request was in an unknown format - accepted media types include: ${Object.keys(ways).join(', ')}, application/apply-patch+yaml`,
    );
  if (isTrue(query.get('force')))
    throw new Refused(
      422,
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  return [200, store.update(type, namespace, name, way, options)];
}

/** Server-side apply. Owners of fields are kept beside the objects; a field of somebody else with another value is a conflict. */
function applied(store, owners, type, { namespace, name, query }, request, options) {
  if (!query.get('fieldManager'))
    throw new Refused(
      422,
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  const wanted = read(request.body, 'application/yaml');
  if (wanted?.apiVersion !== apiVersionOf(type) || wanted?.kind !== type.kind)
    throw new Refused(400, `invalid object type: ${wanted?.apiVersion}, Kind=${wanted?.kind}`);
  const {
    managedFields: _,
    name: __,
    namespace: ___,
    uid: ____,
    resourceVersion: _____,
    ...metadata
  } = wanted.metadata ?? {};
  const mine = leaves({ ...wanted, apiVersion: undefined, kind: undefined, metadata });
  const key = `${type.group}/${type.resource}/${namespace}/${name}`;
  const held = owners.get(key) ?? new Map();
  let present = null;
  try {
    present = store.get(type, namespace, name);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
  const conflicts = [];
  for (const [manager, fields] of held)
    if (manager !== options.manager && !isTrue(query.get('force')))
      for (const [path, value] of fields)
        if (mine.has(path) && !isDeepStrictEqual(mine.get(path), value)) conflicts.push([manager, path]);
  if (conflicts.length > 0)
    throw new Refused(
      409,
      `Apply failed with ${conflicts.length} conflict: ${conflicts.map(([manager, path]) => `conflict with "${manager}": ${path}`).join('\n')}`,
      {
        details: {
          causes: conflicts.map(([manager, field]) => ({
            reason: 'FieldManagerConflict',
            message: `conflict with "${manager}"`,
            field,
          })),
        },
      },
    );
  const object =
    present === null
      ? store.create(type, namespace, { ...wanted, metadata: { ...metadata, name } }, options)
      : store.update(type, namespace, name, (old) => strategic(old, wanted), options);
  if (!options.dryRun) owners.set(key, held.set(options.manager, mine));
  return [present === null ? 201 : 200, object];
}

/** DELETE of one object or of a list. @returns the answer's body */
export function deleted(store, type, route, request, objects) {
  const { namespace, name } = route;
  const given = request.body.length > 0 ? bodyOf(request) : {};
  const dryRun = [...route.query.getAll('dryRun'), ...(given.dryRun ?? [])].includes('All');
  const options = { dryRun, preconditions: given.preconditions };
  if (name) {
    const object = store.remove(type, namespace, name, options);
    if (type.resource === 'pods' || type.resource === 'namespaces') return object;
    const { uid } = object.metadata;
    const details = { name, ...(type.group ? { group: type.group } : {}), kind: type.resource, uid };
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  }
  for (const { metadata } of objects) store.remove(type, metadata.namespace ?? '', metadata.name, { dryRun });
  return null;
}

/** A PUT. @throws Refused */
export function replaced(store, type, route, request) {
  const { namespace, name } = route;
  const wanted = bodyOf(request);
  if (wanted?.kind !== undefined && wanted.kind !== type.kind)
    throw new Refused(400, `${wanted.kind} cannot be handled as a ${type.kind}`);
  if (!wanted?.metadata?.name) throw notFound(type, name);
  return store.update(type, namespace, name, () => wanted, writeOptions(route, request));
}
