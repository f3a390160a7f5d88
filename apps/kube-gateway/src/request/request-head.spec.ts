import { BadRequest } from './bad-request.js';
import { checkHead } from './request-head.js';

type Head = readonly (readonly [string, string])[];
const socket: Head = [
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Sec-WebSocket-Version', '13'],
  ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
];

function answer(method: string, head: Head, upgrade = false): string {
  try {
    checkHead(method, head.flat(), upgrade);
    return 'served';
  } catch (error) {
    if (error instanceof BadRequest) return `${error.code} ${error.reason}`;
    throw error;
  }
}

describe('checkHead', () => {
  it.each<[string, string, Head]>([
    [
      'both lengths',
      'POST',
      [
        ['Content-Length', '5'],
        ['Transfer-Encoding', 'chunked'],
      ],
    ],
    ['chunks on GET', 'GET', [['Transfer-Encoding', 'chunked']]],
    ['chunks on HEAD', 'HEAD', [['transfer-encoding', 'chunked']]],
    ['chunks on DELETE', 'DELETE', [['TRANSFER-ENCODING', 'chunked']]],
    ['chunks on OPTIONS', 'OPTIONS', [['Transfer-Encoding', 'chunked']]],
    ['another transfer encoding', 'POST', [['Transfer-Encoding', 'gzip, chunked']]],
    ['identity as a transfer encoding', 'POST', [['Transfer-Encoding', 'identity']]],
    [
      'two transfer encodings',
      'POST',
      [
        ['Transfer-Encoding', 'chunked'],
        ['Transfer-Encoding', 'chunked'],
      ],
    ],
    [
      'two lengths',
      'POST',
      [
        ['Content-Length', '5'],
        ['Content-Length', '6'],
      ],
    ],
    ['a list of lengths', 'POST', [['Content-Length', '5, 5']]],
    ['a signed length', 'POST', [['Content-Length', '+5']]],
    ['a compressed body', 'POST', [['Content-Encoding', 'gzip']]],
    [
      'two hosts',
      'GET',
      [
        ['Host', 'a'],
        ['Host', 'b'],
      ],
    ],
    [
      'two tokens',
      'GET',
      [
        ['Authorization', 'Bearer a'],
        ['authorization', 'Bearer b'],
      ],
    ],
    [
      'two content types',
      'POST',
      [
        ['Content-Type', 'application/json'],
        ['Content-Type', 'application/yaml'],
      ],
    ],
    ['a connection that names the content type', 'POST', [['Connection', 'close, Content-Type']]],
    ['a connection that names the length', 'POST', [['Connection', 'content-length']]],
    [
      'h2c',
      'GET',
      [
        ['Connection', 'Upgrade, HTTP2-Settings'],
        ['Upgrade', 'h2c'],
        ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
      ],
    ],
    ['HTTP2-Settings alone', 'GET', [['HTTP2-Settings', '']]],
    ['an upgrade that Connection does not name', 'GET', [['Upgrade', 'websocket']]],
  ])('refuses %s with 400', (_name, method, head) => {
    expect(answer(method, head)).toBe('400 BadRequest');
  });

  it.each<[string, string, Head]>([
    [
      'h2c',
      'GET',
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'h2c'],
      ],
    ],
    [
      'a list of protocols',
      'GET',
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket, h2c'],
      ],
    ],
    [
      'another SPDY',
      'POST',
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'SPDY/3'],
      ],
    ],
    ['no protocol', 'GET', [['Connection', 'Upgrade']]],
    ['a WebSocket by POST', 'POST', socket],
    ['a body', 'GET', [...socket, ['Content-Length', '5']]],
    ['another WebSocket version', 'GET', [...socket.slice(0, 2), ['Sec-WebSocket-Version', '8'], ...socket.slice(3)]],
    ['a short key', 'GET', [...socket.slice(0, 3), ['Sec-WebSocket-Key', 'YQ==']]],
    ['no key', 'GET', socket.slice(0, 3)],
    ['two keys', 'GET', [...socket, ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==']]],
    [
      'SPDY by DELETE',
      'DELETE',
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'SPDY/3.1'],
      ],
    ],
  ])('refuses an upgrade with %s', (_name, method, head) => {
    expect(answer(method, head, true)).toBe('400 BadRequest');
  });

  it.each(['Impersonate-User', 'impersonate-group', 'IMPERSONATE-UID', 'Impersonate-Extra-scopes'])(
    'forbids %s instead of leaving it out',
    (name) => {
      expect(answer('GET', [[name, 'x']])).toBe('403 Forbidden');
      expect(answer('GET', [[name, '']])).toBe('403 Forbidden');
    },
  );

  it.each<[string, string, Head, boolean]>([
    ['a chunked POST', 'POST', [['Transfer-Encoding', 'Chunked']], false],
    ['a DELETE with a length', 'DELETE', [['Content-Length', '17']], false],
    [
      'Expect',
      'POST',
      [
        ['Expect', '100-continue'],
        ['Content-Length', '17'],
      ],
      false,
    ],
    ['Connection: authorization', 'GET', [['Connection', 'authorization']], false],
    [
      'several Accept lines',
      'GET',
      [
        ['Accept', 'a/b'],
        ['Accept', 'c/d'],
      ],
      false,
    ],
    ['a WebSocket', 'GET', [...socket, ['Content-Length', '0']], true],
    [
      'SPDY',
      'POST',
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'SPDY/3.1'],
        ['Content-Length', '0'],
      ],
      true,
    ],
  ])('serves %s', (_name, method, head, upgrade) => {
    expect(answer(method, head, upgrade)).toBe('served');
  });
});
