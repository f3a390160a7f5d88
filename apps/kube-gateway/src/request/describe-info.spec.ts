import type { BodySaid } from './body-said.js';
import { describeInfo, type DescribedInfo } from './describe-info.js';
import type { Labels } from './operation-labels.js';
import { requestInfo } from './request-info.js';
import { parseTarget } from './request-target.js';

const empty: BodySaid = { kind: 'none', name: null, namespace: null, labels: null, capabilities: [], readable: true };
const json: BodySaid = { ...empty, kind: 'json' };
const pod = '/api/v1/namespaces/x/pods/p';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

function described(method: string, url: string, body: BodySaid | null = empty, labels: Labels = null): DescribedInfo {
  return describeInfo(requestInfo(method, parseTarget(url)), 'prod', body, labels);
}

describe('the verbs of a request', () => {
  const yaml: BodySaid = { ...empty, kind: 'yaml' };

  // a rule against creating must not be walked round
  it.each([
    ['a server-side apply', 'PATCH', '/api/v1/namespaces/x/configmaps/c', yaml, ['patch', 'create']],
    ['a PUT of what it would create', 'PUT', '/api/v1/namespaces/x/services/s', json, ['update', 'create']],
    ['a PUT of a role', 'PUT', `${rbac}/clusterroles/r`, json, ['update', 'create']],
    ['another patch', 'PATCH', '/api/v1/namespaces/x/configmaps/c', json, ['patch']],
    ['an apply to a status', 'PATCH', '/api/v1/namespaces/x/services/s/status', yaml, ['patch']],
    ['another PUT', 'PUT', '/api/v1/namespaces/x/configmaps/c', json, ['update']],
    ['a PUT to a status', 'PUT', '/api/v1/namespaces/x/services/s/status', json, ['update']],
  ])('are those of all it may do: %s', (_name, method, url, body, verbs) => {
    expect(described(method, url, body).operation.attributes['verb']).toEqual(verbs);
  });
});

describe('the effect of a request', () => {
  it.each([
    ['a body that cannot be read', 'POST', '/api/v1/namespaces/x/pods', { ...json, readable: false }],
    ['a body of another kind', 'PATCH', pod, { ...json, kind: 'other' as const }],
    ['a delete whose options cannot be read', 'DELETE', pod, { ...json, readable: false }],
    ['an unreadable dry run', 'POST', '/api/v1/namespaces/x/pods?dryRun=All', { ...json, readable: false }],
    ['an unknown path', 'GET', '/secret-door', empty],
    ['a write to a path', 'POST', '/version', json],
    ['a write to a debug path', 'PUT', '/debug/flags/v', json],
    ['an unknown subresource of the server’s own', 'GET', `${pod}/shell`, empty],
    ['text behind a subresource', 'GET', `${pod}/log/x`, empty],
    [
      'a subresource that only an aggregated server has',
      'GET',
      '/apis/kubevirt.io/v1/namespaces/x/vms/v/console',
      empty,
    ],
    ['a write to such a subresource', 'PUT', '/apis/kubevirt.io/v1/namespaces/x/vms/v/restart', json],
    ['an unknown question', 'POST', '/apis/authentication.k8s.io/v1/riddles', json],
    ['a review that is no POST', 'PUT', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x', json],
  ])('is unknown for %s', (_name, method, url, body) => {
    expect(described(method, url, body)).toMatchObject({ operation: { effect: 'unknown' }, harmless: false });
  });

  it.each([
    ['GET', '/api/v1/secrets', 'read', [], true],
    ['GET', '/api/v1/secrets?watch=1', 'read', [], true],
    ['GET', pod, 'read', [], true],
    ['GET', `${pod}/log?follow=1`, 'read', [], true],
    ['GET', `${pod}/ephemeralcontainers`, 'read', [], true],
    ['GET', '/apis/metrics.k8s.io/v1beta1/nodes', 'read', [], true],
    ['GET', '/apis/example.com/v1/namespaces/x/things/t/status', 'read', [], true],
    ['GET', `${rbac}/clusterroles`, 'read', [], true],
    ['GET', '/metrics', 'read', [], false],
    ['GET', '/', 'session', [], true],
    ['GET', '/apis/apps/v1', 'session', [], true],
    ['GET', '/openapi/v3/apis/apps/v1?hash=A', 'session', [], true],
    ['HEAD', '/version/', 'session', [], true],
    ['GET', '/readyz/etcd', 'session', [], false],
    ['GET', '/.well-known/openid-configuration', 'session', [], false],
    ['GET', '/openid/v1/jwks', 'session', [], false],
    ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'session', [], false],
    ['POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', 'session', [], false],
    ['POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', 'session', [], false],
    ['POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', 'read', [], false],
    ['POST', '/apis/authentication.k8s.io/v1/tokenreviews', 'admin', [], false],
    ['POST', '/apis/authentication.k8s.io/v1/tokenreviews?dryRun=All', 'admin', [], false],
    ['POST', '/api/v1/namespaces/x/pods', 'write', [], false],
    ['POST', '/api/v1/namespaces/x/pods?dryRun=All', 'read', [], false],
    ['PUT', '/apis/example.com/v1/namespaces/x/things/t', 'write', [], false],
    ['PATCH', '/apis/apps/v1/namespaces/x/deployments/d/scale', 'write', [], false],
    ['POST', `${pod}/eviction`, 'write', [], false],
    ['POST', `${pod}/binding?dryRun=All`, 'write', [], false],
    ['DELETE', pod, 'write', [], false],
    ['DELETE', '/api/v1/namespaces/x/pods', 'write', [], false],
    ['DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com', 'schema', [], false],
    ['PATCH', '/apis/apiregistration.k8s.io/v1/apiservices/v1.example.com', 'schema', [], false],
    ['POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', 'schema', [], false],
    ['PATCH', '/api/v1/nodes/n', 'admin', [], false],
    ['PUT', '/api/v1/namespaces/x/finalize', 'admin', [], false],
    ['POST', '/api/v1/namespaces/x/serviceaccounts/s/token', 'admin', ['mint-token'], false],
    ['POST', '/api/v1/namespaces/x/serviceaccounts/s/token?dryRun=All', 'admin', ['mint-token'], false],
    ['POST', '/apis/certificates.k8s.io/v1/certificatesigningrequests', 'admin', ['mint-certificate'], false],
    ['PUT', '/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval', 'admin', ['mint-certificate'], false],
    ['POST', `${rbac}/namespaces/x/rolebindings`, 'admin', ['change-rbac'], false],
    ['POST', `${rbac}/namespaces/x/rolebindings?dryRun=All`, 'read', [], false],
    ['GET', `${pod}/exec?command=id`, 'connect', ['exec'], false],
    ['POST', `${pod}/exec?command=id&dryRun=All`, 'connect', ['exec'], false],
    ['GET', `${pod}/attach`, 'connect', ['attach'], false],
    ['POST', `${pod}/portforward`, 'connect', ['port-forward'], false],
    ['GET', `${pod}/proxy/`, 'connect', ['proxy'], false],
    ['GET', '/api/v1/namespaces/x/services/web/proxy/x', 'connect', ['proxy'], false],
    ['GET', '/apis/example.com/v1/things/t/proxy/x', 'connect', ['proxy'], false],
    ['GET', '/api/v1/nodes/n/proxy/run/x/p/c?cmd=id', 'connect', ['node-proxy'], false],
    ['PATCH', `${pod}/ephemeralcontainers`, 'connect', ['debug'], false],
    ['GET', '/debug/pprof/heap', 'admin', ['node-debug-paths'], false],
    ['GET', '/configz', 'admin', ['node-debug-paths'], false],
    ['GET', '/logs/kube-apiserver.log', 'admin', ['node-debug-paths'], false],
  ])('of %s %s is %s with powers %j', (method, url, effect, capabilities, harmless) => {
    const body = method === 'GET' || method === 'HEAD' || method === 'DELETE' ? empty : json;
    expect(described(method, url, body)).toMatchObject({ operation: { effect, capabilities }, harmless });
  });

  it('takes no dry run from the query of a DELETE that has a body: the server reads the body alone', () => {
    const url = `${pod}?dryRun=All`;
    expect(described('DELETE', url, json).operation.effect).toBe('write');
    expect(described('DELETE', url, { ...json, dryRun: false }).operation.effect).toBe('write');
    expect(described('DELETE', pod, { ...json, dryRun: true }).operation.effect).toBe('read');
    expect(described('DELETE', url, empty).operation.effect).toBe('read');
    expect(described('POST', '/api/v1/namespaces/x/pods', { ...json, dryRun: true }).operation.effect).toBe('write');
  });

  it('takes no dry run from a stream, or where it is not known what is asked', () => {
    const vm = '/apis/subresources.kubevirt.io/v1/namespaces/x/vms/v/portforward?dryRun=All';
    expect(described('PUT', vm, json).operation).toMatchObject({ effect: 'unknown', capabilities: ['port-forward'] });
    expect(described('POST', `${pod}/proxy/x?dryRun=All`, json).operation.capabilities).toEqual(['proxy']);
  });

  it('adds the powers that a body asks for, but for a dry run', () => {
    const body = { ...json, capabilities: ['use-secret', 'token-secret', 'use-secret'] };
    const { operation } = described('POST', '/api/v1/namespaces/x/secrets', body);
    expect(operation).toMatchObject({ effect: 'admin', capabilities: ['token-secret', 'use-secret'] });
    expect(described('POST', '/api/v1/namespaces/x/secrets?dryRun=All', body).operation.capabilities).toEqual([]);
  });
});

describe('the attributes of a request', () => {
  it.each([
    ['GET', '/api/v1/pods', '*', '*', 'prod.*/pods/*'],
    ['GET', '/api/v1/namespaces/x/pods?watch=1', 'x', '*', 'prod.x/pods/*'],
    ['GET', '/api/v1/namespaces/x/pods?fieldSelector=metadata.name%3Dp', 'x', 'p', 'prod.x/pods/p'],
    ['GET', '/api/v1/nodes', '', '*', 'prod.nodes/*'],
    ['GET', '/api/v1/nodes/n', '', 'n', 'prod.nodes/n'],
    ['GET', '/api/v1/namespaces/x', 'x', 'x', 'prod.namespaces/x'],
    ['GET', '/apis/example.com/v1/things', '*', '*', 'prod.*/things.example.com/*'],
    ['GET', '/apis/example.com/v1/things/t', '', 't', 'prod.things.example.com/t'],
    ['DELETE', '/apis/apps/v1/namespaces/x/deployments', 'x', '*', 'prod.x/deployments.apps/*'],
    ['GET', '/api/v1/namespaces/x/services/https:web:443/proxy/a', 'x', 'web', 'prod.x/services/web/proxy'],
    ['GET', '/api/v1/namespaces/x/services/web:http/proxy/a', 'x', 'web', 'prod.x/services/web/proxy'],
    ['GET', '/api/v1/namespaces/x/services/:web:/proxy/a', 'x', 'web', 'prod.x/services/web/proxy'],
    ['GET', '/api/v1/namespaces/x/services/ftp:web:1/proxy/a', 'x', 'ftp:web:1', 'prod.x/services/ftp:web:1/proxy'],
    [
      'GET',
      `${rbac}/clusterroles/system:node`,
      '',
      'system:node',
      'prod.clusterroles.rbac.authorization.k8s.io/system:node',
    ],
    ['GET', `${pod}/log`, 'x', 'p', 'prod.x/pods/p/log'],
  ])('%s %s: namespace %j, name %j', (method, url, namespace, name, object) => {
    const { operation } = described(method, url);
    expect(operation.attributes).toMatchObject({ namespace: [namespace], name: [name] });
    expect(operation.objects).toEqual([object]);
  });

  it('takes the name of a new object from its body, and any where it says none', () => {
    const url = '/api/v1/namespaces/x/pods';
    expect(described('POST', url, { ...json, name: 'web' }).operation.objects).toEqual(['prod.x/pods/web']);
    expect(described('POST', url, json).operation.attributes['name']).toEqual(['*']);
  });

  it('says all of an exec', () => {
    const { operation } = described('POST', `${pod}/exec?command=sh&command=-c&command=echo+hi`);
    expect(operation).toEqual({
      target: 'prod',
      protocol: 'kubernetes',
      effect: 'connect',
      verb: 'connect',
      kinds: ['connect'],
      objects: ['prod.x/pods/p/exec'],
      reads: [],
      writes: [],
      filters: [],
      oracles: [],
      missing: [],
      attributes: {
        verb: ['connect'],
        group: ['core'],
        resource: ['pods/exec'],
        subresource: ['exec'],
        namespace: ['x'],
        name: ['p'],
        command: ["sh -c 'echo hi'"],
        program: ['sh'],
        'label:*': ['*'],
      },
      capabilities: ['exec'],
    });
  });

  it('says the path of a non-resource request, and nothing of resources', () => {
    const { operation } = described('GET', '/openapi/v3/');
    expect(operation.attributes).toEqual({ verb: ['get'], path: ['/openapi/v3'] });
    expect(operation.objects).toEqual(['prod./openapi/v3']);
  });
});

describe('the labels of a request', () => {
  const labelsOf = (...args: Parameters<typeof described>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(described(...args).operation.attributes).filter(([name]) => name.startsWith('label:')),
    );
  const any = { 'label:*': ['*'] };

  it('could be any where nothing is known', () => {
    expect(labelsOf('GET', pod)).toEqual(any);
    expect(labelsOf('DELETE', '/api/v1/namespaces/x/pods')).toEqual(any);
    expect(labelsOf('POST', '/api/v1/namespaces/x/pods', { ...json, readable: false, labels: {} })).toEqual(any);
    expect(labelsOf('POST', `${pod}/eviction`, { ...json, labels: { app: 'web' } })).toEqual(any);
    expect(labelsOf('PATCH', pod, { ...json, labels: { app: 'web' } })).toEqual(any);
  });

  it('are those of the selector for a list, and any other beside them', () => {
    expect(labelsOf('GET', '/api/v1/pods?labelSelector=app%3Dweb,!tier')).toEqual({ 'label:app': ['web'], ...any });
    expect(labelsOf('GET', `${pod}?labelSelector=app%3Dweb`)).toEqual(any);
  });

  it('are those of the body for a new object', () => {
    const url = '/api/v1/namespaces/x/pods';
    expect(labelsOf('POST', url, { ...json, labels: { app: 'web' } })).toEqual({ 'label:app': ['web'] });
    expect(labelsOf('POST', url, json)).toEqual({});
  });

  it('are those an object has, and for a change those it gets too', () => {
    expect(labelsOf('GET', pod, empty, { app: 'web' })).toEqual({ 'label:app': ['web'] });
    expect(labelsOf('GET', `${pod}/exec?command=id`, empty, { app: ['web'] })).toEqual({ 'label:app': ['web'] });
    expect(labelsOf('PUT', pod, { ...json, labels: { app: 'db', x: 'y' } }, { app: 'web' })).toEqual({
      'label:app': ['web', 'db'],
      'label:x': ['y'],
    });
    expect(labelsOf('GET', pod, empty, {})).toEqual({});
  });
});

describe('the statement of a request', () => {
  it.each([
    [
      'GET',
      '/api/v1/namespaces/x/pods?limit=5&timeout=32s',
      '/api/v1/namespaces/x/pods?limit=5',
      '/api/v1/namespaces/{namespace}/pods',
    ],
    ['GET', '/api/v1/nodes/n', '/api/v1/nodes/n', '/api/v1/nodes/{name}'],
    ['GET', '/api/v1/namespaces/x', '/api/v1/namespaces/x', '/api/v1/namespaces/{name}'],
    ['PUT', '/api/v1/namespaces/x/status', '/api/v1/namespaces/x/status', '/api/v1/namespaces/{name}/status'],
    ['GET', '/apis/namespaces/v1/x', '/apis/namespaces/v1/x', '/apis/namespaces/v1/x'],
    ['GET', '/version?timeout=32s', '/version', '/version'],
    [
      'GET',
      '/api/v1/namespaces/x/services/web/proxy/a/b?timeout=1',
      '/api/v1/namespaces/x/services/web/proxy/a/b?timeout=1',
      '/api/v1/namespaces/{namespace}/services/{name}/proxy/{path}',
    ],
  ])('%s %s', (method, url, statement, stripped) => {
    expect(described(method, url)).toMatchObject({
      statement: `${method} ${statement}`,
      stripped: `${method} ${stripped}`,
    });
  });

  it('shows an exec decoded and quoted, the same by whichever transport', () => {
    const url = `${pod}/exec?command=sh&container=app&command=-c&command=echo%20hi%1b&stdin=true`;
    const expected = String.raw`GET ${pod}/exec?container=app&stdin=true exec pod/p -c app -- sh -c $'echo hi\x1b'`;
    for (const method of ['GET', 'POST']) {
      expect(described(method, url)).toMatchObject({
        statement: expected,
        stripped: 'GET /api/v1/namespaces/{namespace}/pods/{name}/exec',
      });
    }
    expect(described('POST', `${pod}/portforward?ports=80`).statement).toBe(
      `GET ${pod}/portforward?ports=80 port-forward pod/p`,
    );
  });

  it('is bounded where it is stripped', () => {
    expect(described('GET', `/api/v1/${'r'.repeat(10_000)}`).stripped).toHaveLength(4096);
  });
});
