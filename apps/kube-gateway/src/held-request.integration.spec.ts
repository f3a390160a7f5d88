import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Rule } from '@app/policy';
import { type Client, GatewayWorld, type Got, until, type WorldOptions } from './testing/gateway-world.js';

// Requests that rules hold, with people who answer as a test says.

const NAMESPACE = '/k8s/prod/api/v1/namespaces/default';
const SETTINGS = `${NAMESPACE}/configmaps/settings`;
const DB = `${NAMESPACE}/secrets/db`;
const MERGE = ['Content-Type: application/merge-patch+json'];
const CLEAR = Buffer.from('correct horse').toString('base64');

const holds: readonly Rule[] = [
  { name: 'free', effect: 'allow', on: { target: 'prod', does: ['read'], attributes: { resource: 'pods' } } },
  {
    name: 'four eyes',
    effect: 'hold',
    on: { target: 'prod', attributes: { resource: ['configmaps', 'secrets', 'pods/exec'] } },
    message: 'This waits for somebody of the platform team.',
    approval: { reviewers: { groups: ['platform'] }, quorum: 1, hold: 60_000, expires: 900_000 },
  },
];

/** Objects by path; writes change them unless they are dry runs. */
class Objects {
  readonly writes: string[] = [];
  readonly dry: string[] = [];
  readonly objects = new Map<string, Record<string, unknown>>();
  watching: ServerResponse | null = null;

  constructor() {
    const metadata = (name: string, uid: string): object => ({ name, namespace: 'default', uid, generation: 1 });
    this.put('/api/v1/namespaces/default/configmaps/settings', {
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: metadata('settings', 'uid-1'),
      data: { color: 'blue' },
    });
    this.put('/api/v1/namespaces/default/secrets/db', {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: metadata('db', 'uid-2'),
      data: { password: CLEAR },
    });
  }

  put(path: string, object: Record<string, unknown>): void {
    this.objects.set(path, object);
  }

  readonly script = (req: IncomingMessage, res: ServerResponse): void => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => this.#answer(req, res, Buffer.concat(chunks).toString()));
  };

  #answer(req: IncomingMessage, res: ServerResponse, body: string): void {
    const url = new URL(req.url ?? '', 'http://k');
    const say = (code: number, of: unknown): void => {
      const text = JSON.stringify(of);
      res.writeHead(code, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
      res.end(text);
    };
    if (url.searchParams.has('watch')) {
      this.watching = res;
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.write(`${JSON.stringify({ type: 'ADDED', object: this.objects.values().next().value })}\n`);
      return;
    }
    const object = this.objects.get(url.pathname);
    if (object === undefined) return say(404, { kind: 'Status', status: 'Failure', message: 'not found', code: 404 });
    if (req.method === 'GET') return say(200, object);
    const dry = url.searchParams.get('dryRun') === 'All';
    (dry ? this.dry : this.writes).push(`${req.method} ${url.pathname}`);
    if (req.method === 'DELETE') {
      this.objects.delete(url.pathname);
      return say(200, { kind: 'Status', status: 'Success' });
    }
    const patch = JSON.parse(body) as { readonly data?: Record<string, unknown> };
    const changed = { ...object, data: { ...(object['data'] as object), ...patch.data } };
    if (!dry) this.objects.set(url.pathname, changed);
    say(200, changed);
  }
}

const worlds: GatewayWorld[] = [];
let objects: Objects;

async function worldOf(options: WorldOptions = {}): Promise<GatewayWorld> {
  objects = new Objects();
  const world = new GatewayWorld(objects.script, { rules: holds, ...options });
  worlds.push(world);
  await world.start();
  return world;
}

/** Sends a request, and waits until so many were asked about. */
async function held(world: GatewayWorld, client: Client, asked = 1): Promise<Client> {
  await until(
    () => world.people.asked.length === asked || client.text !== '',
    () => `approval ${asked}; ${client.text}`,
  );
  expect(client.text).toBe('');
  return client;
}

interface Status {
  readonly reason: string;
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly reason: string; readonly message: string }[] };
}

function refusal(got: Got): Status {
  expect(got.headers).not.toHaveProperty('retry-after');
  return JSON.parse(got.body) as Status;
}

const patch = (world: GatewayWorld, color: string, path = SETTINGS): Client =>
  world.send(path, { method: 'PATCH', headers: MERGE, body: JSON.stringify({ data: { color } }) });

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

describe('a request that a rule holds', () => {
  it('reaches nothing until it is approved, then runs once by the grant', async () => {
    const world = await worldOf();
    const client = await held(world, patch(world, 'red'));
    expect(objects.writes).toEqual([]);
    expect(world.journal.lines('op.held')).toHaveLength(1);
    expect(world.journal.lines('op.intent')).toHaveLength(0);
    world.people.decides('approved');
    expect((await client.answer()).code).toBe(200);
    expect(objects.writes).toEqual(['PATCH /api/v1/namespaces/default/configmaps/settings']);
    expect(world.people.uses).toHaveLength(1);
    const [used] = world.people.uses;
    expect(JSON.stringify(world.journal.lines('op.intent'))).toContain(used);
    // the next one needs another grant
    await held(world, patch(world, 'red'), 2);
    expect(objects.writes).toHaveLength(1);
  });

  it('that is denied is told by whom, and nothing runs', async () => {
    const world = await worldOf();
    const client = await held(world, world.send(DB));
    world.people.decides('denied');
    const got = await client.answer();
    expect(got.code).toBe(403);
    expect(refusal(got)).toMatchObject({ reason: 'ApprovalDenied', message: expect.stringContaining('carol') });
    expect(world.asked.map(({ headers }) => headers.accept)).toEqual([
      expect.stringContaining('PartialObjectMetadata'),
    ]);
  });

  it('is answered before its client gives up, and passes when it is sent again with another time limit', async () => {
    const world = await worldOf();
    const first = await world.send(`${SETTINGS}?timeout=2100ms`).answer();
    expect(first.code).toBe(403);
    const [asked] = world.people.asked;
    const status = refusal(first);
    expect(status.reason).toBe('ApprovalRequired');
    expect(status.message).toMatch(/Send the same operation again after it is approved/u);
    expect(status.details.causes).toContainEqual({ reason: 'Approval', message: asked?.ask.id });
    expect(world.people.left).toEqual(['patience']);
    world.people.decides('approved');
    expect(await world.send(`${SETTINGS}?timeout=30s`).answer()).toMatchObject({ code: 200 });
    expect(world.people.asked).toHaveLength(1);
    expect(world.people.uses).toHaveLength(1);
  });

  it('is withdrawn when its client leaves, and others do not notice', async () => {
    const world = await worldOf();
    const client = await held(world, patch(world, 'red'));
    objects.put('/api/v1/namespaces/default/pods/web', { kind: 'Pod', metadata: { name: 'web' } });
    expect((await world.send(`${NAMESPACE}/pods/web`).answer()).code).toBe(200);
    client.socket.destroy();
    await until(
      () => world.people.left.length > 0,
      () => 'the end of the wait',
    );
    expect(world.people.left).toEqual(['disconnected']);
    await until(
      () => world.journal.lines('op.blocked').length === 1,
      () => 'its end in the record',
    );
    expect(objects.writes).toEqual([]);
  });

  it('stays asked for when the gateway stops, and its client is told so', async () => {
    const world = await worldOf();
    const client = await held(world, patch(world, 'red'));
    await world.sessions.finishAll('shutdown', 'The gateway is shutting down; connect again.');
    expect(refusal(await client.answer())).toMatchObject({ reason: 'ApprovalRequired' });
    expect(world.people.left).toEqual(['shutdown']);
  });

  it('whose session is ended by an administrator is told that', async () => {
    const world = await worldOf();
    const client = await held(world, patch(world, 'red'));
    await world.sessions.finishAll('terminated', 'This session was ended by an administrator.');
    expect(refusal(await client.answer())).toMatchObject({
      reason: 'Unauthorized',
      message: expect.stringContaining('administrator'),
    });
    expect(world.people.left).toEqual(['cancelled']);
    expect(objects.writes).toEqual([]);
  });
});

describe('what is approved', () => {
  it('is shown with what it would change, by a dry run, and no secret', async () => {
    const world = await worldOf();
    const body = JSON.stringify({ data: { password: Buffer.from('battery staple').toString('base64') } });
    await held(world, world.send(DB, { method: 'PATCH', headers: MERGE, body }));
    expect(objects.dry).toEqual(['PATCH /api/v1/namespaces/default/secrets/db']);
    expect(objects.writes).toEqual([]);
    const review = world.people.asked[0]?.ask.review;
    expect(review?.statement).toBe('PATCH /api/v1/namespaces/default/secrets/db');
    expect(review?.diff?.split('\n')).toEqual([
      expect.stringMatching(/^- data\.password: "sallyport:v1:[0-9a-f]{16}"$/u),
      expect.stringMatching(/^\+ data\.password: "sallyport:v1:[0-9a-f]{16}"$/u),
    ]);
    expect(review?.notes).toContainEqual(expect.stringContaining('masked'));
    const shown = JSON.stringify(review);
    for (const secret of ['correct horse', 'battery staple'])
      for (const text of [secret, Buffer.from(secret).toString('base64')]) expect(shown).not.toContain(text);
  });

  it('says that a dry run was refused, instead of being an error', async () => {
    const world = await worldOf();
    const put = await held(
      world,
      world.send(`${NAMESPACE}/configmaps/gone`, { method: 'PATCH', headers: MERGE, body: '{}' }),
    );
    expect(world.people.asked[0]?.ask.review).toMatchObject({
      diff: null,
      notes: expect.arrayContaining([expect.stringContaining('There is no object of that name')]),
    });
    put.socket.destroy();
  });

  it('is the object that is deleted, which is not even tried', async () => {
    const world = await worldOf();
    const client = await held(world, world.send(SETTINGS, { method: 'DELETE', body: '{"kind":"DeleteOptions"}' }));
    expect(world.people.asked[0]?.ask.review.diff).toContain('- data.color: "blue"');
    expect(objects.dry).toEqual([]);
    world.people.decides('approved');
    expect((await client.answer()).code).toBe(200);
    expect(objects.writes).toEqual(['DELETE /api/v1/namespaces/default/configmaps/settings']);
  });

  it.each([
    ['another body', (world: GatewayWorld) => patch(world, 'green')],
    ['another query', (world: GatewayWorld) => patch(world, 'red', `${SETTINGS}?fieldManager=me`)],
    ['another object', (world: GatewayWorld) => patch(world, 'red', `${NAMESPACE}/configmaps/other`)],
    [
      'another type of body',
      (world: GatewayWorld) =>
        world.send(SETTINGS, {
          method: 'PATCH',
          headers: ['Content-Type: application/strategic-merge-patch+json'],
          body: '{"data":{"color":"red"}}',
        }),
    ],
  ])('is not %s', async (_, send) => {
    const world = await worldOf();
    (await held(world, patch(world, 'red'))).socket.destroy();
    world.people.decides('approved');
    const client = await held(world, send(world), 2);
    expect(objects.writes).toEqual([]);
    client.socket.destroy();
  });

  it.each([
    ['another object of that name', { metadata: { name: 'settings', uid: 'uid-9' }, data: { color: 'blue' } }],
    ['a change of what it would change', { metadata: { name: 'settings', uid: 'uid-1' }, data: { color: 'grey' } }],
  ])('is refused after %s', async (_, object) => {
    const world = await worldOf();
    const client = await held(world, patch(world, 'red'));
    objects.put('/api/v1/namespaces/default/configmaps/settings', { kind: 'ConfigMap', apiVersion: 'v1', ...object });
    world.people.decides('approved');
    const got = await client.answer();
    expect(got.code).toBe(403);
    expect(refusal(got).message).toMatch(/not for this operation any more/u);
    expect(objects.writes).toEqual([]);
    expect(world.people.uses).toEqual([]);
  });
});

describe('a grant', () => {
  it('may show a class that the record keeps masked', async () => {
    const world = await worldOf();
    const client = await held(world, world.send(DB));
    world.people.decides('approved', ['secret']);
    const got = await client.answer();
    expect(JSON.parse(got.body)).toMatchObject({ data: { password: CLEAR } });
    const kept = JSON.stringify(world.journal.entries.map(({ body }) => Buffer.from(body ?? []).toString()));
    expect(kept).toContain('c2FsbHlwb3J0OnYx');
    expect(kept).not.toContain(CLEAR);
  });

  it('that is revoked ends the watch that runs by it, which is told why', async () => {
    const world = await worldOf();
    world.people.covers = { approval: 'grant-1', until: Number.MAX_SAFE_INTEGER, unmask: [], loud: false };
    const client = world.send(`${NAMESPACE}/configmaps?watch=1`);
    await until(
      () => client.text.includes('ADDED'),
      () => 'the watch',
    );
    world.gate.revoked('grant-1');
    const got = await client.answer();
    expect(got.whole).toBe(true);
    const last = JSON.parse(got.body.trimEnd().split('\n').at(-1) ?? '') as { type: string; object: Status };
    expect(last).toMatchObject({ type: 'ERROR', object: { message: expect.stringContaining('revoked') } });
    await until(
      () => world.journal.lines('op.end').length === 1,
      () => 'its end in the record',
    );
    await until(
      () => objects.watching?.destroyed === true,
      () => 'the end of the watch at the cluster',
    );
  });
});

describe('an exec that a rule holds', () => {
  const exec = (world: GatewayWorld, command: string): Client =>
    world.send(`${NAMESPACE}/pods/web/exec?command=${command}&stdin=true&stdout=true`, {
      headers: [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
        'Sec-WebSocket-Protocol: v5.channel.k8s.io',
        'Kubectl-Session: one',
      ],
    });

  it('is denied before the connection switches, and the SPDY that follows is the same refusal', async () => {
    const world = await worldOf();
    const client = await held(world, exec(world, 'id'));
    expect(world.people.asked[0]?.ask.review.notes).toContainEqual(expect.stringContaining('standard input'));
    world.people.decides('denied');
    const got = await client.answer();
    expect(refusal(got)).toMatchObject({ reason: 'ApprovalDenied' });
    const spdy = world.send(`${NAMESPACE}/pods/web/exec?command=id&stdin=true&stdout=true`, {
      method: 'POST',
      headers: ['Connection: Upgrade', 'Upgrade: SPDY/3.1', 'Kubectl-Session: one'],
    });
    expect((await spdy.answer()).body).toBe(got.body);
    expect(world.people.asked).toHaveLength(1);
    expect(world.journal.lines('op.blocked')).toHaveLength(1);
  });

  it('is withdrawn when its client leaves, though nobody reads its connection', async () => {
    const world = await worldOf();
    const client = await held(world, exec(world, 'id'));
    client.socket.end();
    await until(
      () => world.people.left.length > 0,
      () => 'the end of the wait',
    );
    expect(world.people.left).toEqual(['disconnected']);
  });

  it('is bound to its arguments one by one', async () => {
    const world = await worldOf();
    (await held(world, exec(world, 'a&command=b'))).socket.destroy();
    (await held(world, exec(world, 'a%20b'), 2)).socket.destroy();
    const [first, second] = world.people.asked;
    expect(first?.ask.digest).not.toBe(second?.ask.digest);
  });
});
