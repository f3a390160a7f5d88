import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rule } from '@app/policy';
import { alice, Client, GatewayWorld, until, type WorldOptions } from './testing/gateway-world.js';

type Script = (req: IncomingMessage, res: ServerResponse) => void;

const worlds: GatewayWorld[] = [];
const failures: unknown[] = [];
const unhandled = (error: unknown): void => void failures.push(error);

async function worldOf(script: Script, options: WorldOptions = {}): Promise<GatewayWorld> {
  const world = new GatewayWorld(script, options);
  worlds.push(world);
  await world.start();
  return world;
}

beforeAll(() => {
  process.on('uncaughtException', unhandled);
  process.on('unhandledRejection', unhandled);
});

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
  expect(failures.splice(0)).toEqual([]);
});

afterAll(() => {
  process.off('uncaughtException', unhandled);
  process.off('unhandledRejection', unhandled);
});

const json = (res: ServerResponse, body: unknown): void => {
  const text = JSON.stringify(body);
  res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  res.end(text);
};
const pod: Script = (_req, res) => json(res, { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web' } });
const PODS = '/k8s/prod/api/v1/namespaces/default/pods';
const SECRETS = '/k8s/prod/api/v1/namespaces/default/secrets';
const watchOf = (name: string): string => `${JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })}\n`;

const proxies: Rule = {
  name: 'proxies',
  effect: 'allow',
  on: { target: '*', does: ['connect'], capabilities: ['proxy'] },
};

describe('a command that no rule allows', () => {
  it('is told which rule comes nearest', async () => {
    const world = await worldOf(pod, { rules: [] });
    const client = world.send(`${PODS}/web/exec?command=bash&stdout=true`, {
      headers: [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        'Sec-WebSocket-Protocol: v5.channel.k8s.io',
      ],
    });
    const { code, body } = await client.answer();
    expect(code).toBe(403);
    expect(body).toContain('comes nearest');
  });
});

describe('a request that is refused', () => {
  it('without a token is told so, reaches nothing and opens no session', async () => {
    const world = await worldOf(pod);
    const socket = world.connect();
    socket.write(`GET ${PODS} HTTP/1.1\r\nHost: gateway\r\n\r\n`);
    expect(await new Client(socket).answer()).toMatchObject({
      code: 401,
      headers: { 'www-authenticate': 'Bearer' },
      whole: true,
    });
    expect(world.asked).toEqual([]);
    expect(world.journal.entries).toEqual([]);
  });

  it('with a wrong token is in the record, without the token', async () => {
    const world = await worldOf(pod);
    expect((await world.send(PODS, { token: 'stolen-canary' }).answer()).code).toBe(401);
    expect(world.journal.lines('auth.fail')).toHaveLength(1);
    expect(JSON.stringify(world.journal.entries) + world.logged.join()).not.toContain('stolen-canary');
  });

  it.each(['/api/v1/pods', '/k8s/other/api/v1/pods'])('because it names no cluster of ours: %s', async (path) => {
    const world = await worldOf(pod);
    expect((await world.send(path).answer()).code).toBe(404);
    expect(world.asked).toEqual([]);
  });

  it('is told only once that is durable, and its connection goes on', async () => {
    const world = await worldOf(pod, { rules: [] });
    world.journal.frozen = true;
    const client = world.send(PODS);
    await until(
      () => world.journal.lines('op.blocked').length === 1,
      () => 'the record',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.text).toBe('');
    world.journal.frozen = false;
    world.journal.flush();
    expect(await client.answer()).toMatchObject({ code: 403, whole: true });
    client.text = '';
    client.socket.write(`GET /k8s/prod/version HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer alice-token\r\n\r\n`);
    expect((await client.answer()).code).toBe(403);
    expect(world.asked).toEqual([]);
  });

  it('is told that the record failed when it fails before the refusal is durable', async () => {
    const world = await worldOf(pod, { rules: [] });
    world.journal.frozen = true;
    const client = world.send(PODS);
    await until(
      () => world.journal.lines('op.blocked').length === 1,
      () => 'the record',
    );
    world.journal.poison();
    const { code, body, whole } = await client.answer();
    expect({ code, whole }).toEqual({ code: 503, whole: true });
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', code: 503 });
  });

  it('because of a body too long is told so without reading it', async () => {
    const world = await worldOf(pod, { requestBytes: 1_000 });
    const client = world.send(PODS, { method: 'POST', headers: ['Content-Length: 5000000'] });
    expect(await client.answer()).toMatchObject({ code: 413, headers: { connection: 'close' }, whole: true });
    expect(world.asked).toEqual([]);
  });

  it('because one person made up too many invocations, and nobody else is', async () => {
    const world = await worldOf(pod, { perPerson: 2 });
    world.principals.set('bob-token', alice({ sub: 'bob-1', user: 'bob@example.com' }));
    const codes: number[] = [];
    for (let i = 0; i < 9; i++)
      codes.push((await world.send(PODS, { headers: [`Kubectl-Session: made-up-${i}`] }).answer()).code);
    expect(codes).toEqual([...Array.from({ length: 8 }, () => 200), 429]);
    expect((await world.send(PODS, { token: 'bob-token' }).answer()).code).toBe(200);
  });

  it('because too much of one person came at the same moment', async () => {
    const world = await worldOf((_req, res) => void res.write(watchOf('a')), { perPerson: 3 });
    const sent = Array.from({ length: 12 }, () => world.send(`${PODS}?watch=1`));
    await until(
      () => sent.every(({ text }) => text.includes('\r\n\r\n')),
      () => 'twelve heads',
    );
    const codes = sent.map(({ text }) => Number(text.split(' ')[1]));
    expect(codes.filter((code) => code === 200)).toHaveLength(3);
    expect(codes.filter((code) => code === 429)).toHaveLength(9);
    expect(world.sessions.exchanges).toBe(3);
    for (const client of sent) client.socket.destroy();
    await until(
      () => world.sessions.exchanges === 0,
      () => 'their end',
    );
  });

  it('because too much of one person is under way', async () => {
    const world = await worldOf((_req, res) => void res.write(watchOf('a')), { perPerson: 2 });
    const open = [world.send(`${PODS}?watch=1`), world.send(`${PODS}?watch=1`)];
    await until(
      () => world.sessions.exchanges === 2,
      () => 'two watches',
    );
    expect((await world.send(PODS).answer()).code).toBe(429);
    for (const client of open) client.socket.destroy();
    await until(
      () => world.sessions.exchanges === 0,
      () => 'their end',
    );
  });
});

describe('a cluster that switches protocols unasked', () => {
  it('is answered for at once', async () => {
    const world = await worldOf((_req, res) => {
      res.socket?.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\ncanary');
    });
    const { code, body } = await world.send(PODS).answer();
    expect(code).toBe(502);
    expect(body).not.toContain('canary');
    await until(
      () => world.sessions.exchanges === 0,
      () => 'its end',
    );
  });
});

describe('a redirection', () => {
  const to: (location: string) => Script = (location) => (_req, res) => {
    res.writeHead(302, { Location: location, 'Content-Length': 0 });
    res.end();
  };

  // a client would follow with its token
  it.each([
    [PODS, 'https://elsewhere.example/'],
    [PODS, '/api/v1/secrets'],
    [`${PODS}/web/proxy/`, 'https://elsewhere.example/'],
    [`${PODS}/web/proxy/`, '//elsewhere.example/'],
    [`${PODS}/web/proxy/`, '/\\\\elsewhere.example/'],
  ])('of the cluster is not passed on: %s to %s', async (path, location) => {
    const world = await worldOf(to(location), {
      rules: [{ name: 'all', effect: 'allow', on: { target: '*' } }, proxies],
    });
    const { code, headers, body } = await world.send(path).answer();
    expect(code).toBe(502);
    expect(headers['location']).toBeUndefined();
    expect(body).not.toContain('elsewhere');
  });

  it('within what is proxied is', async () => {
    const world = await worldOf(to('/login'), { rules: [proxies] });
    expect(await world.send(`${PODS}/web/proxy/`).answer()).toMatchObject({
      code: 302,
      headers: { location: '/login' },
    });
  });
});

describe('an answer', () => {
  it('does not leave before its record is durable', async () => {
    const world = await worldOf(pod);
    world.journal.frozen = true;
    const client = world.send(`${PODS}/web`);
    await until(
      () => world.journal.entries.some(({ kind }) => kind === 'op' || kind === 'op.result'),
      () => 'a record',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.text).toBe('');
    world.journal.frozen = false;
    world.journal.flush();
    const { code, body, headers } = await client.answer();
    expect(code).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ metadata: { name: 'web' } });
    expect(headers['audit-id']).toBe(world.asked[0]?.headers['audit-id']);
    expect(world.asked[0]?.headers.authorization).toBe('Bearer upstream-canary');
  });

  it('that is short says its length, masked or not, the first time and the second', async () => {
    const inTwo: Script = (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.write('{"kind":"Secret","apiVersion":"v1","metadata":{"name":"web"},');
      res.end('"data":{"k":"dmFsdWU="}}');
    };
    // however long the second half takes on a busy machine
    const world = await worldOf(inTwo, { chunkMs: 60_000 });
    const wholes = [];
    for (const path of [`${PODS}/web`, `${SECRETS}/web`, `${SECRETS}/web`]) {
      const { code, body, headers, whole } = await world.send(path).answer();
      wholes.push([code, whole, headers['transfer-encoding']]);
      expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
      expect(body.includes('dmFsdWU=')).toBe(path.startsWith(PODS));
    }
    expect(wholes).toEqual(Array.from({ length: 3 }, () => [200, true, undefined]));
    expect(world.journal.lines('op')).toHaveLength(3);
  });

  it('whose head is not in order is refused although the same was answered before', async () => {
    const world = await worldOf(pod);
    expect((await world.send(`${PODS}/web`).answer()).code).toBe(200);
    const client = world.send(`${PODS}/web`, { headers: ['Impersonate-User: root'] });
    expect((await client.answer()).code).toBe(403);
    expect(world.asked).toHaveLength(1);
  });

  it('whose record fails is not an empty answer that looks whole', async () => {
    const world = await worldOf(pod);
    world.journal.frozen = true;
    const client = world.send(`${PODS}/web`);
    await until(
      () => world.journal.entries.some(({ kind }) => kind === 'op' || kind === 'op.result'),
      () => 'a record',
    );
    world.journal.poison();
    expect(await client.answer()).toMatchObject({ code: 503, whole: true });
    expect(client.text).not.toContain('web');
  });

  it('that had begun when its record failed is cut, not ended', async () => {
    let more: ServerResponse | null = null;
    const world = await worldOf((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.write('{"kind":"PodList","items":[');
      more = res;
    });
    const client = world.send(PODS);
    await until(
      () => client.text.includes('PodList'),
      () => 'the beginning',
    );
    world.journal.frozen = true;
    const before = world.journal.entries.length;
    more!.end(']}');
    await until(
      () => world.journal.entries.length > before,
      () => 'the record of the end',
    );
    world.journal.poison();
    expect(await client.answer()).toMatchObject({ code: 200, whole: false });
  });

  it('that turns out unreadable while its first piece waits is cut behind that piece, and no second answer follows', async () => {
    const world = await worldOf(
      (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'application/json' });
        const items = Array.from({ length: 200 }, (_, i) => `{"metadata":{"name":"s${i}"},"data":{"k":"dmFsdWU="}}`);
        res.write(`{"kind":"SecretList","apiVersion":"v1","items":[${items.join(',')}`);
        setTimeout(() => res.end('"not": json'), 100);
      },
      { chunkBytes: 1_000 },
    );
    world.journal.frozen = true;
    const client = world.send(SECRETS);
    await until(
      () => world.journal.lines('op.end').length > 0,
      () => 'the end in the record',
    );
    world.journal.frozen = false;
    world.journal.flush();
    const { code, whole } = await client.answer();
    expect({ code, whole }).toEqual({ code: 200, whole: false });
    expect(client.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(client.text).not.toContain('dmFsdWU=');
    expect(client.text).not.toContain('"Failure"');
  });

  it('in protobuf or compressed is withheld where it would have to be masked', async () => {
    const world = await worldOf((req, res) => {
      const packed = req.url?.includes('limit=1') === true;
      res.writeHead(200, {
        'Content-Type': packed ? 'application/json' : 'application/vnd.kubernetes.protobuf',
        ...(packed && { 'Content-Encoding': 'gzip' }),
      });
      res.end('canary');
    });
    for (const path of [SECRETS, `${SECRETS}?limit=1`]) {
      const client = world.send(path);
      expect((await client.answer()).code).toBe(502);
      expect(client.text).not.toContain('canary');
    }
  });

  it('by an application behind a proxy may be a 401, which is its own', async () => {
    const world = await worldOf(
      (_req, res) => {
        res.writeHead(401, { 'Content-Type': 'text/plain', 'Content-Length': 2 });
        res.end('no');
      },
      { rules: [proxies] },
    );
    expect(await world.send(`${PODS}/web/proxy/`).answer()).toMatchObject({ code: 401, body: 'no' });
  });

  it('that refuses the credential of the gateway is no 401 to the client', async () => {
    const world = await worldOf((_req, res) => void res.writeHead(401).end('{}'));
    const { code, headers } = await world.send(PODS).answer();
    expect(code).toBe(502);
    expect(headers['www-authenticate']).toBeUndefined();
  });

  it('that never comes is told as such, once', async () => {
    const world = await worldOf((req) => void req.socket.destroy());
    expect(await world.send(PODS).answer()).toMatchObject({ code: 502, whole: true });
    const ends = [...world.journal.lines('op'), ...world.journal.lines('op.end')];
    expect(ends).toMatchObject([{ status: 'error', code: '502' }]);
  });

  it('that ends in the middle is no whole answer to the client either', async () => {
    const world = await worldOf((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.write('{"kind":"PodList",');
      setTimeout(() => res.destroy(), 100);
    });
    const client = world.send(PODS);
    expect(await client.answer()).toMatchObject({ code: 200, whole: false });
    expect(client.closed).toBe(true);
  });
});

describe('a write', () => {
  it('does not reach the cluster before its intent is durable', async () => {
    const world = await worldOf(pod);
    world.journal.frozen = true;
    const client = world.send(PODS, {
      method: 'POST',
      body: '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}',
      headers: ['Content-Type: application/json'],
    });
    await until(
      () => world.journal.lines('op.intent').length === 1,
      () => 'the intent',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.asked).toEqual([]);
    world.journal.frozen = false;
    world.journal.flush();
    expect((await client.answer()).code).toBe(200);
    expect(world.journal.lines('op.end')).toMatchObject([{ status: 'ok' }]);
  });

  it.each<[string, (world: GatewayWorld, client: Client) => void]>([
    ['its client leaves', (_world, client) => void client.socket.destroy()],
    ['its record fails', (world) => world.journal.poison()],
  ])('never reaches the cluster when %s before its intent is durable', async (_, happens) => {
    const world = await worldOf(pod);
    world.journal.frozen = true;
    const client = world.send(`${PODS}/web`, { method: 'DELETE' });
    await until(
      () => world.journal.lines('op.intent').length === 1,
      () => 'the intent',
    );
    happens(world, client);
    await until(
      () => world.underWay === 0 || client.text !== '',
      () => 'the end of the request',
    );
    world.journal.frozen = false;
    if (world.journal.state === 'open') world.journal.flush();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(world.asked).toEqual([]);
    if (world.journal.state === 'poisoned') expect((await client.answer()).code).toBe(503);
    else expect(world.journal.lines('op.end')).toMatchObject([{ status: 'cancelled' }]);
  });
});

describe('a client that leaves', () => {
  it.each<[string, Script]>([
    ['before the cluster answers', () => undefined],
    ['a quiet watch', (_req, res) => res.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders()],
    [
      'a busy watch',
      (_req, res) => {
        res.writeHead(200, { 'Content-Type': 'application/json' });
        const timer = setInterval(() => res.write(watchOf('x'.repeat(10_000))), 1);
        res.once('close', () => clearInterval(timer));
      },
    ],
  ])('%s frees the request at the cluster', async (_, script) => {
    let gone = false;
    const world = await worldOf((req, res) => {
      res.once('close', () => (gone = true));
      script(req, res);
    });
    const client = world.send(`${PODS}?watch=1`);
    await until(
      () => world.asked.length === 1,
      () => 'the request at the cluster',
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    client.socket.destroy();
    await until(
      () => gone,
      () => 'the end at the cluster',
    );
    await until(
      () => world.proxy.streams === 0 && world.sessions.size === 0,
      () => 'the end of the session',
    );
    expect(world.journal.lines('op.end')).toMatchObject([{ status: 'cancelled' }]);
    expect(world.gate.lanes.size).toBe(0);
  });

  it('in the middle of its request is no failure of ours', async () => {
    const world = await worldOf(pod);
    const client = world.send(PODS, {
      method: 'POST',
      headers: ['Content-Length: 100', 'Content-Type: application/json'],
    });
    client.socket.write('{"kind"');
    await until(
      () => world.sessions.exchanges === 1,
      () => 'the request',
    );
    client.socket.destroy();
    await until(
      () => world.sessions.size === 0,
      () => 'the end of the session',
    );
    expect(world.logged).toEqual([]);
    expect(world.asked).toEqual([]);
  });
});

describe('a session that is ended', () => {
  it('tells a watch in its own words and ends it, though the record of that is not durable yet', async () => {
    const world = await worldOf((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.write(watchOf('one'));
    });
    const client = world.send(`${PODS}?watch=1`);
    await until(
      () => client.text.includes('"one"'),
      () => 'the first event',
    );
    world.journal.frozen = true;
    for (const session of Array.from(world.sessions.all())) world.sessions.finish(session, 'expired', 'It expired.');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(client.text).not.toContain('expired');
    world.journal.frozen = false;
    world.journal.flush();
    const { body, whole } = await client.answer();
    expect(whole).toBe(true);
    const last: unknown = JSON.parse(body.trim().split('\n').at(-1)!);
    expect(last).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'It expired.' } });
    await until(
      () => world.journal.lines('session.close').length === 1,
      () => 'the close in the record',
    );
    expect(world.sessions.exchanges).toBe(0);
  });

  it('cuts an answer of one document', async () => {
    const world = await worldOf((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.write('{"kind":"PodList",');
    });
    const client = world.send(PODS);
    await until(
      () => client.text.includes('PodList'),
      () => 'the beginning',
    );
    for (const session of Array.from(world.sessions.all()))
      world.sessions.finish(session, 'revoked', 'It was revoked.');
    expect(await client.answer()).toMatchObject({ code: 200, whole: false });
    await until(
      () => world.gate.lanes.size === 0,
      () => 'the end of its lane',
    );
  });

  it('answers a request that has no answer yet', async () => {
    const world = await worldOf(() => undefined);
    const client = world.send(PODS);
    await until(
      () => world.asked.length === 1,
      () => 'the request at the cluster',
    );
    for (const session of Array.from(world.sessions.all()))
      world.sessions.finish(session, 'revoked', 'It was revoked.');
    const { code, body } = await client.answer();
    expect(code).toBe(401);
    expect(JSON.parse(body)).toMatchObject({ message: 'It was revoked.' });
    await until(
      () => world.proxy.streams === 0,
      () => 'the end at the cluster',
    );
  });
});

describe('an upgrade that is refused', () => {
  it.each([
    ['without a token', [], 401],
    ['over SPDY', ['Authorization: Bearer alice-token'], 501],
  ])('%s is answered whole, and its socket goes even if the client keeps its half open', async (_, headers, code) => {
    const world = await worldOf(pod);
    const socket = world.connect(true);
    const client = new Client(socket);
    const head = [
      `POST ${PODS}/web/exec?command=id HTTP/1.1`,
      'Host: gateway',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      'Content-Length: 0',
      ...headers,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    expect(await client.answer()).toMatchObject({ code, headers: { connection: 'close' }, whole: true });
    await until(
      () => world.underWay === 0,
      () => 'the end of the socket',
    );
    expect(client.closed || socket.writable).toBe(true);
    expect(world.asked).toEqual([]);
  });
});
