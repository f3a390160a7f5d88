import { createHash } from 'node:crypto';
import { apiVersionOf, groupVersions, reviews, types } from './resources.mjs';
import { Refused } from './status.mjs';

const version = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.0-double',
  gitCommit: 'double',
  gitTreeState: 'clean',
  buildDate: '2025-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: 'linux/amd64',
};
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const subresources = {
  pods: [
    ['log', 'Pod', ['get']],
    ['exec', 'PodExecOptions', ['create', 'get']],
    ['attach', 'PodAttachOptions', ['create', 'get']],
  ],
  serviceaccounts: [['token', 'TokenRequest', ['create']]],
};
const below = (type) => [
  ...(type.subresources ?? []).map((name) => [name, type.kind, ['get', 'patch', 'update']]),
  ...(type.group === '' ? (subresources[type.resource] ?? []) : []),
];
const inVersion = (apiVersion) => (type) => apiVersionOf(type) === apiVersion;
const groupOf = (apiVersion) => (apiVersion.includes('/') ? apiVersion.split('/')[0] : '');
const groups = [...new Set(groupVersions.map(groupOf))].filter(Boolean);

function resourceList(apiVersion) {
  const stored = types.filter(inVersion(apiVersion)).flatMap((type) => [
    {
      name: type.resource,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs,
      ...(type.short.length > 0 ? { shortNames: type.short } : {}),
    },
    ...below(type).map(([name, kind, allowed]) => ({
      name: `${type.resource}/${name}`,
      singularName: '',
      namespaced: type.namespaced,
      kind,
      verbs: allowed,
    })),
  ]);
  const asked = reviews.filter(inVersion(apiVersion)).map(({ resource, kind }) => ({
    name: resource,
    singularName: kind.toLowerCase(),
    namespaced: false,
    kind,
    verbs: ['create'],
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion, resources: [...stored, ...asked] };
}

function groupList() {
  const entry = (name) => {
    const versions = groupVersions
      .filter((apiVersion) => groupOf(apiVersion) === name)
      .map((apiVersion) => ({ groupVersion: apiVersion, version: apiVersion.split('/')[1] }));
    return { name, versions, preferredVersion: versions[0] };
  };
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(entry) };
}

function aggregated(names) {
  const kindOf = (type, kind = type.kind) => ({ group: type.group, version: type.version, kind });
  const scope = (type) => (type.namespaced ? 'Namespaced' : 'Cluster');
  const resource = (type) => ({
    resource: type.resource,
    responseKind: kindOf(type),
    scope: scope(type),
    singularResource: type.singular ?? type.kind.toLowerCase(),
    verbs: type.columns ? verbs : ['create'],
    ...(type.short?.length > 0 ? { shortNames: type.short } : {}),
    ...(below(type).length > 0
      ? {
          subresources: below(type).map(([name, kind, allowed]) => ({
            subresource: name,
            responseKind: kindOf(type, kind),
            verbs: allowed,
          })),
        }
      : {}),
  });
  const item = (name) => ({
    metadata: { ...(name ? { name } : {}), creationTimestamp: null },
    versions: groupVersions
      .filter((apiVersion) => groupOf(apiVersion) === name)
      .map((apiVersion) => ({
        version: apiVersion.split('/').at(-1),
        resources: [...types, ...reviews].filter(inVersion(apiVersion)).map(resource),
        freshness: 'Current',
      })),
  });
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items: names.map(item) };
}

const schemaName = (type) => `double.${type.group || 'core'}.${type.version}.${type.kind}`.replaceAll('-', '.');

function openApi(apiVersion) {
  const own = types.filter(inVersion(apiVersion));
  const schemas = own.map((type) => [
    schemaName(type),
    {
      type: 'object',
      description: `${type.kind} of the double`,
      properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } },
      'x-kubernetes-group-version-kind': [{ group: type.group, kind: type.kind, version: type.version }],
      'x-kubernetes-preserve-unknown-fields': true,
    },
  ]);
  const query = (name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const paths = own.map((type) => [
    `${root}/${type.namespaced ? 'namespaces/{namespace}/' : ''}${type.resource}/{name}`,
    {
      patch: {
        parameters: [query('dryRun'), query('fieldManager'), query('fieldValidation'), query('force')],
        responses: { 200: { description: 'OK' } },
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': { group: type.group, kind: type.kind, version: type.version },
      },
    },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: version.gitVersion },
    paths: Object.fromEntries(paths),
    components: { schemas: Object.fromEntries(schemas) },
  };
}

const openApiPath = (apiVersion) => (apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`);
const hashOf = (value) => createHash('sha512').update(JSON.stringify(value)).digest('hex').toUpperCase();

function document({ path }, accept) {
  const wantsAggregated = /g=apidiscovery\.k8s\.io/.test(accept) && /v=v2(?!beta)/.test(accept);
  const media = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const parts = path.split('/').filter(Boolean);
  if (path === '/api')
    return wantsAggregated
      ? [aggregated(['']), media]
      : [{ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }];
  if (path === '/apis') return wantsAggregated ? [aggregated(groups), media] : [groupList()];
  if (path === '/openapi/v3') {
    const entry = (apiVersion) => {
      const url = `/openapi/v3/${openApiPath(apiVersion)}?hash=${hashOf(openApi(apiVersion))}`;
      return [openApiPath(apiVersion), { serverRelativeURL: url }];
    };
    return [{ paths: Object.fromEntries(groupVersions.map(entry)) }];
  }
  if (path === '/openapi/v2' && /application\/json|\*\/\*/.test(accept || '*/*')) {
    const { info } = openApi('v1');
    const definitions = Object.assign({}, ...groupVersions.map((apiVersion) => openApi(apiVersion).components.schemas));
    return [{ swagger: '2.0', info, paths: {}, definitions }];
  }
  const found = groupVersions.find(
    (apiVersion) => path === `/${openApiPath(apiVersion)}` || path === `/openapi/v3/${openApiPath(apiVersion)}`,
  );
  if (found !== undefined) return [parts[0] === 'openapi' ? openApi(found) : resourceList(found)];
  const group = parts[0] === 'apis' && parts.length === 2 && groupList().groups.find(({ name }) => name === parts[1]);
  return group ? [{ kind: 'APIGroup', apiVersion: 'v1', ...group }] : null;
}

/** Answers everything that is no object: version, health, discovery, OpenAPI, the debugging pages. @throws Refused 404 */
export async function serveDocument(route, answer) {
  const { request } = answer;
  if (!['GET', 'HEAD'].includes(request.method))
    throw new Refused(405, 'the server does not allow this method on the requested resource');
  const { path } = route;
  if (path === '/version') return answer.send(200, version);
  const isPlain =
    /^\/(healthz|livez|readyz)(\/|$)/.test(path) || ['/metrics', '/configz', '/logs', '/debug/pprof'].includes(path);
  if (isPlain)
    return answer.send(200, path === '/metrics' ? 'double_up 1\n' : 'ok', {
      'Content-Type': 'text/plain; charset=utf-8',
    });
  const found = document(route, request.header('accept') ?? '');
  if (found === null) throw new Refused(404, 'the server could not find the requested resource', { details: {} });
  const [body, media = 'application/json'] = found;
  const headers = { 'Content-Type': media, ETag: `"${hashOf(body)}"`, Vary: 'Accept', 'Cache-Control': 'public' };
  if (request.header('if-none-match') === headers.ETag) return answer.send(304, '', headers);
  return answer.send(200, body, headers);
}
