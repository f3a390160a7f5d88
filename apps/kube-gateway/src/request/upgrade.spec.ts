import { requestInfo } from './request-info.js';
import { parseTarget } from './request-target.js';
import { bearerToken, servedSubprotocols, upgradeKind } from './upgrade.js';

const websocket = ['Connection', 'Upgrade', 'Upgrade', 'websocket'];
const spdy = ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1'];
const pod = '/api/v1/namespaces/x/pods/p';
const kind = (url: string, head: readonly string[]): string => upgradeKind(requestInfo('GET', parseTarget(url)), head);
const offers = (...values: string[]): string[] => values.flatMap((value) => ['Sec-WebSocket-Protocol', value]);
const tokenProtocol = (token: string): string =>
  `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;

describe('upgradeKind', () => {
  it.each([
    `${pod}/log?follow=true`,
    '/api/v1/secrets',
    '/api/v1/secrets?watch=true',
    pod,
    '/version',
    '/apis/subresources.kubevirt.io/v1/namespaces/x/virtualmachineinstances/v/console',
    '/apis/g/v1/namespaces/x/pods/p/exec',
    '/apis/g/v1/things/t/proxy/x',
  ])('refuses %s over an upgrade', (url) => {
    for (const head of [websocket, spdy]) expect(() => kind(url, head)).toThrow('an upgrade is served for');
  });

  it.each(['exec', 'attach', 'portforward'])('refuses %s without an upgrade', (name) => {
    expect(() => kind(`${pod}/${name}`, [])).toThrow('needs an upgrade');
  });

  it.each([
    [`${pod}/exec?command=id`, websocket, 'websocket'],
    [`${pod}/attach`, websocket, 'websocket'],
    [`${pod}/exec?command=id`, spdy, 'spdy'],
    [`${pod}/portforward`, websocket, 'port-forward'],
    [`${pod}/portforward`, spdy, 'port-forward'],
    [`${pod}/proxy/ws`, websocket, 'proxy'],
    ['/api/v1/nodes/n/proxy/exec/x/y/z', spdy, 'proxy'],
    [`${pod}/log`, [], 'none'],
    [`${pod}/proxy/`, [], 'none'],
  ])('takes %s with %j for %s', (url, head, expected) => {
    expect(kind(url, head)).toBe(expected);
  });
});

describe('servedSubprotocols', () => {
  it.each([
    [[]],
    [['base64.channel.k8s.io']],
    [['v4.base64.channel.k8s.io, channel.k8s.io']],
    [['v3.channel.k8s.io', tokenProtocol('t')]],
    [['SPDY/3.1+portforward.k8s.io']],
    [['V5.channel.k8s.io']],
  ])('refuses %j', (values) => {
    expect(() => servedSubprotocols(offers(...values))).toThrow('the subprotocols served are v5');
  });

  it.each([
    [['v5.channel.k8s.io'], ['v5.channel.k8s.io']],
    [
      ['v5.channel.k8s.io,v4.channel.k8s.io', 'v4.channel.k8s.io'],
      ['v5.channel.k8s.io', 'v4.channel.k8s.io'],
    ],
    [['v4.channel.k8s.io, base64.channel.k8s.io', tokenProtocol('t')], ['v4.channel.k8s.io']],
  ])('takes of %j only %j', (values, served) => {
    expect(servedSubprotocols(offers(...values))).toEqual(served);
  });
});

describe('bearerToken', () => {
  it.each([
    ['two tokens', offers('v5.channel.k8s.io', tokenProtocol('a'), tokenProtocol('b'))],
    ['one in each place', ['Authorization', 'Bearer a', ...offers('v5.channel.k8s.io', tokenProtocol('a'))]],
    ['one alone', offers(tokenProtocol('a'))],
    ['an empty one', offers('v5.channel.k8s.io', tokenProtocol(''))],
    ['one with padding', offers('v5.channel.k8s.io', `${tokenProtocol('a')}==`)],
    ['one with a newline inside', offers('v5.channel.k8s.io', tokenProtocol('a\nb'))],
  ])('refuses %s', (_name, head) => {
    expect(() => bearerToken(head)).toThrow(/token/);
  });

  it.each([
    [['Authorization', 'Bearer abc.d-e_f'], 'abc.d-e_f'],
    [['authorization', 'bearer  x '], 'x'],
    [['Authorization', 'Basic x'], null],
    [['Authorization', 'Bearer a b'], null],
    [[], null],
    [offers(`v5.channel.k8s.io, ${tokenProtocol('abc.def')}`), 'abc.def'],
  ])('finds in %j the token %j', (head, token) => {
    expect(bearerToken(head)).toBe(token);
  });
});
