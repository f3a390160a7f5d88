import { randomBytes, randomUUID } from 'node:crypto';
import { admitted, defaulted } from './objects.mjs';
import { apiVersionOf } from './resources.mjs';
import { alreadyExists, conflict, invalid, notFound, Refused } from './status.mjs';

const keyOf = (type, namespace, name) => `${type.group}/${type.resource}/${namespace}/${name}`;

/** Objects with uid and resourceVersion, and what happened to them: watches read on from any version that is kept. */
export class Store {
  #objects = new Map();
  #version = 1000;
  #history = [];
  #floor = 0;
  #listeners = new Set();

  /** The newest resourceVersion. */
  get version() {
    return this.#version;
  }

  /** From here on watches and continued lists of older versions are told 410. */
  compact() {
    this.#floor = this.#version;
    this.#history = [];
  }

  isTooOld(version) {
    return version < this.#floor;
  }

  /** @throws Refused 404 */
  get(type, namespace, name) {
    const found = this.#objects.get(keyOf(type, namespace, name));
    if (found === undefined) throw notFound(type, name);
    return found;
  }

  /** Objects of a type in a namespace ('' all), by name. */
  list(type, namespace) {
    const start = `${type.group}/${type.resource}/`;
    return [...this.#objects]
      .filter(([key, object]) => key.startsWith(start) && (!namespace || object.metadata.namespace === namespace))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** Changes after a version, then every coming one. @returns a function that stops it */
  follow(type, after, listener) {
    const mine = (change) => change.type === type;
    for (const change of this.#history) if (mine(change) && change.version > after) listener(change);
    const listen = (change) => mine(change) && listener(change);
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  }

  create(type, namespace, given, { dryRun = false, manager = 'unknown' } = {}) {
    const metadata = { ...given?.metadata };
    if (given?.kind !== undefined && given.kind !== type.kind)
      throw new Refused(400, `${given.kind} in version "${given.apiVersion}" cannot be handled as a ${type.kind}`);
    if (metadata.resourceVersion) throw new Refused(400, 'resourceVersion should not be set on objects to be created');
    if (type.namespaced && metadata.namespace && metadata.namespace !== namespace)
      throw new Refused(400, `the namespace of the provided object does not match the namespace sent on the request`);
    if (type.namespaced) this.#namespaceExists(namespace);
    if (!metadata.name && metadata.generateName)
      metadata.name = metadata.generateName + randomBytes(3).toString('hex').slice(0, 5);
    const { name = '' } = metadata;
    if (!/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/.test(name) || name.length > 253)
      throw invalid(type, name, [
        {
          reason: 'FieldValueInvalid',
          field: 'metadata.name',
          message: `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
        },
      ]);
    if (this.#objects.has(keyOf(type, namespace, name))) throw alreadyExists(type, name);
    Object.assign(metadata, {
      uid: randomUUID(),
      creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
      // the core types that are stored here have none
      ...(type.group ? { generation: 1 } : {}),
    });
    if (type.namespaced) metadata.namespace = namespace;
    const object = admitted(type, defaulted(type, { ...given, metadata }), null);
    return this.#put(type, object, 'ADDED', null, { dryRun, manager });
  }

  /** @param change from the present object to the new one @param part 'status' changes nothing else, and the other way round */
  update(type, namespace, name, change, { dryRun = false, manager = 'unknown', part = '' } = {}) {
    const old = this.get(type, namespace, name);
    const wanted = change(structuredClone(old));
    const said = wanted?.metadata ?? {};
    if (said.name !== undefined && said.name !== name)
      throw new Refused(400, `the name of the object (${said.name}) does not match the name on the URL (${name})`);
    if (said.uid !== undefined && said.uid !== old.metadata.uid) throw conflict(type, name);
    if (said.resourceVersion && said.resourceVersion !== old.metadata.resourceVersion) throw conflict(type, name);
    const { uid, creationTimestamp, namespace: where, generation } = old.metadata;
    const kept = {
      name,
      uid,
      creationTimestamp,
      ...(generation ? { generation } : {}),
      ...(where ? { namespace: where } : {}),
    };
    const metadata = { ...said, ...kept };
    const next = { ...wanted, metadata };
    if (type.subresources.includes('status')) {
      if (part === 'status') Object.assign(next, { ...old, metadata, status: wanted.status });
      else if (old.status !== undefined) next.status = old.status;
    }
    const object = admitted(type, defaulted(type, next), old);
    if (generation && JSON.stringify(object.spec) !== JSON.stringify(old.spec)) {
      object.metadata.generation++;
      if (object.status?.observedGeneration) object.status.observedGeneration = object.metadata.generation;
    }
    return this.#put(type, object, 'MODIFIED', old, { dryRun, manager });
  }

  /** @throws Refused 404, or 409 when a precondition does not hold */
  remove(type, namespace, name, { dryRun = false, preconditions = {} } = {}) {
    const old = this.get(type, namespace, name);
    for (const [field, value] of Object.entries(preconditions))
      if (value && old.metadata[field] !== value) throw conflict(type, name);
    if (dryRun) return old;
    this.#version++;
    const object = { ...old, metadata: { ...old.metadata, resourceVersion: String(this.#version) } };
    this.#objects.delete(keyOf(type, type.namespaced ? namespace : '', name));
    this.#tell({ type, event: 'DELETED', object, old, version: this.#version });
    if (type.resource === 'namespaces') this.#empty(name);
    return object;
  }

  #put(type, object, event, old, { dryRun, manager }) {
    const { managedFields: _, ...metadata } = object.metadata;
    if (old !== null && same({ ...object, metadata }, old)) return old;
    const stored = {
      apiVersion: apiVersionOf(type),
      kind: type.kind,
      ...object,
      metadata: { ...metadata, managedFields: managed(old, manager, type) },
    };
    if (dryRun) return { ...stored, metadata: { ...stored.metadata, resourceVersion: old?.metadata.resourceVersion } };
    this.#version++;
    stored.metadata.resourceVersion = String(this.#version);
    this.#objects.set(keyOf(type, metadata.namespace ?? '', metadata.name), stored);
    this.#tell({ type, event, object: stored, old, version: this.#version });
    return stored;
  }

  #tell(change) {
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }

  #namespaceExists(namespace) {
    if (!this.#objects.has(`/namespaces//${namespace}`))
      throw notFound({ group: '', resource: 'namespaces' }, namespace);
  }

  #empty(namespace) {
    const inside = [...this.#objects].filter(([, { metadata }]) => metadata.namespace === namespace);
    for (const [key] of inside) this.#objects.delete(key);
  }
}

function same(object, old) {
  const plain = ({ metadata, ...rest }) =>
    JSON.stringify(sorted({ ...rest, metadata: { ...metadata, managedFields: null, resourceVersion: null } }));
  return plain(object) === plain(old);
}

const sorted = (value) =>
  Array.isArray(value)
    ? value.map(sorted)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.keys(value)
            .sort()
            .map((key) => [key, sorted(value[key])]),
        )
      : value;

function managed(old, manager, type) {
  const others = (old?.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  const time = `${new Date().toISOString().slice(0, 19)}Z`;
  return [
    ...others,
    { manager, operation: 'Update', apiVersion: apiVersionOf(type), time, fieldsType: 'FieldsV1', fieldsV1: {} },
  ];
}
