import { KubeWorld, statusOf } from '../support/kube-double/kube-world.js';

// Requests that two servers in a row would read differently, that speak for somebody else, or that are simply wrong.

const pods = '/api/v1/namespaces/team-a/pods';
const configMaps = '/api/v1/namespaces/team-a/configmaps';
const json = 'Content-Type: application/json';

let world: KubeWorld;

beforeAll(async () => {
  world = await KubeWorld.start();
});
afterEach(() => world?.isUnharmed());
afterAll(() => world?.stop());

const configMap = (name: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } });

describe('a request within a request', () => {
  const inner = 'GET /api/v1/namespaces/kube-system/secrets HTTP/1.1\r\nHost: k\r\nImpersonate-User: root\r\n\r\n';

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('never leaves a chunked %s', async (method) => {
    const body = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const seen = await world.during(async () => {
      const client = await world.begin(`${method} ${pods}/web-0`, { lines: ['Transfer-Encoding: chunked'], body });
      expect((await client.head()).status).toBeGreaterThanOrEqual(400);
    });
    expect(seen).toEqual([]);
  });

  it.each([
    ['both lengths', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['two lengths', ['Content-Length: 0', `Content-Length: ${inner.length}`], inner],
    ['an encoding nobody knows', ['Transfer-Encoding: xchunked'], inner],
    ['two encodings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'],
    ['a length with a sign', [`Content-Length: +${inner.length}`], inner],
    ['a blank before the colon', ['Content-Length : 0'], ''],
    ['a length that Connection names', ['Connection: content-length', 'Content-Length: 0'], ''],
  ])('never leaves one with %s', async (_, lines, body) => {
    const seen = await world.during(async () => {
      const answer = await world.ask(`POST ${configMaps}`, { lines: [json, ...lines], body });
      expect(statusOf(answer)).toMatchObject({ code: 400, reason: 'BadRequest' });
    });
    expect(seen).toEqual([]);
  });

  it('is two requests where two are sent', async () => {
    const client = await world.open();
    const head = `Host: k\r\n${world.bearer()}\r\n\r\n`;
    client.send(`GET ${world.path('/version')} HTTP/1.1\r\n${head}GET ${world.path(pods)} HTTP/1.1\r\n${head}`);
    expect(JSON.parse((await client.answer()).body)).toMatchObject({ gitVersion: expect.any(String) });
    expect(JSON.parse((await client.answer()).body)).toMatchObject({ kind: 'PodList' });
  });
});

describe('a target', () => {
  it.each([
    '/api/v1/namespaces/team-a/pods%2fweb-0',
    '/api/v1/namespaces/team-a%2Fsecrets/db',
    '/api/v1/namespaces/team-a%5cpods',
    '/api/v1/namespaces/team-a/pods/web-0%00',
    '/api/v1//namespaces/team-a/pods',
    '/api/v1/namespaces/team-a/pods/../secrets',
    '/api/v1/namespaces/team-a/pods/%2e%2e/secrets',
    '/api/v1/./namespaces',
    '/api/v1\\namespaces',
    `${pods}#?watch=1`,
    `${pods}/web%252f0`,
    `${pods}/%ff`,
    `${pods}/%zz`,
    `${pods}/%1b%5b31mred`,
    `${pods}?watch=false&watch=true`,
    `${pods}?dryRun=All&dryRun=`,
    `${pods}?fieldSelector=metadata.name%3Da&fieldSelector=metadata.name%3Db`,
    `${pods}/web-0/log?container=a&container=b`,
    `${pods}?limit=1;watch=1`,
  ])('that could be read in two ways is refused: %s', async (target) => {
    const seen = await world.during(async () => {
      const { code, message } = statusOf(await world.ask(`GET ${target}`));
      expect(code).toBe(400);
      // eslint-disable-next-line no-control-regex -- no escape may reach a terminal
      expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);
    });
    expect(seen).toEqual([]);
  });

  it('in absolute form does not choose the host', async () => {
    const seen = await world.during(async () => {
      const client = await world.open();
      client.request(`GET https://elsewhere${world.path('/version')}`, [world.bearer()]);
      expect(statusOf(await client.answer()).code).toBeGreaterThanOrEqual(400);
    });
    expect(seen).toEqual([]);
  });

  it('that says `watch=` is a watch', async () => {
    const client = await world.begin(`GET ${pods}?watch=`);
    expect((await client.head()).headers['transfer-encoding']).toBe('chunked');
    const [event = ''] = (await client.chunks('\n')).split('\n', 1);
    expect(JSON.parse(event)).toMatchObject({ type: 'ADDED', object: { kind: 'Pod' } });
  });

  it('of 20 KB passes', async () => {
    const selector = encodeURIComponent(
      `app notin (${Array.from({ length: 2_000 }, (_, i) => `value-${i}`).join(',')})`,
    );
    const seen = await world.during(async () => {
      expect((await world.ask(`GET ${pods}?labelSelector=${selector}`)).status).toBe(200);
    });
    expect(seen[0]?.target.length).toBeGreaterThan(20_000);
  });
});

describe('a header', () => {
  it('of a proxy, a hop or another user never arrives', async () => {
    const seen = await world.during(async () => {
      const lines = [
        'X-Remote-User: root',
        'X-Remote-Group: system:masters',
        'X-Forwarded-For: 10.0.0.1',
        'X-Forwarded-Client-Cert: x',
        'Forwarded: for=10.0.0.1',
        'Origin: https://elsewhere',
        'TE: trailers',
        'Cookie: a=b',
        'Proxy-Authorization: Basic eDp5',
        'Connection: keep-alive, authorization, x-hop',
        'X-Hop: 1',
        'Audit-ID: chosen-by-the-client',
      ];
      expect((await world.ask(`GET ${pods}`, { lines })).status).toBe(200);
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ user: 'alice@example.com', target: pods });
    expect(seen[0]?.lines.map(([name]) => name.toLowerCase())).not.toContain('x-hop');
    expect(seen[0]?.auditId).not.toBe('chosen-by-the-client');
    expect(seen[0]?.auditId).toEqual(expect.stringMatching(/^[\w-]{20,}$/));
  });

  it('Expect leads past nothing', async () => {
    const seen = await world.during(async () => {
      const lines = [json, 'Expect: 100-continue'];
      const answer = await world.ask(`POST ${configMaps}`, { lines, body: configMap('expected') });
      expect(answer.status).toBe(201);
    });
    expect(seen).toMatchObject([{ user: 'alice@example.com' }]);
  });

  it.each([
    ['Impersonate-User: bob@example.com', 403],
    ['Impersonate-Group: analysts', 403],
    ['Impersonate-Uid: 1', 403],
    ['Impersonate-Extra-scope: x', 403],
    ['Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__', 400],
    ['Upgrade: websocket', 400],
    ['Content-Encoding: gzip', 400],
    ['Authorization: Bearer second', 400],
  ])('%s is refused', async (line, code) => {
    const seen = await world.during(async () => {
      expect(statusOf(await world.ask(`GET ${pods}`, { lines: [line] })).code).toBe(code);
    });
    expect(seen).toEqual([]);
  });
});

describe('a method', () => {
  it.each(['OPTIONS', 'TRACE', 'PROPFIND', 'LINK'])('%s is nothing the API knows', async (method) => {
    const seen = await world.during(async () => {
      expect(statusOf(await world.ask(`${method} ${pods}`))).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
    });
    expect(seen).toEqual([]);
  });

  it('CONNECT opens no tunnel', async () => {
    const seen = await world.during(async () => {
      const client = await world.open();
      client.request(`CONNECT 127.0.0.1:${world.double.port}`, [world.bearer()]);
      const status = await client.answer().then(
        (answer) => answer.status,
        () => 0,
      );
      expect(status === 0 || status >= 400).toBe(true);
    });
    expect(seen).toEqual([]);
  });
});

describe('who asks', () => {
  const asking = (token: string | null) =>
    world.ask(`GET ${pods}`, { as: '', lines: token === null ? [] : [`Authorization: Bearer ${token}`] });

  it('is somebody: no token, an old one, one for others and rubbish are 401', async () => {
    const past = Math.floor(Date.now() / 1000) - 60;
    const { gateway } = world;
    const tokens = [
      null,
      gateway.token('alice', { exp: past }),
      gateway.token('alice', { aud: 'others' }),
      'rubbish',
      'a.b.c',
    ];
    const seen = await world.during(async () => {
      for (const token of tokens)
        expect(statusOf(await asking(token))).toMatchObject({ code: 401, reason: 'Unauthorized' });
    });
    expect(seen).toEqual([]);
  });

  it.each([{ groups: ['analysts', 'system:masters'] }, { email: 'system:admin' }])(
    'is never one of the cluster’s own: %j',
    async (claims) => {
      const seen = await world.during(async () => {
        const answer = await asking(world.gateway.token('alice', claims));
        expect([401, 403]).toContain(statusOf(answer).code);
      });
      expect(seen).toEqual([]);
    },
  );

  it('arrives with each group on a line of its own, whatever it is called', async () => {
    const groups = ['analysts', 'a, b', 'größe', '数据'];
    const seen = await world.during(async () => {
      expect((await asking(world.gateway.token('alice', { groups }))).status).toBe(200);
    });
    const lines = seen[0]?.lines.filter(([name]) => name.toLowerCase() === 'impersonate-group');
    expect(lines?.map(([, value]) => Buffer.from(value, 'latin1').toString('utf8'))).toEqual(groups);
  });

  it('is the account alone where people are not impersonated', async () => {
    const seen = await world.during(async () => {
      expect((await world.ask(`GET ${pods}`, { target: 'shared' })).status).toBe(200);
    });
    expect(seen).toMatchObject([{ user: 'system:serviceaccount:kube-system:gateway' }]);
    expect(seen[0]?.lines.filter(([name]) => /^impersonate-/i.test(name))).toEqual([]);
  });

  it('may not what no rule allows', async () => {
    const seen = await world.during(async () => {
      expect(statusOf(await world.ask(`GET ${pods}`, { as: 'carol' }))).toMatchObject({
        code: 403,
        reason: 'Forbidden',
      });
    });
    expect(seen).toEqual([]);
  });
});

describe('a power that nobody was given', () => {
  const patch = ['Content-Type: application/strategic-merge-patch+json'];
  it.each([
    ['GET /api/v1/nodes/node-1/proxy/run/team-a/web-0/app?cmd=id', [], ''],
    ['POST /api/v1/nodes/node-1/proxy/exec/team-a/web-0/app', [], ''],
    [`GET ${pods}/web-0/proxy/`, [], ''],
    ['GET /api/v1/namespaces/team-a/services/https:web:443/proxy/admin', [], ''],
    ['GET /api/v1/proxy/namespaces/team-a/pods/web-0/', [], ''],
    [`PATCH ${pods}/web-0/ephemeralcontainers`, patch, '{"spec":{"ephemeralContainers":[{"name":"d","image":"i"}]}}'],
    ['POST /api/v1/namespaces/team-a/serviceaccounts/default/token', [json], '{"spec":{}}'],
    [
      'POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      [json],
      '{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRoleBinding","metadata":{"name":"x"},"roleRef":{"kind":"ClusterRole","name":"cluster-admin"}}',
    ],
    ['GET /configz', [], ''],
    ['GET /debug/pprof', [], ''],
  ])('is refused: %s', async (line, lines, body) => {
    const seen = await world.during(async () => {
      expect(statusOf(await world.ask(line, { lines, body })).code).toBeGreaterThanOrEqual(400);
    });
    expect(seen).toEqual([]);
  });
});

describe('what is wrong', () => {
  it('with a target that does not exist, or is not served, is said', async () => {
    expect([403, 404]).toContain(statusOf(await world.ask('GET /version', { target: 'nowhere' })).code);
    const client = await world.open();
    client.request('GET /', [world.bearer()]);
    expect([403, 404]).toContain(statusOf(await client.answer()).code);
    const gone = await world.ask(`GET ${pods}`, { target: 'gone' });
    expect([502, 503]).toContain(statusOf(gone).code);
    expect(gone.headers['retry-after']).toBeUndefined();
  });

  it('with a body is said: too large, no JSON, of unknown type', async () => {
    const large = await world.begin(`POST ${configMaps}`, { lines: [json, `Content-Length: ${5 << 20}`] });
    large.send(Buffer.alloc(5 << 20, 'x'));
    expect(statusOf(await large.answer())).toMatchObject({ code: 413 });
    const before = world.double.get('v1', 'ConfigMap', 'team-a', 'settings');
    for (const [type, body] of [
      ['application/json', '{"kind":'],
      ['application/json', 'null'],
      ['text/plain', configMap('plain')],
      ['application/cbor', Buffer.from('d9d9f7a0', 'hex')],
      ['application/vnd.kubernetes.protobuf', Buffer.from('k8s\0\x0a\xff', 'latin1')],
    ] as const) {
      const answer = await world.ask(`PUT ${configMaps}/settings`, { lines: [`Content-Type: ${type}`], body });
      expect(statusOf(answer).code).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    }
    expect(world.double.get('v1', 'ConfigMap', 'team-a', 'settings')).toEqual(before);
  });
});
