import { TestGateway } from '../support/gateway.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { summary, type ServerFrame, type WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// What a target without protected columns may be used for: large objects by function calls, COPY in any form, portals and cursors.

let postgres: TestPostgres;
let gateway: TestGateway;
let wire: WireClient;

const configuration = (port: number): string =>
  JSON.stringify({
    targets: [
      {
        name: 'crm',
        postgres: { host: '127.0.0.1', port, database: 'postgres', tls: 'disable', largeObjects: true },
        credential: { user: 'postgres' },
      },
    ],
    rules: [
      {
        name: 'bob is quick',
        who: { users: ['bob@*'] },
        on: { target: 'crm', does: ['read', 'write', 'session'] },
        limits: { statementTimeout: '1s' },
        effect: 'allow',
      },
      {
        name: 'everything',
        who: { groups: ['analysts'] },
        on: { target: 'crm', does: ['read', 'write', 'schema', 'session'] },
        effect: 'allow',
      },
    ],
    listen: { postgres: { workers: 1 } },
  });

beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await TestGateway.start({ config: configuration(postgres.port) });
});
beforeEach(async () => {
  wire = await gateway.wire();
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
});

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
/** A function call with binary arguments and a binary result. */
const call = (oid: number, ...values: readonly Buffer[]): Buffer =>
  frame(
    'F',
    int32(oid),
    int16(1),
    int16(1),
    int16(values.length),
    ...values.flatMap((value) => [int32(value.length), value]),
    int16(1),
  );

const LO_CREATE = 715;
const LO_OPEN = 952;
const LOREAD = 954;
const LOWRITE = 955;
const READ_WRITE = 0x60000;

async function valueOf(asked: Buffer): Promise<Buffer> {
  wire.send(asked);
  const frames = await wire.until('Z');
  const answer = frames.find(({ type }) => type === 'V');
  if (!answer) throw new Error(summary(frames).errors[0]?.message ?? 'no answer');
  return answer.body.subarray(4);
}

const streamOf = (frames: readonly ServerFrame[]): Buffer =>
  Buffer.concat(frames.filter(({ type }) => type === 'd').map(({ body }) => body));

describe('function calls of the protocol', () => {
  it('do not pass for anything but large objects, nor with other arguments than those have', async () => {
    for (const asked of [
      call(1598),
      call(LO_OPEN, int32(1)),
      call(2086, Buffer.from('x')),
      frame('F', int32(LO_OPEN)),
    ]) {
      const reply = await wire.exchange(asked);
      expect(reply).toMatchObject({ types: 'EZ', errors: [{ code: '0A000' }] });
    }
  });

  it('work with large objects, each an operation of its own', async () => {
    await wire.query('BEGIN');
    const made = await valueOf(call(LO_CREATE, int32(77_001)));
    expect(made.readInt32BE(0)).toBe(77_001);
    const descriptor = await valueOf(call(LO_OPEN, int32(77_001), int32(READ_WRITE)));
    expect((await valueOf(call(LOWRITE, descriptor, Buffer.from('hello')))).readInt32BE(0)).toBe(5);
    expect((await wire.query('COMMIT')).status).toBe('I');
    await wire.query('BEGIN');
    const again = await valueOf(call(LO_OPEN, int32(77_001), int32(READ_WRITE)));
    expect((await valueOf(call(LOREAD, again, int32(100)))).toString()).toBe('hello');
    expect(await gateway.recorded({ verb: 'FUNCTION lowrite' })).toMatchObject({ result: { status: 'ok' } });
    const failed = await wire.exchange(call(LO_OPEN, int32(1), int32(READ_WRITE)));
    expect(failed).toMatchObject({ types: 'EZ', status: 'E' });
    await wire.query('ROLLBACK');
    expect((await wire.query('SELECT 1')).types).toBe('TDCZ');
  });
});

describe('COPY', () => {
  it('passes as it is in every format, and comes back the same', async () => {
    await wire.query('CREATE TEMP TABLE kept (a int, b text)');
    await wire.query("INSERT INTO kept SELECT i, repeat(E'x,\"\\t', i) FROM generate_series(1, 20) i");
    for (const options of ['', '(FORMAT csv, HEADER, NULL $$~$$)', '(FORMAT binary)']) {
      wire.send(client.query(`COPY kept TO STDOUT ${options}`));
      const stream = streamOf(await wire.until('Z'));
      await wire.query('CREATE TEMP TABLE taken (LIKE kept)');
      wire.send(client.query(`COPY taken FROM STDIN ${options}`));
      await wire.until('G');
      for (let at = 0; at < stream.length; at += 97) wire.send(frame('d', stream.subarray(at, at + 97)));
      expect((await wire.exchange(frame('c'))).tags).toEqual(['COPY 20']);
      expect((await wire.query('SELECT * FROM kept EXCEPT SELECT * FROM taken')).rows).toEqual([]);
      await wire.query('DROP TABLE taken');
    }
  });

  it('is ended by a time-out of the rules while it waits for data', async () => {
    const bob = await gateway.wire('bob');
    await bob.query('CREATE TEMP TABLE kept (a int)');
    bob.send(client.query('COPY kept FROM STDIN'));
    await bob.until('G');
    const reply = summary(await bob.until('Z'));
    expect(reply).toMatchObject({ types: 'EZ', status: 'I', errors: [{ code: '57014' }] });
    bob.send(frame('d', Buffer.from('1\n')), frame('c'));
    expect((await bob.query('SELECT count(*) FROM kept')).rows).toEqual([['0']]);
  });
});

describe('portals and cursors', () => {
  it('are read in turns, each where it stopped', async () => {
    const select = (to: number): string => `SELECT i FROM generate_series(1, ${to}) i`;
    await wire.query('BEGIN');
    const reply = await wire.exchange(
      client.parse('s', select(5)),
      client.parse('t', `SELECT 10 * i FROM generate_series(1, 3) i`),
      client.bind('s', { portal: 'p' }),
      client.bind('t', { portal: 'q' }),
      client.execute('p', 2),
      client.execute('q', 1),
      client.execute('p', 2),
      client.execute('q', 9),
      client.execute('p', 9),
      client.sync(),
    );
    expect(reply.types).toBe('1122DDsDsDDsDDCDCZ');
    expect(reply.rows.flat()).toEqual(['1', '2', '10', '3', '4', '20', '30', '5']);
    expect(reply.tags).toEqual(['SELECT 2', 'SELECT 1']);
    await wire.query('COMMIT');
  });

  it('scroll, move, outlive their block and are closed', async () => {
    await wire.query('BEGIN');
    await wire.query('DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT i FROM generate_series(1, 9) i');
    expect((await wire.query('FETCH 2 FROM c')).rows.flat()).toEqual(['1', '2']);
    expect((await wire.query('MOVE LAST IN c')).tags).toEqual(['MOVE 1']);
    await wire.query('COMMIT');
    expect((await wire.query('FETCH PRIOR FROM c')).rows.flat()).toEqual(['8']);
    expect((await wire.query('CLOSE c')).tags).toEqual(['CLOSE CURSOR']);
    expect((await wire.query('FETCH c')).errors).toMatchObject([{ code: '34000' }]);
  });
});
