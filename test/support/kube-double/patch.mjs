import { isDeepStrictEqual } from 'node:util';
import { Refused } from './status.mjs';

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON merge patch (RFC 7396). `listKey` gives lists of named things a merge of their own. */
export function merged(target, patch, listKey = () => null) {
  if (!isObject(patch)) return patch;
  const result = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    const by = listKey(key, value);
    if (value === null) delete result[key];
    else if (by !== null) result[key] = mergedList(result[key] ?? [], value, by, listKey);
    else result[key] = merged(result[key], value, listKey);
  }
  return result;
}

function mergedList(target, patch, by, listKey) {
  const result = [...target];
  for (const item of patch) {
    const at = result.findIndex((other) => other[by] === item[by]);
    if (item.$patch === 'delete') result.splice(at, at < 0 ? 0 : 1);
    else if (at < 0) result.push(merged({}, item, listKey));
    else result[at] = merged(result[at], item, listKey);
  }
  return result;
}

const strategicLists = { containers: 'name', initContainers: 'name', ephemeralContainers: 'name', env: 'name' };

/** Strategic merge, reduced: lists of containers and their environment merge by name, other lists are replaced. */
export const strategic = (target, patch) =>
  merged(target, patch, (key, value) => (Array.isArray(value) ? (strategicLists[key] ?? null) : null));

/** JSON patch (RFC 6902). A failed `test` is 422, as the real server answers. */
export function jsonPatched(target, operations) {
  if (!Array.isArray(operations)) throw new Refused(400, 'a JSON patch is an array');
  const root = { '': structuredClone(target) };
  for (const { op, path, from, value } of operations) {
    if (op === 'test') {
      const [holder, key] = place(root, path);
      if (!isDeepStrictEqual(holder[key], value))
        throw new Refused(
          422,
          `the server rejected our request due to an error in our request: testing value ${path} failed`,
        );
    } else if (op === 'remove') remove(root, path);
    else if (op === 'add' || op === 'replace') add(root, path, value, op === 'replace');
    else if (op === 'copy' || op === 'move') {
      const [holder, key] = place(root, from);
      const copied = structuredClone(holder[key]);
      if (op === 'move') remove(root, from);
      add(root, path, copied, false);
    } else throw new Refused(400, `unknown operation ${op}`);
  }
  return root[''];
}

function place(root, path) {
  const keys = String(path)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop();
  let holder = keys.length === 0 ? root : keys.reduce((at, key) => at?.[key], root);
  if (keys.length === 0 && last !== '') holder = undefined;
  if (typeof holder !== 'object' || holder === null)
    throw new Refused(422, `the server rejected our request due to an error in our request: missing path ${path}`);
  return [holder, last];
}

function add(root, path, value, mustExist) {
  const [holder, key] = place(root, path);
  if (Array.isArray(holder) && !mustExist) holder.splice(key === '-' ? holder.length : Number(key), 0, value);
  else holder[key] = value;
}

function remove(root, path) {
  const [holder, key] = place(root, path);
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** Leaves of an object as `path -> value`, for who owns which field. */
export function leaves(value, path = '', found = new Map()) {
  if (isObject(value) && Object.keys(value).length > 0)
    for (const [key, below] of Object.entries(value)) leaves(below, `${path}.${key}`, found);
  else found.set(path, value);
  return found;
}
