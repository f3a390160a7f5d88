import { routeOf } from './route.js';

const hosts = new Map([['prod.example.com', 'prod']]);

describe('the target of a request', () => {
  it.each([
    ['', undefined],
    ['/', 'gateway'],
    ['/k8s', 'gateway'],
    ['/k8s/', 'gateway'],
    ['/k8s//api', 'gateway'],
    ['/K8S/prod/api', 'gateway'],
    ['/k8s/prod%2fapi', 'gateway'],
    ['/k8s/pr.od/api', 'gateway'],
    ['/k8s/-prod/api', 'gateway'],
    [`/k8s/${'a'.repeat(64)}/api`, 'gateway'],
    ['//k8s/prod/api', 'gateway'],
    ['https://prod.example.com/k8s/prod/api', 'gateway'],
    ['/api/v1/pods', 'prod.example.com.evil.org'],
    ['/api/v1/pods', '[::1'],
  ])('is none: %j at host %j', (url, host) => {
    expect(routeOf(url, host, hosts)).toBeNull();
  });

  it.each([
    ['/k8s/prod', 'gateway', 'prod', ''],
    ['/k8s/prod/', 'gateway', 'prod', '/'],
    ['/k8s/prod?a=1', 'gateway', 'prod', '?a=1'],
    ['/k8s/prod/api/v1/pods?watch=1', undefined, 'prod', '/api/v1/pods?watch=1'],
    ['/k8s/prod//..%2f', '[::1]:6443', 'prod', '//..%2f'],
    ['/api', 'prod.example.com', 'prod', '/api'],
    ['/api', 'PROD.example.com:6443', 'prod', '/api'],
  ])('is named: %j at host %j', (url, host, target, rest) => {
    expect(routeOf(url, host, hosts)).toEqual({ target, rest });
  });

  it('is that of a host of its own, whatever the path says', () => {
    expect(routeOf('/k8s/other/api', 'prod.example.com', hosts)).toEqual({ target: 'prod', rest: '/k8s/other/api' });
  });
});
