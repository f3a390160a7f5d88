import { KubeWorld, statusOf } from '../support/kube-double/kube-world.js';

// Answers that come slowly, break off, or never come; clients that leave or take nothing.

const pods = '/api/v1/namespaces/team-a/pods';
const secrets = '/api/v1/namespaces/team-a/secrets';
const configMaps = '/api/v1/namespaces/team-a/configmaps';

let world: KubeWorld;

beforeAll(async () => {
  world = await KubeWorld.start();
});
afterEach(() => world?.isUnharmed());
afterAll(() => world?.stop());

const named = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team-a' } });
const patience = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a stream', () => {
  it.each([`${configMaps}?watch=1&fieldSelector=metadata.name%3Dnobody`, `${pods}/web-1/log?follow=true`])(
    'without a word opens at once and stays: %s',
    async (target) => {
      const client = await world.begin(`GET ${target}`);
      const from = Date.now();
      expect((await client.head()).status).toBe(200);
      expect(Date.now() - from).toBeLessThan(2_000);
      await patience(1_500);
      expect(client.isOver).toBe(false);
    },
  );

  it('of events has one compact line each', async () => {
    const client = await world.begin(`GET ${configMaps}?watch=1&pretty=true`);
    await client.head();
    world.double.put(named('line-one'));
    const text = await client.chunks('line-one');
    for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ type: expect.any(String) });
  });

  it.each([`${configMaps}?watch=1`, `${pods}/web-1/log?follow=true`])(
    'whose client leaves is closed: %s',
    async (target) => {
      const client = await world.begin(`GET ${target}`);
      await client.head();
      expect(world.streams()).toHaveLength(1);
      client.destroy();
      await world.noStreamLeft();
    },
  );

  it('whose client is gone before its answer began is closed', async () => {
    world.double.fault(`GET ${pods}`, { hang: true });
    const client = await world.begin(`GET ${pods}`);
    await vi.waitFor(() => expect(world.streams()).toMatchObject([{ kind: 'silent' }]), { timeout: 5_000 });
    client.destroy();
    await world.noStreamLeft();
  });

  it.each([false, true])('that dies at the target dies at once, behind a whole event (by RST: %s)', async (rst) => {
    const events = JSON.parse((await world.ask(`GET ${configMaps}`)).body) as { items: unknown[] };
    world.double.fault(`GET ${configMaps}`, { afterEvents: events.items.length + 1, rst });
    const client = await world.begin(`GET ${configMaps}?watch=1`);
    await client.head();
    let text = await client.chunks('\n');
    await patience(100);
    world.double.put(named(`last-${rst}`));
    const from = Date.now();
    // it may end in order, since it ends behind an event, or be cut
    for (
      let part = await client.chunk().catch(() => null);
      part !== null;
      part = await client.chunk().catch(() => null)
    )
      text += part.toString();
    expect(Date.now() - from).toBeLessThan(5_000);
    for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ type: 'ADDED' });
  });

  it('that dies at the target before anything came is 502, or cut', async () => {
    world.double.fault(`GET ${configMaps}`, { afterEvents: 1, rst: true });
    const answer = await world.ask(`GET ${configMaps}?watch=1`).catch(() => null);
    if (answer !== null && answer.status !== 200) expect(statusOf(answer).code).toBe(502);
  });

  it('of a version that is forgotten says 410 and ends well', async () => {
    world.double.put(named('forgotten'));
    world.double.compact();
    const client = await world.begin(`GET ${configMaps}?watch=1&resourceVersion=1`);
    await client.head();
    expect(JSON.parse(await client.chunks())).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    });
  });

  it('waits for a client that takes nothing, and then goes on without a gap', async () => {
    const client = await world.begin(`GET ${pods}/web-0/log?follow=true`);
    await client.head();
    client.socket.pause();
    const line = (i: number): string => `${String(i).padStart(7, '0')} ${'x'.repeat(8_000)}\n`;
    for (let i = 0; i < 3_000; i++) world.double.log('team-a', 'web-0', line(i));
    await vi.waitFor(() => expect(world.streams()).toMatchObject([{ waiting: true }]), { timeout: 10_000 });
    client.socket.resume();
    const text = await client.chunks('0002999 ');
    expect(text.match(/^\d{7} /gm)?.map(Number)).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
  });
});

describe('a log', () => {
  it('cut inside a character arrives whole', async () => {
    const text = 'grün €uro 数据\n';
    for (const byte of Buffer.from(text)) world.double.log('team-b', 'other', Uint8Array.of(byte));
    const { body } = await world.ask('GET /api/v1/namespaces/team-b/pods/other/log');
    expect(body).toBe(text);
  });

  it('cut inside a secret does not carry it past the mask', async () => {
    const client = await world.begin(`GET ${pods}/web-1/log?follow=true`);
    await client.head();
    for (const part of ['key ca', 'nary-0123', '4567 and canary-8', '9abcdef.\n', 'end\n']) {
      world.double.log('team-a', 'web-1', part);
      await patience(20);
    }
    const text = await client.chunks('end\n');
    expect(text).toMatch(/^key sallyport:v1:[0-9a-f]{16} and sallyport:v1:[0-9a-f]{16}\.\nend\n$/);
  });

  it('ends a line that does not end, after a moment', async () => {
    const client = await world.begin('GET /api/v1/namespaces/team-b/pods/other/log?follow=true&tailLines=0');
    await client.head();
    world.double.log('team-b', 'other', 'password: ');
    expect(await client.chunks('password: ')).toContain('password: ');
  });
});

describe('an answer', () => {
  const post = (name: string) =>
    world.ask(`POST ${configMaps}`, { lines: ['Content-Type: application/json'], body: JSON.stringify(named(name)) });

  it.each([
    ['reset', { rst: true }],
    ['no HTTP', { garbage: 'HELLO\r\n\r\n' }],
    ['cut in its head', { garbage: 'HTTP/1.1 200 OK\r\nContent-' }],
    [
      'framed twice',
      { garbage: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' },
    ],
  ])('that is %s is 502, and the write was asked once', async (_, fault) => {
    world.double.fault(`POST ${configMaps}`, { ...fault, times: 5 });
    const seen = await world.during(async () => {
      const answer = await post('once');
      expect(statusOf(answer)).toMatchObject({ code: 502 });
      expect(answer.headers['retry-after']).toBeUndefined();
    });
    expect(seen).toHaveLength(1);
  });

  it('that is cut is never taken for a whole one', async () => {
    world.double.fault(`GET ${pods}`, { cut: 100 });
    const cut = await world.ask(`GET ${pods}`).catch(() => null);
    if (cut !== null) expect(statusOf(cut).code).toBe(502);
    world.double.fault(`GET ${secrets}/db`, { cut: 100, rst: true });
    const reset = await world.ask(`GET ${secrets}/db`).catch(() => null);
    if (reset !== null) expect(statusOf(reset).code).toBe(502);
    world.double.fault(`GET ${configMaps}/settings`, { cut: 100 });
    const plain = await world.ask(`GET ${configMaps}/settings`).catch(() => null);
    if (plain !== null) expect(statusOf(plain).code).toBe(502);
  });

  it.each([
    [429, 1],
    [500, undefined],
    [503, 5],
    [504, undefined],
  ])('of %d is the target’s own, asked once', async (status, retryAfter) => {
    world.double.fault(`GET ${pods}`, { status, message: 'a storm', times: 9, ...(retryAfter ? { retryAfter } : {}) });
    const seen = await world.during(async () => {
      const answer = await world.ask(`GET ${pods}`);
      expect(statusOf(answer)).toMatchObject({ code: status, message: 'a storm' });
      expect(answer.headers['retry-after']).toBe(retryAfter === undefined ? undefined : String(retryAfter));
    });
    expect(seen).toHaveLength(1);
  });

  it('that takes three seconds is waited for', async () => {
    world.double.fault(`GET ${pods}`, { delay: 3_000 });
    expect((await world.ask(`GET ${pods}`)).status).toBe(200);
  });

  it('that drips byte by byte is the same', async () => {
    const plain = (await world.ask(`GET ${configMaps}/settings`)).body;
    world.double.fault(`GET ${configMaps}/settings`, { dribble: 0 });
    expect((await world.ask(`GET ${configMaps}/settings`)).body).toBe(plain);
    const masked = (await world.ask(`GET ${secrets}/db`)).body;
    world.double.fault(`GET ${secrets}/db`, { dribble: 0 });
    expect((await world.ask(`GET ${secrets}/db`)).body).toBe(masked);
  });

  it('of 24 MB passes', async () => {
    world.double.fault(`GET ${configMaps}/settings`, { oversize: 24 << 20 });
    expect((await world.ask(`GET ${configMaps}/settings`)).body).toHaveLength(24 << 20);
  });

  it('keeps its warnings, masked where the object is', async () => {
    const warned = async (target: string) => {
      world.double.fault(`GET ${target}`, { warning: "this 'API' is old" });
      return (await world.ask(`GET ${target}`)).headers['warning'];
    };
    expect(await warned(`${configMaps}/settings`)).toBe(`299 - "this 'API' is old"`);
    expect(await warned(`${secrets}/db`)).not.toContain('API');
  });
});

describe('discovery', () => {
  it('passes with its ETag, and a second time as 304', async () => {
    const accept = 'Accept: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const { headers, body } = await world.ask('GET /apis', { lines: [accept] });
    expect(JSON.parse(body)).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    expect(headers['etag']).toBeDefined();
    const again = await world.ask('GET /apis', { lines: [accept, `If-None-Match: ${headers['etag']}`] });
    expect(again).toMatchObject({ status: 304, body: '' });
  });
});
