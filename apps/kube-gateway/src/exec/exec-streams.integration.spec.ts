import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { compilePatterns, TextMasker } from '@app/masking';
import { defaultExecLimits } from './exec-limits.js';
import { ExecWorld } from './testing/exec-world.js';
import { frame, fromClient, fromServer, type WirePeer } from './testing/wire.js';
import type { ExecUpgrade } from './exec-ports.js';

const success = '{"metadata":{},"status":"Success"}';
const exit3 =
  '{"metadata":{},"status":"Failure","message":"command terminated with exit code 3","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}';
const normal = frame(Buffer.from([0x03, 0xe8]), { opcode: 8 });

let world: ExecWorld;

/** A client whose connection is switched, and the target's end of it. */
async function switched(options: Partial<ExecUpgrade> = {}): Promise<{ client: WirePeer; target: WirePeer }> {
  world = new ExecWorld((_, accept) => accept(), options);
  await world.start();
  const client = world.client();
  await client.until(() => client.head !== null, 'an answer');
  return { client, target: world.targets[0]! };
}

afterEach(async () => {
  await world.stop();
});

describe('a command that runs', () => {
  it('is carried whole: stdin, resize, half close, output, exit, closing handshake', async () => {
    const { client, target } = await switched();
    target.socket.write(fromServer(1, ''));
    client.socket.write(
      Buffer.concat([fromClient(4, '{"Width":80,"Hei'), fromClient(4, 'ght":24}{"Width":81,"Height":25}')]),
    );
    client.socket.write(fromClient(0, 'echo hi\n', 1));
    client.socket.write(fromClient(255, Uint8Array.of(0)));
    await target.until(() => target.frames.length >= 4, 'input');
    expect(target.frames.every(({ masked }) => masked)).toBe(true);
    expect(target.frames.map(({ payload }) => payload.toString('latin1'))).toEqual([
      '\u0004{"Width":80,"Height":24}',
      '\u0004{"Width":81,"Height":25}',
      '\u0000echo hi\n',
      '\u00ff\u0000',
    ]);
    target.socket.write(Buffer.concat([fromServer(1, 'hi\n'), fromServer(2, 'oh\n'), fromServer(3, exit3), normal]));
    target.socket.end();
    await client.until(() => client.ended, 'the end');
    expect([client.text(1), client.text(2), client.text(3)]).toEqual(['hi\n', 'oh\n', exit3]);
    expect(client.control(8)).toEqual([Buffer.from([0x03, 0xe8])]);
    expect(await world.end()).toEqual({
      status: 'error',
      code: '3',
      message: 'command terminated with exit code 3',
      tag: 'exit 3',
    });
    expect(world.journal.frames().map(([, channel, data]) => [channel, data])).toEqual([
      ['r', '80x24'],
      ['r', '81x25'],
      ['i', 'echo hi\n'],
      ['o', 'hi\n'],
      ['e', 'oh\n'],
      ['x', '3'],
    ]);
    expect(world.journal.lines('op.end')).toMatchObject([{ status: 'error', code: '3', tag: 'exit 3' }]);
  });

  it('has input recorded before it is forwarded, and output before it is released; pings wait for neither', async () => {
    const { client, target } = await switched();
    world.journal.frozen = true;
    client.socket.write(fromClient(0, 'rm -rf /data\n'));
    target.socket.write(fromServer(1, 'deleted\n'));
    client.socket.write(frame('are you there', { opcode: 9, key: '01020304' }));
    target.socket.write(frame('and you', { opcode: 9 }));
    await client.until(() => client.control(10).length > 0, 'a pong');
    await target.until(() => target.control(10).length > 0, 'a pong');
    // a target that was sending between two pings hears none of them: it may be over already, with output still unread
    client.socket.write(frame('still', { opcode: 9, key: '01020304' }));
    client.socket.write(frame('quiet', { opcode: 9, key: '01020304' }));
    await target.until(() => target.control(9).length > 0, 'a ping');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(client.control(10).map(String)).toEqual(['are you there', 'still', 'quiet']);
    expect(target.control(9).map(String)).toContain('quiet');
    expect(target.control(10).map(String)).toEqual(['and you']);
    expect([target.text(0), client.text(1)]).toEqual(['', '']);
    expect(world.journal.frames().map(([, channel]) => channel)).toEqual(expect.arrayContaining(['i', 'o']));
    world.journal.frozen = false;
    world.journal.flush();
    await client.until(() => client.text(1) === 'deleted\n', 'output');
    await target.until(() => target.text(0) === 'rm -rf /data\n', 'input');
  });

  it('drops channels that its direction does not have', async () => {
    const { client, target } = await switched();
    for (const channel of [1, 2, 3, 5, 77]) client.socket.write(fromClient(channel, 'smuggled'));
    client.socket.write(fromClient(0, 'x'));
    for (const channel of [0, 4, 5, 255]) target.socket.write(fromServer(channel, 'smuggled'));
    target.socket.write(fromServer(1, 'y'));
    await target.until(() => target.frames.length > 0, 'input');
    await client.until(() => client.frames.length > 0, 'output');
    expect(target.frames.map(({ payload }) => payload.toString('latin1'))).toEqual(['\u0000x']);
    expect(client.frames.map(({ payload }) => payload.toString('latin1'))).toEqual(['\u0001y']);
  });

  it('carries messages in any cuts of the bytes', async () => {
    const { client, target } = await switched();
    const stream = Buffer.concat([
      frame('\u0001a', { fin: false }),
      frame('?', { opcode: 9 }),
      frame('é', { opcode: 0, fin: false }),
      frame('b', { opcode: 0 }),
      fromServer(1, 'ü'),
      fromServer(3, success),
      normal,
    ]);
    target.socket.setNoDelay(true);
    for (const byte of stream) {
      target.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.until(() => client.ended, 'the end');
    expect(client.text(1)).toBe('aébü');
    for (const { opcode, payload } of client.frames)
      if (opcode === 2) expect(payload.toString('utf8')).not.toContain('\ufffd');
    expect(await world.end()).toMatchObject({ status: 'ok', tag: 'exit 0' });
  });

  it('shows no pattern, cut anywhere, in no channel and no record', async () => {
    const patterns = compilePatterns([{ class: 'token', pattern: 'tok_[a-z]{8}' }]);
    const mask = (): Uint8Array => Buffer.from('[masked]');
    const { client, target } = await switched({
      masker: () => new TextMasker(patterns, mask),
      maskStatus: (json) =>
        Buffer.from(
          Buffer.from(json)
            .toString()
            .replaceAll(/tok_[a-z]{8}/g, '[masked]'),
        ),
    });
    client.socket.write(fromClient(0, 'login tok_abcdefgh\n'));
    await target.until(() => target.text(0) !== '', 'input');
    expect(target.text(0)).toBe('login tok_abcdefgh\n');
    target.socket.write(Buffer.concat([fromServer(1, 'got to'), fromServer(2, 'tok_stderrxx!')]));
    await client.until(() => client.text(1) === 'got ', 'what is safe');
    target.socket.write(fromServer(1, 'k_abcd'));
    target.socket.write(fromServer(1, 'efgh. '));
    target.socket.write(fromServer(3, '{"status":"Failure","reason":"InternalError","message":"bad tok_statusxx"}'));
    target.socket.end(normal);
    await client.until(() => client.ended, 'the end');
    expect(client.text(1)).toBe('got [masked]. ');
    expect(client.text(2)).toBe('[masked]!');
    const record = world.journal.entries
      .map(({ members, body }) => members + Buffer.from(body ?? []).toString())
      .join('\n');
    expect(record).not.toMatch(/tok_(?!\[)/);
    expect(client.text(3)).not.toContain('tok_');
    expect(world.journal.lines('op.result').map(({ masked }) => masked)).toContainEqual({ data: 1 });
  });

  it('lets an archive pass as it is, and records its hash and that it was not masked', async () => {
    const patterns = compilePatterns([{ class: 'token', pattern: 'tok_[a-z]{8}' }]);
    const { client, target } = await switched({
      command: ['tar', 'cf', '-', 'data'],
      masker: () => new TextMasker(patterns, () => Buffer.from('[masked]')),
    });
    const archive = Buffer.concat([Buffer.alloc(700), Buffer.from('tok_abcdefgh'), Buffer.alloc(300_000, 1)]);
    for (let at = 0; at < archive.length; at += 9_000)
      target.socket.write(fromServer(1, archive.subarray(at, at + 9_000)));
    target.socket.write(Buffer.concat([fromServer(3, success), normal]));
    await client.until(() => client.ended, 'the end');
    expect(client.bytes(1).equals(archive)).toBe(true);
    const rows = world.journal.frames().filter(([, channel]) => channel === 'o');
    const data = rows.map(([, , value]) => value as { bytes: number; sha256: string; unmasked: boolean });
    expect(data.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(archive.length);
    expect(data.at(-1)).toMatchObject({ unmasked: true, sha256: createHash('sha256').update(archive).digest('hex') });
  });

  it('keeps no more of a long stream than the bound, and counts and hashes the rest', async () => {
    const { client, target } = await switched({ limits: { ...defaultExecLimits, keepBytes: 10_000 } });
    for (let i = 0; i < 100; i++) target.socket.write(fromServer(1, 'x'.repeat(4_000)));
    target.socket.end(Buffer.concat([fromServer(3, success), normal]));
    await client.until(() => client.ended, 'the end');
    expect(client.bytes(1)).toHaveLength(400_000);
    const rows = world.journal.frames().filter(([, channel]) => channel === 'o');
    const kept = rows.map(([, , data]) => (typeof data === 'string' ? data.length : 0)).reduce((a, b) => a + b, 0);
    const counted = rows.map(([, , data]) => (data as { bytes?: number }).bytes ?? 0).reduce((a, b) => a + b, 0);
    expect(kept).toBeLessThanOrEqual(10_000);
    expect(kept + counted).toBe(400_000);
  });
});

describe('flow', () => {
  it('a client that does not read holds up the target, not the memory', async () => {
    const { client, target } = await switched({ limits: { ...defaultExecLimits, keepBytes: 0 } });
    client.socket.pause();
    const message = fromServer(1, Buffer.alloc(64 * 1024, 65));
    let sent = 0;
    for (; sent < 1000; sent++) {
      if (target.socket.write(message)) continue;
      const drained = await Promise.race([
        once(target.socket, 'drain').then(() => true),
        new Promise((resolve) => setTimeout(resolve, 300, false)),
      ]);
      if (drained === false) break;
    }
    // kernel buffers, and the bound of ours
    expect(sent * 64 * 1024).toBeLessThan(40 * 1024 * 1024);
    client.socket.resume();
    target.socket.write(fromServer(3, success));
    target.socket.end(normal);
    await client.until(() => client.ended, 'the end');
    expect(client.bytes(1)).toHaveLength((sent + 1) * 64 * 1024);
    expect(await world.end()).toMatchObject({ status: 'ok' });
  });

  it('a target that does not read holds up the client', async () => {
    const { client, target } = await switched({ limits: { ...defaultExecLimits, keepBytes: 0 } });
    target.socket.pause();
    const message = fromClient(0, Buffer.alloc(64 * 1024, 65));
    let sent = 0;
    for (; sent < 1000; sent++) {
      if (client.socket.write(message)) continue;
      const drained = await Promise.race([
        once(client.socket, 'drain').then(() => true),
        new Promise((resolve) => setTimeout(resolve, 300, false)),
      ]);
      if (drained === false) break;
    }
    expect(sent * 64 * 1024).toBeLessThan(40 * 1024 * 1024);
    target.socket.resume();
    await target.until(() => target.bytes(0).length === (sent + 1) * 64 * 1024, 'all of it');
  });
});
