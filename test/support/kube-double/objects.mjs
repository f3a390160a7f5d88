import { isDeepStrictEqual } from 'node:util';
import { invalid, Refused } from './status.mjs';

// What the real server fills in and refuses, as far as clients wait for it or its errors quote values.

/** Defaults: a Secret's stringData moves to data; pods and deployments are running at once, nothing really runs. */
export function defaulted(type, object) {
  if (type.group === '' && type.resource === 'secrets') {
    const { stringData, ...secret } = object;
    const added = Object.entries(stringData ?? {}).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    const data = { ...secret.data, ...Object.fromEntries(added) };
    return { type: 'Opaque', ...secret, ...(Object.keys(data).length > 0 ? { data } : {}) };
  }
  if (type.resource === 'namespaces')
    return { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' }, ...object };
  if (type.resource === 'pods') return { ...object, status: object.status ?? running(object) };
  if (type.resource === 'deployments') {
    const replicas = object.spec?.replicas ?? 1;
    const all = { replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas };
    const observedGeneration = object.metadata.generation ?? 1;
    return { ...object, spec: { ...object.spec, replicas }, status: { observedGeneration, ...all } };
  }
  return object;
}

function running({ spec }) {
  const condition = (type) => ({ type, status: 'True', lastProbeTime: null, lastTransitionTime: null });
  return {
    phase: 'Running',
    podIP: '10.0.0.7',
    conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
    containerStatuses: (spec?.containers ?? []).map(({ name, image }) => ({
      name,
      image,
      imageID: '',
      ready: true,
      restartCount: 0,
      started: true,
      state: { running: { startedAt: `${new Date().toISOString().slice(0, 19)}Z` } },
      lastState: {},
    })),
  };
}

/** The object, if it may be stored. @throws Refused 400 or 422 whose text quotes the object's values, as the real one's does */
export function admitted(type, object, old) {
  const { name } = object.metadata;
  const causes = [];
  const bad = (field, message, reason = 'FieldValueInvalid') => causes.push({ reason, field, message });
  if (type.resource === 'secrets' || type.resource === 'configmaps')
    for (const [key, value] of Object.entries(object.data ?? {})) {
      if (!/^[-._a-zA-Z0-9]+$/.test(key))
        bad(
          `data[${key}]`,
          `Invalid value: ${JSON.stringify(key)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.'`,
        );
      if (typeof value !== 'string')
        throw new Refused(
          400,
          `${type.kind} in version "v1" cannot be handled as a ${type.kind}: json: cannot unmarshal ${JSON.stringify(value)} into Go struct field ${type.kind}.data of type string`,
        );
      if (type.resource === 'secrets' && !/^[A-Za-z0-9+/\r\n]*={0,2}$/.test(value))
        throw new Refused(
          400,
          `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0`,
        );
    }
  if (type.resource === 'secrets' && old !== null && object.type !== old.type)
    bad('type', `Invalid value: ${JSON.stringify(object.type)}: field is immutable`);
  if (old?.immutable && !isDeepStrictEqual(object.data, old.data))
    bad('data', 'Forbidden: field is immutable when `immutable` is set', 'FieldValueForbidden');
  if (type.resource === 'pods') {
    if (!Array.isArray(object.spec?.containers) || object.spec.containers.length === 0)
      bad('spec.containers', 'Required value', 'FieldValueRequired');
    else if (old !== null && !isDeepStrictEqual(withoutImages(object.spec), withoutImages(old.spec)))
      bad(
        'spec',
        `Forbidden: pod updates may not change fields other than \`spec.containers[*].image\`\n  core.PodSpec(\n- \t${JSON.stringify(old.spec)},\n+ \t${JSON.stringify(object.spec)},\n  )\n`,
        'FieldValueForbidden',
      );
  }
  if (causes.length > 0) throw invalid(type, name, causes);
  return object;
}

function withoutImages(spec) {
  const { ephemeralContainers: _, ...rest } = structuredClone(spec);
  for (const container of rest.containers) delete container.image;
  return rest;
}
