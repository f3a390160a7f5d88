import { startKubeDouble, type KubeDouble } from './index.mjs';
import { RawClient } from './raw-client.js';

// What the double catches and how it breaks: a fault that does not happen proves nothing about a gateway.

const pods = '/api/v1/namespaces/team-a/pods';
const secret = '/api/v1/namespaces/team-a/secrets/db';

let double: KubeDouble;
let clients: RawClient[] = [];

const open = async (): Promise<RawClient> => {
  const client = await RawClient.open(double.url, double.ca);
  clients.push(client);
  return client;
};
const bearer = (token = double.token): string => `Authorization: Bearer ${token}`;
const kinds = (): readonly string[] => double.violations.map(({ kind }) => kind);
const get = async (target: string, ...lines: string[]) => {
  const client = await open();
  client.request(`GET ${target}`, [bearer(), ...lines]);
  return client.answer();
};
const post = async (method: string, target: string, type: string, body: unknown) => {
  const client = await open();
  client.request(`${method} ${target}`, [bearer(), `Content-Type: ${type}`], JSON.stringify(body));
  const answer = await client.answer();
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
};
const configMap = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

beforeEach(async () => {
  double = await startKubeDouble();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await double.close();
});

describe('a request that should never have come', () => {
  it('is written down when it hides in the body of another', async () => {
    const client = await open();
    // what a proxy makes of a chunked DELETE when it drops Transfer-Encoding alone
    const inner = `GET ${secret} HTTP/1.1\r\nHost: k\r\n${bearer()}\r\nImpersonate-User: system:admin\r\n\r\n`;
    client.request('DELETE /api/v1/namespaces/team-a/pods/nobody', [bearer(), 'Content-Length: 0'], inner);
    expect((await client.answer()).status).toBe(404);
    expect((await client.answer()).status).toBe(200);
    expect(kinds()).toEqual(['smuggled', 'foreign impersonation']);
    expect(double.requests.map(({ target }) => target)).toEqual(['/api/v1/namespaces/team-a/pods/nobody', secret]);
  });

  it.each([
    ['X-Remote-User: admin', 'foreign header'],
    ['X-Forwarded-For: 1.2.3.4', 'foreign header'],
    ['Expect: 100-continue', 'foreign header'],
    ['Connection: authorization', 'foreign header'],
    ['Origin: https://elsewhere', 'foreign header'],
    ['Upgrade: h2c', 'upgrade'],
    ['Impersonate-Group: system:masters', 'foreign impersonation'],
    ['Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.eA', 'foreign credential'],
    ['Authorization: Bearer another', 'foreign credential'],
    ['Transfer-Encoding: chunked', 'chunked body'],
  ])('is written down for %s', async (line, kind) => {
    const client = await open();
    client.request('GET /version', [bearer(), line], line.startsWith('Transfer') ? '0\r\n\r\n' : '');
    await client.answer();
    expect(kinds()).toContain(kind);
  });

  it.each([
    '/api/v1/namespaces/team-a%2fsecrets/db',
    '//version',
    '/api/../version',
    '/version#x',
    'https://k/version',
  ])('is written down for the target %s', async (target) => {
    await get(target);
    expect(kinds()).toEqual(['target not canonical']);
  });

  it('is answered 401 without a credential and with a token nobody knows', async () => {
    for (const lines of [[], [bearer('of-a-user')]]) {
      const client = await open();
      client.request(`GET ${pods}`, lines);
      const { status, body } = await client.answer();
      expect({ status, reason: JSON.parse(body).reason }).toEqual({ status: 401, reason: 'Unauthorized' });
    }
    expect(kinds()).toEqual(['no credential', 'foreign credential']);
  });

  it('is served and written down with the token of a user', async () => {
    double.user('user-token', { user: 'alice@example.com' });
    const client = await open();
    client.request(`GET ${pods}`, [bearer('user-token')]);
    expect((await client.answer()).status).toBe(200);
    expect(double.violations).toEqual([{ kind: 'foreign credential', detail: 'the token of alice@example.com', n: 0 }]);
  });

  it('is served over WebSocket for a watch and a log, and written down', async () => {
    double.log('team-a', 'web-0', 'a secret line\n');
    const watch = await open();
    expect((await watch.upgrade(`${pods}?watch=1`, [bearer()], [])).status).toBe(101);
    expect(JSON.parse((await watch.message()).data.toString()).type).toBe('ADDED');
    const log = await open();
    expect((await log.upgrade(`${pods}/web-0/log`, [bearer()], [])).status).toBe(101);
    expect((await log.message()).data.toString()).toBe('a secret line\n');
    expect(kinds()).toEqual(['side door', 'side door']);
  });
});

describe('a good client', () => {
  it('leaves no violation, keeps its connection and speaks for whom it says', async () => {
    const client = await open();
    for (const target of ['/version', pods, secret]) {
      client.request(`GET ${target}`, [bearer(), 'Impersonate-User: bob@example.com', 'Impersonate-Group: analysts']);
      expect((await client.answer()).status).toBe(200);
    }
    expect(double.requests.map(({ user }) => user)).toEqual(Array(3).fill('bob@example.com'));
    expect(double.report()).toMatchObject({ requests: 3, connections: { opened: 1, open: 1 }, violations: [] });
  });

  it('may not impersonate where the account may not', async () => {
    await double.close();
    double = await startKubeDouble({ impersonation: false });
    const { status, body } = await get(pods, 'Impersonate-User: bob@example.com');
    expect(status).toBe(403);
    expect(JSON.parse(body).message).toContain('cannot impersonate resource "users"');
  });

  it('gets discovery once: the second time 304', async () => {
    const accept = 'Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const { headers, body } = await get('/apis', accept);
    expect(JSON.parse(body)).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    expect(await get('/apis', accept, `If-None-Match: ${headers['etag']}`)).toMatchObject({ status: 304, body: '' });
    expect(JSON.parse((await get('/apis')).body)).toMatchObject({ kind: 'APIGroupList' });
  });
});

describe('objects', () => {
  it('are refused with a quoted value, with 409 on an old version and on a second creation', async () => {
    const target = '/api/v1/namespaces/team-a/configmaps';
    const bad = await post('POST', target, 'application/json', configMap('x', { 'bad key': 'v' }));
    expect(bad).toMatchObject({
      status: 422,
      body: { reason: 'Invalid', message: expect.stringContaining('"bad key"') },
    });
    expect((await post('POST', target, 'application/json', configMap('settings', {}))).status).toBe(409);
    const old = { ...configMap('settings', {}), metadata: { name: 'settings', resourceVersion: '1' } };
    expect((await post('PUT', `${target}/settings`, 'application/json', old)).status).toBe(409);
  });

  it('quote a pod’s environment when its spec may not change', async () => {
    const patch = [{ op: 'replace', path: '/spec/containers/0/env/1/value', value: 'other' }];
    const { status, body } = await post('PATCH', `${pods}/web-0`, 'application/json-patch+json', patch);
    expect(status).toBe(422);
    expect(body['message']).toContain('env-key-3f9a');
  });

  it.each([
    ['application/merge-patch+json', { data: { mode: null, more: '1' } }, { 'app.properties': 'a=1\n', more: '1' }],
    [
      'application/strategic-merge-patch+json',
      { data: { more: '1' } },
      { mode: 'blue', 'app.properties': 'a=1\n', more: '1' },
    ],
    ['application/json-patch+json', [{ op: 'remove', path: '/data/mode' }], { 'app.properties': 'a=1\n' }],
  ])('change by %s, and not by a dry run', async (type, patch, data) => {
    const target = '/api/v1/namespaces/team-a/configmaps/settings';
    const before = double.get('v1', 'ConfigMap', 'team-a', 'settings');
    expect((await post('PATCH', `${target}?dryRun=All`, type, patch)).body).toMatchObject({ data });
    expect(double.get('v1', 'ConfigMap', 'team-a', 'settings')).toEqual(before);
    expect((await post('PATCH', target, type, patch)).body['data']).toEqual(data);
  });

  it('tell of a conflict between two who apply', async () => {
    const target = '/api/v1/namespaces/team-a/configmaps/shared';
    const apply = (manager: string, value: string) =>
      post(
        'PATCH',
        `${target}?fieldManager=${manager}`,
        'application/apply-patch+yaml',
        configMap('shared', { a: value }),
      );
    expect((await apply('one', '1')).status).toBe(201);
    expect(await apply('two', '2')).toMatchObject({
      status: 409,
      body: { details: { causes: [{ field: '.data.a' }] } },
    });
  });

  it('come in pages, as tables and as metadata', async () => {
    const page = JSON.parse((await get(`${pods}?limit=1`)).body) as {
      metadata: { continue: string };
      items: unknown[];
    };
    expect(page).toMatchObject({ metadata: { remainingItemCount: 1 }, items: [{ metadata: { name: 'web-0' } }] });
    const next = await get(`${pods}?limit=1&continue=${page.metadata.continue}`);
    expect(JSON.parse(next.body)).toMatchObject({ items: [{ metadata: { name: 'web-1' } }] });
    double.compact();
    double.put(configMapIn('team-a', 'later'));
    double.compact();
    expect((await get(`${pods}?limit=1&continue=${page.metadata.continue}`)).status).toBe(410);
    const table = async (include: string) =>
      JSON.parse(
        (await get(`${pods}?includeObject=${include}`, 'Accept: application/json;as=Table;v=v1;g=meta.k8s.io')).body,
      );
    expect((await table('Metadata')).rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata' });
    expect((await table('Object')).rows[0].object).toMatchObject({
      kind: 'Pod',
      spec: { containers: expect.anything() },
    });
    expect((await table('None')).rows[0].object).toBeUndefined();
  });

  it('come as protobuf when that is asked for first', async () => {
    const { headers, body } = await get(secret, 'Accept: application/vnd.kubernetes.protobuf,application/json');
    expect(headers['content-type']).toBe('application/vnd.kubernetes.protobuf');
    expect(body).toMatch(/^k8s\0[^]*hunter2-canary/);
  });

  it('come compressed when they are large and that is asked for', async () => {
    double.put({ ...configMapIn('team-a', 'large'), data: { a: 'x'.repeat(200_000) } });
    const target = '/api/v1/namespaces/team-a/configmaps/large';
    expect((await get(target, 'Accept-Encoding: gzip')).headers['content-encoding']).toBe('gzip');
    expect((await get(target)).headers['content-encoding']).toBeUndefined();
  });
});

const configMapIn = (namespace: string, name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});

describe('a watch', () => {
  const watching = async (query: string) => {
    const client = await open();
    client.request(`GET /api/v1/namespaces/team-a/configmaps?watch=1${query}`, [bearer()]);
    expect((await client.head()).status).toBe(200);
    return client;
  };
  const event = async (client: RawClient) =>
    JSON.parse(String(await client.chunk())) as { type: string; object: never };

  it('lists first, marks the end of that, goes on, and leaves no stream behind', async () => {
    const client = await watching('&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    expect(await event(client)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'settings' } } });
    expect(await event(client)).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    double.put(configMapIn('team-a', 'new'));
    expect(await event(client)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'new' } } });
    double.bookmark();
    expect(await event(client)).toMatchObject({ type: 'BOOKMARK' });
    expect(double.streams).toMatchObject([{ kind: 'watch' }]);
    client.destroy();
    await vi.waitFor(() => expect(double.streams).toEqual([]));
  });

  it('is told 410 when its version is forgotten', async () => {
    double.put(configMapIn('team-a', 'new'));
    double.compact();
    const client = await watching('&resourceVersion=1');
    expect(await event(client)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await client.chunk()).toBeNull();
  });
});

describe('a log', () => {
  it('comes in the chunks it was given, followed', async () => {
    const euro = Buffer.from('€');
    double.log('team-a', 'web-0', euro.subarray(0, 1));
    const client = await open();
    client.request(`GET ${pods}/web-0/log?follow=true`, [bearer()]);
    await client.head();
    expect(await client.chunk()).toEqual(euro.subarray(0, 1));
    double.log('team-a', 'web-0', euro.subarray(1));
    expect(await client.chunk()).toEqual(euro.subarray(1));
  });
});

describe('exec', () => {
  const exec = async (query: string, protocols = ['v5.channel.k8s.io']) => {
    const client = await open();
    const answer = await client.upgrade(`${pods}/web-0/exec?${query}`, [bearer()], protocols);
    return { client, answer };
  };

  it('gives back stdin, ends by a close of that channel, and says the exit code', async () => {
    const { client, answer } = await exec('command=cat&stdin=true&stdout=true');
    expect(answer).toMatchObject({ status: 101, headers: { 'sec-websocket-protocol': 'v5.channel.k8s.io' } });
    client.channel(0, 'text', 1);
    client.channel(0, ' and bytes');
    client.frame(2, Buffer.from([255, 0]));
    const output = await client.output();
    expect(output[1]).toBe('text and bytes');
    expect(JSON.parse(output[3] ?? '')).toMatchObject({ status: 'Success' });
    expect(double.requests[0]?.input?.toString()).toBe('text and bytes');
  });

  it('says a failure by its exit code, and sizes as they come', async () => {
    const failing = await exec('command=fail&command=3&command=no&stderr=true', ['v4.channel.k8s.io']);
    const output = await failing.client.output();
    expect(output[2]).toBe('no\n');
    expect(JSON.parse(output[3] ?? '')).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
    const sized = await exec('command=size&tty=true');
    sized.client.channel(4, '{"Width":80,"Height":24}');
    expect(await sized.client.output((texts) => (texts[1] ?? '') !== '')).toEqual({ 1: '80x24\n' });
  });

  it('writes down reserved bits and frames without a mask', async () => {
    const { client } = await exec('command=cat&stdin=true');
    client.frame(2, Buffer.from([0, 97]), { rsv: 4 });
    client.frame(2, Buffer.from([0, 98]), { mask: false });
    await client.output((texts) => texts[1] === 'ab');
    expect(double.violations.map(({ detail }) => detail)).toEqual(['reserved bits 4', 'a frame without a mask']);
  });

  it('sends what a script cuts where it likes', async () => {
    double.script('cut', async (process) => {
      await process.fragments(1, Buffer.from('€uro'), [2, 1]);
      await process.exit(0);
    });
    const { client } = await exec('command=cut&stdout=true');
    expect((await client.output())[1]).toBe('€uro');
  });

  it('is refused in chunks when that is the fault', async () => {
    double.fault(`GET ${pods}/web-0/exec`, { chunkedError: true });
    const { answer } = await exec('command=cat');
    expect(answer).toMatchObject({ status: 403, headers: { 'transfer-encoding': 'chunked' } });
    expect(JSON.parse(answer.body)).toMatchObject({ kind: 'Status' });
  });
});

describe('a fault', () => {
  it('befalls one request, or as many as it says', async () => {
    double.fault(`GET ${pods}`, { status: 429, retryAfter: 1, times: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await get(pods)).status);
    expect(statuses).toEqual([429, 429, 200]);
  });

  it('cuts, resets, breaks and delays', async () => {
    double.fault(`GET ${pods}`, { cut: 10 });
    await expect(get(pods)).rejects.toThrow('the connection ended (FIN)');
    double.fault(`GET ${pods}`, { rst: true });
    await expect(get(pods)).rejects.toThrow('ECONNRESET');
    double.fault(`GET ${pods}`, { badJson: true });
    const { body } = await get(pods);
    expect(() => JSON.parse(body) as unknown).toThrow();
    double.fault(`GET ${pods}`, { delay: 120 });
    const from = Date.now();
    await get(pods);
    expect(Date.now() - from).toBeGreaterThanOrEqual(119);
    double.fault('GET /version', { dribble: 0, body: '{"a":9007199254740993}', mediaType: 'application/json' });
    expect((await get('/version')).body).toBe('{"a":9007199254740993}');
  });

  it('ends a watch after so many events', async () => {
    double.fault(`GET ${pods}`, { afterEvents: 1 });
    const client = await open();
    client.request(`GET ${pods}?watch=1`, [bearer()]);
    await client.head();
    await expect(client.chunks()).rejects.toThrow('the connection ended');
    expect(double.streams).toEqual([]);
  });

  it('shows a reader that takes nothing', async () => {
    double.script('flood', async (process) => {
      for (let i = 0; i < 2_000; i++) await process.out(Buffer.alloc(32_768, 'x'));
    });
    const client = await open();
    await client.upgrade(`${pods}/web-0/exec?command=flood`, [bearer()], ['v5.channel.k8s.io']);
    client.socket.pause();
    await vi.waitFor(() => expect(double.streams).toMatchObject([{ waiting: true }]), { timeout: 5_000 });
    expect(double.streams[0]?.sent).toBeLessThan(64 << 20);
  });
});
