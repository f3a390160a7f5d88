import { validateHeaderValue } from 'node:http';
import { upstreamHeaders, type OwnHeaders } from './upstream-headers.js';
import { wordList } from './word-list.js';

const own: OwnHeaders = {
  authorization: 'Bearer ours',
  auditId: 'event-1',
  impersonate: null,
  accept: null,
  identity: false,
  contentLength: null,
};

describe('upstreamHeaders', () => {
  it('never forwards what speaks of the connection, another identity or another origin', () => {
    const lost = wordList(`
      Connection Keep-Alive Proxy-Connection Proxy-Authorization TE Trailer Transfer-Encoding Upgrade HTTP2-Settings
      Expect Host Content-Length Cookie Origin Forwarded Via X-Remote-User X-Remote-Group X-Remote-Uid
      X-Remote-Extra-Scopes X-Forwarded-For X-Real-IP X-Forwarded-Host Impersonate-User Impersonate-Group
      Impersonate-Extra-a X-HTTP-Method-Override Sec-WebSocket-Key Sec-WebSocket-Protocol Sec-WebSocket-Extensions
    `);
    const head = lost.flatMap((name) => [name, 'x', name.toUpperCase(), 'y']);
    expect(upstreamHeaders(head, own)).toEqual({ authorization: 'Bearer ours', 'audit-id': 'event-1' });
  });

  it('replaces the user’s Authorization and Audit-ID', () => {
    const head = ['Authorization', 'Bearer theirs', 'AUDIT-ID', 'theirs', 'audit-id', 'theirs too'];
    expect(upstreamHeaders(head, own)).toEqual({ authorization: 'Bearer ours', 'audit-id': 'event-1' });
    expect(upstreamHeaders(head, { ...own, authorization: null })).toEqual({ 'audit-id': 'event-1' });
  });

  it('leaves out what Connection names, yet not what the gateway sets', () => {
    const head = [
      'Connection',
      'close, Authorization',
      'connection',
      'Audit-ID , x-thing',
      'X-Thing',
      '1',
      'X-Other',
      '2',
    ];
    const set = { ...own, impersonate: { user: 'a', groups: ['g'], uid: null, extra: {} } };
    expect(upstreamHeaders([...head, 'Connection', 'impersonate-user'], set)).toEqual({
      authorization: 'Bearer ours',
      'audit-id': 'event-1',
      'impersonate-user': 'a',
      'impersonate-group': 'g',
      'x-other': '2',
    });
  });

  it('keeps what speaks of the request, several lines as several', () => {
    const head = [
      'Accept',
      'a/b',
      'User-Agent',
      'kubectl/v1',
      'Kubectl-Session',
      's',
      'X-A',
      '1',
      'x-a',
      '2',
      'If-None-Match',
      '"e"',
    ];
    expect(upstreamHeaders(head, own)).toMatchObject({
      accept: 'a/b',
      'user-agent': 'kubectl/v1',
      'kubectl-session': 's',
      'x-a': ['1', '2'],
      'if-none-match': '"e"',
    });
  });

  it('asks for JSON uncompressed where the answer has to be read', () => {
    const head = ['Accept', 'application/vnd.kubernetes.protobuf', 'Accept-Encoding', 'gzip', 'accept', 'x/y'];
    const set = { ...own, accept: 'application/json', identity: true, contentLength: 3 };
    expect(upstreamHeaders(head, set)).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-length': '3',
    });
  });

  it('sends several groups as several lines, and names as UTF-8', () => {
    const impersonate = {
      user: 'jürgen@例え.jp',
      groups: ['a, b', 'größe'],
      uid: 'u1',
      extra: { 'sallyport-agent': ['outer', 'inner'], 'sallyport-session': ['s'] },
    };
    const lines: [string, string | string[]][] = [];
    for (const [name, value] of Object.entries(upstreamHeaders([], { ...own, impersonate }))) {
      const values = typeof value === 'string' ? [value] : value;
      // what Node would refuse to write
      for (const one of values) validateHeaderValue(name, one);
      const bytes = values.map((one) => Buffer.from(one, 'latin1').toString('utf8'));
      if (name.startsWith('impersonate')) lines.push([name, typeof value === 'string' ? (bytes[0] ?? '') : bytes]);
    }
    expect(lines).toEqual([
      ['impersonate-user', 'jürgen@例え.jp'],
      ['impersonate-uid', 'u1'],
      ['impersonate-group', ['a, b', 'größe']],
      ['impersonate-extra-sallyport-agent', ['outer', 'inner']],
      ['impersonate-extra-sallyport-session', 's'],
    ]);
  });
});
