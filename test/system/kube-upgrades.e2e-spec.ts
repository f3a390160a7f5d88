import { KubeWorld, statusOf } from '../support/kube-double/kube-world.js';
import type { RawClient } from '../support/kube-double/raw-client.js';

// Exec and attach over WebSocket as hostile or clumsy clients and targets speak it, and every other upgrade.

const pods = '/api/v1/namespaces/team-a/pods';
const exec = (...command: string[]): string =>
  `${pods}/web-0/exec?stdin=true&stdout=true&stderr=true&${command.map((word) => `command=${encodeURIComponent(word)}`).join('&')}`;
const spdy = [
  'Connection: Upgrade',
  'Upgrade: SPDY/3.1',
  'X-Stream-Protocol-Version: v4.channel.k8s.io',
  'Content-Length: 0',
];
const mark = /sallyport:v1:[0-9a-f]{16}/;

let world: KubeWorld;

beforeAll(async () => {
  world = await KubeWorld.start();
});
afterEach(() => world?.isUnharmed());
afterAll(() => world?.stop());

/** A cat whose streams are open. */
async function cat(protocols = ['v5.channel.k8s.io'], lines: string[] = []): Promise<RawClient> {
  const { client, answer } = await world.upgrade(exec('cat'), { protocols, lines });
  expect(answer.status).toBe(101);
  return client;
}

describe('an upgrade', () => {
  it.each([
    pods,
    `${pods}?watch=1`,
    `${pods}/web-0`,
    `${pods}/web-0/log?follow=1`,
    '/api/v1/namespaces/team-a/secrets?watch=1',
    '/api/v1/watch/namespaces/team-a/secrets',
    '/version',
    `${pods}/web-0/proxy/`,
    '/api/v1/nodes/node-1/proxy/exec/team-a/web-0/app?command=id',
  ])('of anything but a stream is refused: %s', async (target) => {
    const seen = await world.during(async () => {
      for (const protocols of [[], ['base64.binary.k8s.io'], ['v4.channel.k8s.io']]) {
        const { answer } = await world.upgrade(target, { protocols });
        expect([400, 403, 501]).toContain(statusOf(answer).code);
      }
    });
    expect(seen).toEqual([]);
  });

  it.each([[['base64.channel.k8s.io']], [['v4.base64.channel.k8s.io']], [['channel.k8s.io']], [[]]])(
    'to exec by %j alone is refused',
    async (protocols) => {
      const seen = await world.during(async () => {
        expect(statusOf((await world.upgrade(exec('cat'), { protocols })).answer).code).toBe(400);
      });
      expect(seen).toEqual([]);
    },
  );

  it('to exec takes v4 or v5 where others are offered beside them', async () => {
    const protocols = ['base64.channel.k8s.io', 'v4.channel.k8s.io', 'channel.k8s.io'];
    const seen = await world.during(async () => {
      const { answer } = await world.upgrade(exec('echo', 'hi'), { protocols });
      expect(answer).toMatchObject({ status: 101, headers: { 'sec-websocket-protocol': 'v4.channel.k8s.io' } });
    });
    const offered = seen[0]?.lines.filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
    expect(offered?.map(([, value]) => value)).toEqual(['v4.channel.k8s.io']);
  });

  it('compresses nothing, whatever is offered', async () => {
    const lines = ['Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits', 'Origin: https://elsewhere'];
    const { answer } = await world.upgrade(exec('echo', 'hi'), { lines });
    expect(answer.status).toBe(101);
    expect(answer.headers['sec-websocket-extensions']).toBeUndefined();
  });

  it('may bring the token as a subprotocol, which goes no further', async () => {
    const token = Buffer.from(world.bearer().slice('Authorization: Bearer '.length)).toString('base64url');
    const protocols = [`base64url.bearer.authorization.k8s.io.${token}`, 'v5.channel.k8s.io'];
    const seen = await world.during(async () => {
      const { client, answer } = await world.upgrade(exec('echo', 'hi'), { as: '', protocols });
      expect(answer.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
      expect((await client.output())[1]).toBe('hi\n');
    });
    expect(seen).toMatchObject([{ user: 'alice@example.com' }]);
  });

  it.each([
    ['POST', exec('id'), spdy],
    ['POST', `${pods}/web-0/attach?stdout=true`, spdy],
    ['POST', `${pods}/web-0/portforward`, spdy],
  ])('by SPDY is told whole that it comes later: %s %s', async (method, target, lines) => {
    const seen = await world.during(async () => {
      const client = await world.begin(`${method} ${target}`, { lines });
      const answer = await client.answer();
      expect(statusOf(answer).message).toMatch(/later version/);
      expect(answer.headers).toMatchObject({ connection: 'close', 'content-length': expect.any(String) });
      await client.ended();
      expect(client.error).toBeNull();
    });
    expect(seen).toEqual([]);
  });

  it.each([[['SPDY/3.1+portforward.k8s.io']], [['v4.channel.k8s.io']]])(
    'to port-forward by %j is told the same',
    async (protocols) => {
      const seen = await world.during(async () => {
        const { client, answer } = await world.upgrade(`${pods}/web-0/portforward?ports=80`, { protocols });
        expect(statusOf(answer).message).toMatch(/later version/);
        await client.ended();
      });
      expect(seen).toEqual([]);
    },
  );

  it('that no rule allows gets a whole Status and the end of the connection', async () => {
    const seen = await world.during(async () => {
      const { client, answer } = await world.upgrade(exec('id'), { as: 'carol' });
      expect(statusOf(answer)).toMatchObject({ code: 403, reason: 'Forbidden' });
      expect(answer.headers).toMatchObject({ connection: 'close', 'content-length': expect.any(String) });
      await client.ended();
    });
    expect(seen).toEqual([]);
  });

  it('that the target refuses in chunks is refused whole, with its words', async () => {
    world.double.fault(`GET ${pods}/web-0/exec`, { chunkedError: true, status: 500, message: 'no such runtime' });
    const { answer } = await world.upgrade(exec('id'));
    expect(statusOf(answer)).toMatchObject({ code: 500, message: expect.stringContaining('no such runtime') });
    expect(answer.headers['transfer-encoding']).toBeUndefined();
    const missing = await world.upgrade(exec('id').replace('web-0', 'nobody'));
    expect(statusOf(missing.answer)).toMatchObject({ code: 404, reason: 'NotFound' });
  });

  it.each([{ rst: true }, { garbage: 'SSH-2.0-x\r\n' }])('that the target answers by %j is 502', async (fault) => {
    world.double.fault(`GET ${pods}/web-0/exec`, fault);
    expect(statusOf((await world.upgrade(exec('id'))).answer)).toMatchObject({ code: 502 });
  });

  it('carries a program of 20 KB in its target', async () => {
    const program = `cat <<EOM >f\n${'print("x")\n'.repeat(2_000)}EOM`;
    const seen = await world.during(async () => {
      const { client, answer } = await world.upgrade(exec('/bin/sh', '-c', program));
      expect(answer.status).toBe(101);
      await client.output();
    });
    expect(new URL(seen[0]?.target ?? '', 'https://k').searchParams.getAll('command')).toEqual([
      '/bin/sh',
      '-c',
      program,
    ]);
  });
});

describe('frames of a client', () => {
  it('in text, in pieces and byte by byte are stdin all the same', async () => {
    const client = await cat();
    client.channel(0, 'text ', 1);
    client.frame(2, Buffer.from('\0pie'), { fin: false });
    client.frame(9, 'ping');
    client.frame(0, 'ces ', { fin: true });
    const byte = Buffer.concat([Buffer.from([0x82, 0x85, 0, 0, 0, 0, 0]), Buffer.from('byte')]);
    for (const one of byte) {
      client.send(Uint8Array.of(one));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    client.frame(2, Buffer.from([255, 0]));
    const output = await client.output();
    expect(output[1]).toBe('text pieces byte');
    expect(JSON.parse(output[3] ?? '')).toMatchObject({ status: 'Success' });
  });

  it.each([
    ['a reserved bit', (client: RawClient) => client.frame(2, Buffer.from('\0x'), { rsv: 4 })],
    ['no mask', (client: RawClient) => client.frame(2, Buffer.from('\0x'), { mask: false })],
    ['an opcode nobody knows', (client: RawClient) => client.frame(3, Buffer.from('\0x'))],
    ['a continuation of nothing', (client: RawClient) => client.frame(0, Buffer.from('\0x'))],
    ['a ping of 200 bytes', (client: RawClient) => client.frame(9, Buffer.alloc(200))],
    ['a length of 2^62', (client: RawClient) => client.send(Buffer.from('82ff4000000000000000' + '00000000', 'hex'))],
  ])('with %s end the connection and reach nobody', async (_, send) => {
    const seen = await world.during(async () => {
      const client = await cat();
      send(client);
      await client.ended();
    });
    await world.noStreamLeft();
    expect(seen).toHaveLength(1);
    expect(seen[0]?.input?.toString() ?? '').toBe('');
  });

  it('on a channel that is not the client’s change nothing at the target', async () => {
    const client = await cat();
    client.channel(3, '{"status":"Success"}');
    client.channel(1, 'forged');
    client.channel(0, 'true');
    const output = await Promise.race([
      client.output((texts) => texts[1] === 'true'),
      client.ended().then(() => ({}) as Readonly<Record<number, string>>),
    ]);
    expect(output[1] ?? '').not.toContain('forged');
  });

  it('that resize a terminal arrive, joined or split', async () => {
    const { client } = await world.upgrade(exec('size').concat('&tty=true').replace('stderr=true', 'stderr=false'));
    client.channel(4, '{"Width":80,"Height":24}');
    await client.output((texts) => (texts[1] ?? '').includes('80x24'));
    client.channel(4, '{"Width":100,');
    client.channel(4, '"Height":30}');
    await client.output((texts) => (texts[1] ?? '').includes('100x30'));
  });
});

describe('frames of a target', () => {
  it('in pieces with pings between them arrive whole, no message cut inside a character', async () => {
    const euros = Buffer.from('€'.repeat(500));
    world.double.script('pieces', async (process) => {
      await process.fragments(1, euros.subarray(0, 700), [2, 3, 5, 7, 11]);
      await process.out(euros.subarray(700, 701));
      await process.out(euros.subarray(701));
      await process.exit(7);
    });
    const { client } = await world.upgrade(exec('pieces'));
    const parts: string[] = [];
    let final = '';
    for (let message = await client.message(); message.opcode !== 8; message = await client.message()) {
      const text = message.data.toString('utf8', 1);
      expect(text).not.toContain('\ufffd');
      if (message.data[0] === 1) parts.push(text);
      if (message.data[0] === 3) final += text;
    }
    expect(parts.join('')).toBe('€'.repeat(500));
    expect(JSON.parse(final)).toMatchObject({ details: { causes: [{ reason: 'ExitCode', message: '7' }] } });
  });

  it.each([
    ['messages', ['key canary-de', 'adbeef end\n']],
    ['bytes', Array.from('key canary-deadbeef end\n')],
  ])('do not carry a secret past the mask in several %s', async (_, parts) => {
    world.double.script('leak', async (process) => {
      for (const part of parts) await process.out(part);
      await process.exit(0);
    });
    const { client } = await world.upgrade(exec('leak'));
    const output = await client.output();
    expect(output[1]).toMatch(mark);
    expect(output[1]).toMatch(/^key .* end\n$/);
    expect(output[1]).not.toContain('deadbeef');
  });

  it.each([
    ['reserved bits', Buffer.from('c2020178', 'hex')],
    ['a mask', Buffer.from('828200000000' + '0178', 'hex')],
    ['an endless length', Buffer.from('827f7fffffffffffffff', 'hex')],
    ['rubbish', Buffer.from('ffffffffffffffff', 'hex')],
  ])('with %s end the stream and harm nobody', async (_, bytes) => {
    world.double.script('wrong', (process) => process.raw(bytes));
    const { client } = await world.upgrade(exec('wrong'));
    await client.output().catch(() => undefined);
    await world.noStreamLeft();
  });

  it('of 32 MB wait for a client that takes nothing, and then arrive', async () => {
    const { client } = await world.upgrade(exec('flood', String(32 << 20)));
    client.socket.pause();
    await vi.waitFor(() => expect(world.streams()).toMatchObject([{ waiting: true }]), { timeout: 10_000 });
    const { sent } = world.streams()[0]!;
    expect(sent).toBeLessThan(28 << 20);
    client.socket.resume();
    let bytes = 0;
    for (let message = await client.message(); message.opcode !== 8; message = await client.message()) {
      expect(message.data.length).toBeLessThanOrEqual(1 << 20);
      if (message.data[0] === 1) bytes += message.data.length - 1;
    }
    expect(bytes).toBe(32 << 20);
  });
});

describe('an exec that breaks off', () => {
  it('at the client ends at the target', async () => {
    const client = await cat();
    client.channel(0, 'x');
    await client.output((texts) => texts[1] === 'x');
    client.destroy();
    await world.noStreamLeft();
  });

  it('at the target ends at the client at once', async () => {
    world.double.script('die', async (process) => {
      await process.out('so far');
      process.kill();
    });
    const { client } = await world.upgrade(exec('die'));
    const from = Date.now();
    await client.output().catch(() => undefined);
    await client.ended();
    expect(Date.now() - from).toBeLessThan(5_000);
  });

  it('because its token ran out says so, with an exit code that clients can read', async () => {
    const token = world.gateway.token('alice', { exp: Math.floor(Date.now() / 1000) + 4 });
    const { client, answer } = await world.upgrade(exec('cat'), { as: '', lines: [`Authorization: Bearer ${token}`] });
    expect(answer.status).toBe(101);
    const deadline = Date.now() + 30_000;
    let final = '';
    // pings keep the reader's patience
    const alive = setInterval(() => client.channel(0, '.'), 1_000);
    try {
      for (
        let message = await client.message();
        message.opcode !== 8 && Date.now() < deadline;
        message = await client.message()
      )
        if (message.data[0] === 3) final += message.data.toString('utf8', 1);
    } finally {
      clearInterval(alive);
    }
    expect(JSON.parse(final)).toMatchObject({
      status: 'Failure',
      reason: 'Forbidden',
      details: { causes: [{ reason: 'ExitCode', message: '137' }] },
    });
  });
});
