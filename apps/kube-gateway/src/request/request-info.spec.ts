import { BadRequest } from './bad-request.js';
import { requestInfo, type RequestInfo } from './request-info.js';
import { parseTarget } from './request-target.js';

const info = (method: string, url: string): RequestInfo => requestInfo(method, parseTarget(url));

function refusal(method: string, url: string): unknown {
  try {
    return info(method, url);
  } catch (error) {
    return error instanceof BadRequest ? error.code : error;
  }
}

describe('requestInfo', () => {
  it.each([
    ['TRACE', '/api/v1/pods', 405],
    ['CONNECT', '/api/v1/pods', 405],
    ['constructor', '/api/v1/pods', 405],
    ['get', '/api/v1/pods', 405],
    ['PROPFIND', '/version', 405],
    ['OPTIONS', '/version', 405],
    ['OPTIONS', '/api/v1/pods', 405],
    ['HEAD', '/api/v1/namespaces/x/pods/p', 405],
    ['HEAD', '/api/v1/namespaces/x/pods/p/log', 405],
    ['DELETE', '/api/v1/namespaces/x/pods/p/exec', 405],
    ['PUT', '/api/v1/namespaces/x/pods/p/attach', 405],
    ['PATCH', '/api/v1/namespaces/x/pods/p/portforward', 405],
    ['GET', '/api/v1/watch/pods', 400],
    ['GET', '/api/v1/watch', 400],
    ['GET', '/apis/apps/v1/watch/namespaces/x/deployments', 400],
    ['GET', '/api/v1/proxy/namespaces/x/pods/p', 400],
    ['POST', '/api/v1/namespaces/x/pods?dryRun=Al', 400],
    ['POST', '/api/v1/namespaces/x/pods?dryRun=', 400],
    ['GET', '/api/v1/secrets?limit=', 400],
    ['GET', '/api/v1/secrets?limit=5x&fieldSelector=metadata.name%3Da', 400],
    ['GET', '/api/v1/secrets?timeoutSeconds=99999999999999999999', 400],
    ['GET', '/api/v1/secrets?timeoutSeconds=9223372036854775808', 400],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name', 400],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Da%3Db', 400],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Da,metadata.name%3Db', 400],
    ['GET', '/api/v1/secrets?labelSelector=a%20b', 400],
    ['DELETE', '/api/v1/namespaces/x/secrets?labelSelector=%3Da', 400],
  ])('refuses %s %s with %i', (method, url, code) => {
    expect(refusal(method, url)).toBe(code);
  });

  // method, path, verb, group, namespace, resource, subresource, name
  it.each([
    ['GET', '/api/v1/namespaces', 'list', '', '', 'namespaces', '', ''],
    ['GET', '/api/v1/namespaces/x', 'get', '', 'x', 'namespaces', '', 'x'],
    ['GET', '/api/v1/namespaces/x/', 'get', '', 'x', 'namespaces', '', 'x'],
    ['PUT', '/api/v1/namespaces/x/status', 'update', '', 'x', 'namespaces', 'status', 'x'],
    ['PUT', '/api/v1/namespaces/x/finalize', 'update', '', 'x', 'namespaces', 'finalize', 'x'],
    ['GET', '/api/v1/namespaces/x/pods', 'list', '', 'x', 'pods', '', ''],
    ['GET', '/api/v1/namespaces/x/pods/', 'list', '', 'x', 'pods', '', ''],
    ['GET', '/api/v1/namespaces/x/pods/p', 'get', '', 'x', 'pods', '', 'p'],
    ['GET', '/api/v1/namespaces/x/pods/p?watch=true', 'get', '', 'x', 'pods', '', 'p'],
    ['GET', '/api/v1/namespaces/x/pods/p/log', 'get', '', 'x', 'pods', 'log', 'p'],
    ['GET', '/api/v1/pods', 'list', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=true', 'watch', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch', 'watch', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=', 'watch', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=no', 'watch', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=00', 'watch', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=0', 'list', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?watch=FALSE', 'list', '', '', 'pods', '', ''],
    ['GET', '/api/v1/pods?Watch=true', 'list', '', '', 'pods', '', ''],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Da', 'list', '', '', 'secrets', '', 'a'],
    ['GET', '/api/v1/secrets?watch=1&fieldSelector=type%3Dx,metadata.name%3D%3Da', 'watch', '', '', 'secrets', '', 'a'],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name!%3Da', 'list', '', '', 'secrets', '', ''],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3Da%252Fb', 'list', '', '', 'secrets', '', ''],
    ['GET', '/api/v1/secrets?fieldSelector=metadata.name%3D..', 'list', '', '', 'secrets', '', ''],
    ['GET', '/api/v1/secrets?fieldSelector=', 'list', '', '', 'secrets', '', ''],
    ['POST', '/api/v1/namespaces/x/pods', 'create', '', 'x', 'pods', '', ''],
    ['PATCH', '/apis/apps/v1/namespaces/x/deployments/d', 'patch', 'apps', 'x', 'deployments', '', 'd'],
    ['PATCH', '/apis/apps/v1/namespaces/x/deployments/d/scale', 'patch', 'apps', 'x', 'deployments', 'scale', 'd'],
    ['DELETE', '/apis/apps/v1/namespaces/x/deployments/d', 'delete', 'apps', 'x', 'deployments', '', 'd'],
    ['DELETE', '/apis/apps/v1/namespaces/x/deployments', 'deletecollection', 'apps', 'x', 'deployments', '', ''],
    [
      'DELETE',
      '/api/v1/namespaces/x/pods?fieldSelector=metadata.name%3Da',
      'deletecollection',
      '',
      'x',
      'pods',
      '',
      '',
    ],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/a:b',
      'get',
      'rbac.authorization.k8s.io',
      '',
      'clusterroles',
      '',
      'a:b',
    ],
    ['POST', '/api/v1/namespaces/x/serviceaccounts/s/token', 'create', '', 'x', 'serviceaccounts', 'token', 's'],
    ['GET', '/api/v1/nodes/n/proxy/run/x/y/z', 'get', '', '', 'nodes', 'proxy', 'n'],
    ['GET', '/api/v1/namespaces/namespaces/namespaces/x', 'get', '', 'namespaces', 'namespaces', '', 'x'],
    ['GET', '/api/v1/namespaces/x/watch/y', 'get', '', 'x', 'watch', '', 'y'],
    ['GET', '/apis/g/v1/x/y/z/and/so/on', 'get', 'g', '', 'x', 'z', 'y'],
  ])('%s %s is %s', (method, url, verb, group, namespace, resource, subresource, name) => {
    const expected = { isResource: true, verb, synthetic: subresource === 'proxy' ? 'connect' : verb };
    expect(info(method, url)).toMatchObject({ ...expected, group, namespace, resource, subresource, name });
  });

  it.each([
    '/',
    '/api',
    '/api/v1',
    '/apis',
    '/apis/apps',
    '/apis/apps/v1',
    '/version',
    '/openapi/v3/api/v1',
    '/API/v1/pods',
  ])('takes %s for no resource', (url) => {
    expect(info('GET', url)).toMatchObject({ isResource: false, verb: 'get', resource: '', parts: [], watch: false });
  });

  it('sees one connect in exec, attach, port-forward and proxies, whatever the method', () => {
    const pod = '/api/v1/namespaces/x/pods/p';
    for (const [method, url] of [
      ['GET', `${pod}/exec?command=id`],
      ['POST', `${pod}/exec?command=id`],
      ['GET', `${pod}/attach`],
      ['POST', `${pod}/portforward`],
      ['OPTIONS', `${pod}/proxy/`],
      ['HEAD', '/api/v1/nodes/n/proxy/metrics'],
      ['DELETE', '/api/v1/namespaces/x/services/https:web:443/proxy/item'],
    ] as const) {
      expect(info(method, url).synthetic).toBe('connect');
    }
    expect(info('GET', `${pod}/log`).synthetic).toBe('get');
  });

  it('reads what exec is asked', () => {
    const url =
      '/api/v1/namespaces/x/pods/p/exec?command=sh&command=-c&command=echo+hi&container=c&stdin=&tty=0&stderr=False';
    expect(info('GET', url)).toMatchObject({
      command: ['sh', '-c', 'echo hi'],
      container: 'c',
      stdin: true,
      stdout: false,
      stderr: false,
      tty: false,
    });
    expect(info('GET', '/api/v1/namespaces/x/pods/p/attach?command=sh')).toMatchObject({
      command: [],
      container: null,
    });
  });

  it('tells a log that follows and a dry run', () => {
    expect(info('GET', '/api/v1/namespaces/x/pods/p/log?follow=true')).toMatchObject({ follow: true, watch: false });
    expect(info('GET', '/api/v1/namespaces/x/pods?follow=true').follow).toBe(false);
    expect(info('POST', '/api/v1/namespaces/x/pods?dryRun=All').dryRun).toBe(true);
    expect(info('GET', '/api/v1/nodes/n/proxy/x?dryRun=All').dryRun).toBe(false);
  });

  it('takes labels from the selector of many, never of one', () => {
    expect(info('GET', '/api/v1/pods?labelSelector=app%3Dweb').selected).toEqual(new Map([['app', ['web']]]));
    expect(info('GET', '/api/v1/namespaces/x/pods/p?labelSelector=app%3Dweb').selected).toEqual(new Map());
  });
});
