import { defaultExecLimits } from './exec-limits.js';
import { ExecWorld, type TargetScript } from './testing/exec-world.js';
import { frame, fromClient, fromServer, type WirePeer } from './testing/wire.js';
import type { ExecUpgrade } from './exec-ports.js';

const exit3 =
  '{"metadata":{},"status":"Failure","message":"command terminated with exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}';
const normal = frame(Buffer.from([0x03, 0xe8]), { opcode: 8 });

let world: ExecWorld;

async function begin(script: TargetScript, options: Partial<ExecUpgrade> = {}): Promise<WirePeer> {
  world = new ExecWorld(script, options);
  await world.start();
  return world.client();
}

/** A client whose connection is switched, and the target's end of it. */
async function switched(options: Partial<ExecUpgrade> = {}): Promise<{ client: WirePeer; target: WirePeer }> {
  const client = await begin((_, accept) => accept(), options);
  await client.until(() => client.head !== null, 'an answer');
  return { client, target: world.targets[0]! };
}

afterEach(async () => {
  await world.stop();
});

describe('before the switch', () => {
  it('passes on a Status of the target whole, and records it', async () => {
    const body =
      '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods \\"web\\" not found","reason":"NotFound","code":404}';
    const client = await begin(({ socket }) => {
      // chunked, as the API server may
      socket.write('HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      socket.write(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    });
    await client.until(() => client.ended, 'the end');
    expect(client.head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
    expect(client.head).toContain('Connection: close\r\n');
    expect(client.head).toContain(`Content-Length: ${body.length}\r\n`);
    expect(client.raw.toString()).toBe(body);
    expect(await world.end()).toMatchObject({ status: 'error', code: '404', message: 'pods "web" not found' });
    expect(world.journal.lines('op.end')).toMatchObject([{ status: 'error', code: '404' }]);
  });

  it.each([
    ['plain text', 'HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nsecret: x', 500],
    ['a refused credential', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n', 502],
    ['no switch at all', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 502],
    ['a body without end', `HTTP/1.1 403 No\r\nContent-Length: 99999999\r\n\r\n${'x'.repeat(70_000)}`, 403],
    ['no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n', 502],
  ])('makes a Status of %s', async (_, answer, code) => {
    const client = await begin(({ socket }) => socket.write(answer));
    await client.until(() => client.ended, 'the end');
    expect(client.head).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    const status = JSON.parse(client.raw.toString()) as { kind: string; code: number; message: string };
    expect(status).toMatchObject({ kind: 'Status', code });
    expect(status.message).not.toContain('secret');
    expect((await world.end()).status).toBe('error');
  });

  it.each([
    ['an answer to another handshake', 'v5.channel.k8s.io', 'Sec-WebSocket-Accept: x\r\n'],
    ['a protocol that was not offered', 'base64.channel.k8s.io', ''],
    ['an extension', 'v5.channel.k8s.io', 'Sec-WebSocket-Extensions: permessage-deflate\r\n'],
  ])('refuses %s of the target', async (_, protocol, extra) => {
    const client = await begin((_peer, accept) => accept(protocol, extra));
    await client.until(() => client.ended, 'the end');
    expect(client.head).toMatch(/^HTTP\/1\.1 502 /);
    await world.targets[0]!.until(() => world.targets[0]!.closed, 'the target to be left');
  });

  it('tells a target that does not answer in time', async () => {
    const client = await begin(() => undefined, { limits: { ...defaultExecLimits, handshakeMs: 50 } });
    await client.until(() => client.ended, 'the end');
    expect(client.head).toMatch(/^HTTP\/1\.1 504 /);
    expect(world.targets[0]!.closed || world.targets[0]!.ended).toBe(true);
  });

  it('sends the target nothing before the intent is durable', async () => {
    world = new ExecWorld((_, accept) => accept());
    await world.start();
    world.journal.frozen = true;
    const client = world.client();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(world.targets).toHaveLength(0);
    world.journal.frozen = false;
    world.journal.flush();
    await client.until(() => client.head !== null, 'the switch');
  });

  it('leaves the target when the client leaves', async () => {
    const client = await begin(() => client.socket.destroy());
    expect(await world.end()).toMatchObject({ status: 'cancelled' });
    expect(world.targets[0]!.closed).toBe(true);
  });

  it('answers whole when it is terminated', async () => {
    const client = await begin(() => world.tunnels[0]!.terminate('ended by carol'));
    await client.until(() => client.ended, 'the end');
    expect(client.head).toMatch(/^HTTP\/1\.1 403 Forbidden/);
    expect(client.raw.toString()).toContain('ended by carol');
    expect(await world.end()).toMatchObject({ status: 'cancelled', message: 'ended by carol' });
  });

  it('shows the target its own handshake and credential, and no extension', async () => {
    const { client, target } = await switched();
    expect(target.head).toMatch(/authorization: Bearer of-the-gateway\r\n/i);
    expect(target.head).toMatch(/Sec-WebSocket-Protocol: v5\.channel\.k8s\.io, v4\.channel\.k8s\.io\r\n/);
    expect(target.head).not.toMatch(/extensions/i);
    expect(target.head).not.toContain('dGhlIHNhbXBsZSBub25jZQ==');
    // the accept value of the example in RFC 6455
    expect(client.head).toContain('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
    expect(client.head).toContain('Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n');
    expect(client.head).toMatch(/Audit-Id: 01JD/);
  });
});

describe('a command that is ended', () => {
  it('by termination: a Status with an exit code, the target cut, nothing that waited', async () => {
    const { client, target } = await switched();
    world.journal.frozen = true;
    target.socket.write(fromServer(1, 'not recorded yet'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.tunnels[0]!.terminate('terminated by carol');
    await client.until(() => client.ended, 'the end');
    expect(client.text(1)).toBe('');
    expect(JSON.parse(client.text(3))).toMatchObject({
      status: 'Failure',
      reason: 'Forbidden',
      message: 'terminated by carol',
      details: { causes: [{ reason: 'ExitCode', message: '137' }] },
    });
    expect(client.control(8)).toEqual([Buffer.from([0x03, 0xe8])]);
    await target.until(() => target.closed || target.ended, 'the target to be cut');
    expect(await world.end()).toMatchObject({ status: 'cancelled', code: '137', message: 'terminated by carol' });
    expect(world.journal.frames().at(-1)?.slice(1)).toEqual(['x', '137']);
  });

  it('by the loss of the record', async () => {
    const { client, target } = await switched();
    world.journal.poison();
    target.socket.write(fromServer(1, 'unrecorded'));
    await client.until(() => client.ended, 'the end');
    expect(client.text(1)).toBe('');
    expect(JSON.parse(client.text(3))).toMatchObject({ status: 'Failure', reason: 'Forbidden' });
    expect(target.closed || target.ended).toBe(true);
  });

  it('by an error that should not be, without harm to others', async () => {
    const errors: unknown[] = [];
    const broken = {
      held: 0,
      push: (): never => {
        throw new Error('a mistake');
      },
      release: () => new Uint8Array(0),
      finish: () => new Uint8Array(0),
      take: () => new Map<string, number>(),
    };
    const { client, target } = await switched({ masker: () => broken, report: (error) => errors.push(error) });
    target.socket.write(fromServer(1, 'unmasked'));
    await client.until(() => client.ended, 'the end');
    expect(client.text(1)).toBe('');
    expect(client.text(3)).toContain('an internal error ended this command');
    expect(errors).toMatchObject([{ message: 'a mistake' }]);
    expect(JSON.stringify(world.journal.frames())).not.toContain('unmasked');
  });

  it('by a client that breaks the protocol', async () => {
    const { client, target } = await switched();
    client.socket.write(frame('unmasked'));
    await client.until(() => client.ended, 'the end');
    expect(client.control(8)[0]?.readUInt16BE(0)).toBe(1002);
    await target.until(() => target.closed || target.ended, 'the target to be cut');
    expect(await world.end()).toMatchObject({ status: 'error', code: '1002' });
  });

  it('by a target that breaks the protocol', async () => {
    const { client, target } = await switched();
    target.socket.write(frame('masked', { key: '01020304' }));
    await client.until(() => client.ended, 'the end');
    expect(JSON.parse(client.text(3))).toMatchObject({ reason: 'InternalError' });
    expect(client.control(8)[0]?.readUInt16BE(0)).toBe(1011);
  });

  it('by a client that is killed: the target is cut at once', async () => {
    const { client, target } = await switched();
    client.socket.resetAndDestroy();
    await target.until(() => target.closed || target.ended, 'the target to be cut');
    expect(await world.end()).toMatchObject({ status: 'cancelled', message: 'the client left' });
  });

  it('by a target that is killed: the client is told', async () => {
    const { client, target } = await switched();
    target.socket.write(fromServer(1, 'half a sen'));
    await client.until(() => client.text(1) !== '', 'output');
    target.socket.resetAndDestroy();
    await client.until(() => client.ended, 'the end');
    expect(client.control(8)[0]?.readUInt16BE(0)).toBe(1011);
    expect(await world.end()).toMatchObject({ status: 'unknown' });
  });

  it('by a client that says goodbye: what it sent still arrives, and the exit code still counts', async () => {
    const { client, target } = await switched();
    client.socket.write(
      Buffer.concat([fromClient(0, 'last words'), frame(Buffer.from([0x03, 0xe8]), { opcode: 8, key: '01020304' })]),
    );
    await target.until(() => target.control(8).length > 0, 'the goodbye');
    expect(target.text(0)).toBe('last words');
    target.socket.end(Buffer.concat([fromServer(1, 'too late'), fromServer(3, exit3), normal]));
    await client.until(() => client.ended, 'the end');
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([8]);
    expect(await world.end()).toMatchObject({ status: 'error', tag: 'exit 3' });
  });

  it('by a client that says goodbye to a target that does not', async () => {
    const { client, target } = await switched();
    client.socket.write(frame('', { opcode: 8, key: '01020304' }));
    await client.until(() => client.ended, 'the end');
    client.socket.end();
    expect(await world.end()).toMatchObject({ status: 'cancelled' });
    expect(target.closed || target.ended).toBe(true);
  });
});
