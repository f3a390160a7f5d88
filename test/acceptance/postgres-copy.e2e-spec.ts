import { createHash } from 'node:crypto';
import { TestGateway, until } from '../support/gateway.js';
import { type Reply, type ServerFrame, summary, type WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// COPY in both directions on a target with protected columns, frame by frame.

const rules = `
rules:
  - { name: analysts read, who: { groups: [analysts] }, on: { target: crm, does: [read, session] }, effect: allow }
  - { name: analysts write, who: { groups: [analysts] }, on: { target: crm, does: [write] }, effect: allow }
  - name: no bulk export
    on: { target: crm, reads: { class: email, rows: { over: 100 } } }
    effect: deny
`;

const data = (...lines: readonly string[]): Buffer =>
  frame('d', Buffer.from(lines.map((line) => `${line}\n`).join('')));
const done = frame('c');
const fail = (why: string): Buffer => frame('f', Buffer.from(`${why}\0`));
const columns = 'customer_id, status, product, quantity, total';
const order = (product: string, quantity = 1): string => `1\topen\t${product}\t${quantity}\t2.50`;
const into = `COPY orders (${columns}) FROM STDIN`;

let gateway: TestGateway;
let wire: WireClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: rules });
});
beforeEach(async () => {
  wire = await gateway.wire();
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

const streamOf = (frames: readonly ServerFrame[]): Buffer =>
  Buffer.concat(frames.filter(({ type }) => type === 'd').map(({ body }) => body));

/** Sends and reads up to ReadyForQuery. */
async function copied(...frames: readonly Buffer[]): Promise<Reply & { readonly stream: Buffer }> {
  wire.send(...frames);
  const answer = await wire.until('Z');
  return { ...summary(answer), stream: streamOf(answer) };
}

const count = async (product: string): Promise<unknown> =>
  (await gateway.direct(`SELECT count(*)::int AS n FROM orders WHERE product = '${product}'`))[0]?.['n'];

/** Begins a COPY and waits for the server to take data. */
async function begin(sql = into): Promise<void> {
  wire.send(client.query(sql));
  await wire.until('G');
}

describe('COPY TO STDOUT', () => {
  const of = 'SELECT id, email, phone, date_of_birth, city FROM customers ORDER BY id LIMIT 5';

  it('masks text, CSV and binary as a SELECT of the same is masked', async () => {
    const selected = (await wire.query(of)).rows;
    expect(selected[0]?.[1]).toMatch(/^\*\*\*\*/);
    const text = await copied(client.query(`COPY (${of}) TO STDOUT`));
    expect(text.types).toBe('HdddddcCZ');
    expect(text.tags).toEqual(['COPY 5']);
    expect(text.stream.toString()).toBe(selected.map((row) => `${row.join('\t')}\n`).join(''));
    const csv = await copied(client.query(`COPY (${of}) TO STDOUT (FORMAT csv, HEADER, FORCE_QUOTE (email))`));
    const lines = selected.map((row) => row.map((value, i) => (i === 1 ? `"${value}"` : value)).join(','));
    expect(csv.stream.toString()).toBe(['id,email,phone,date_of_birth,city', ...lines, ''].join('\n'));
    const raw = await wire.exchange(
      client.parse('', of),
      client.bind('', { results: 1 }),
      client.describePortal(),
      client.execute(),
      client.sync(),
    );
    const binary = await copied(client.query(`COPY (${of}) TO STDOUT (FORMAT binary)`));
    expect(binary.stream.subarray(0, 11).toString('latin1')).toBe('PGCOPY\n\xff\r\n\0');
    expect(binary.stream.includes(raw.raw[0]![1]!)).toBe(true);
    for (const row of raw.raw) for (const value of row) expect(binary.stream.includes(value!)).toBe(true);
    const [secret] = await gateway.direct('SELECT email, phone FROM customers WHERE id = 1');
    for (const { stream } of [text, csv, binary]) {
      expect(stream.includes(String(secret?.['email']))).toBe(false);
      expect(stream.includes(String(secret?.['phone']))).toBe(false);
    }
  });

  it('refuses a NULL that would take the delimiter behind it along, so that columns move', async () => {
    const rows = "SELECT NULLIF(1, 1), email, CASE WHEN id % 2 = 0 THEN 'x' END FROM customers ORDER BY id LIMIT 4";
    const moved = await copied(client.query(`COPY (${rows}) TO STDOUT (NULL '\\')`));
    expect(moved.stream.toString()).toBe('');
    expect(moved.errors[0]?.message).toMatch(/options of this COPY/);
    const whole = await copied(client.query(`COPY (${rows}) TO STDOUT (NULL '\\\\')`));
    expect(whole.stream.toString()).toMatch(/^(\\\\\t\*\*\*\*@[a-z.]+\t(x|\\\\)\n){4}$/);
  });

  it('masks a table with a column list, in a batch, and in the extended protocol', async () => {
    const batch = await copied(
      client.query('SELECT 1; COPY (SELECT id, email FROM customers WHERE id = 1) TO STDOUT; SELECT 2'),
    );
    expect(batch.types).toBe('TDCHdcCTDCZ');
    expect(batch.stream.toString()).toMatch(/^1\t\*\*\*\*@[a-z.]+\n$/);
    const extended = await copied(
      client.parse('', 'COPY (SELECT email FROM customers WHERE id = 1) TO STDOUT'),
      client.bind(''),
      client.describePortal(),
      client.execute(),
      client.sync(),
    );
    expect(extended.types).toBe('12nHdcCZ');
    expect(extended.stream.toString()).toMatch(/^\*\*\*\*@[a-z.]+\n$/);
  });

  it('hides what is computed from protected columns: COPY tells no types, so it is NULL', async () => {
    const reply = await copied(
      client.query('COPY (SELECT id, upper(email), lower(phone) FROM customers ORDER BY id LIMIT 2) TO STDOUT'),
    );
    expect(reply.stream.toString()).toBe('1\t\\N\t\\N\n2\t\\N\t\\N\n');
  });

  it('refuses what it cannot mask surely: encodings, files, programs', async () => {
    for (const [sql, message] of [
      ["COPY customers TO STDOUT (ENCODING 'LATIN1')", /encoding/],
      ["COPY customers TO '/tmp/x'", /No rule/],
      ["COPY orders FROM PROGRAM 'id'", /No rule/],
      ["COPY customers TO STDOUT (DELIMITER 'ab')", /options of this COPY/],
    ] as const) {
      const reply = await copied(client.query(sql));
      expect(reply.types).toBe('EZ');
      expect(reply.errors[0]?.message).toMatch(message);
    }
  });

  it('is cut by a rule on rows like any result, and the session goes on', async () => {
    const reply = await copied(client.query('COPY (SELECT email FROM customers LIMIT 101) TO STDOUT'));
    expect(reply.errors).toMatchObject([{ code: '42501' }]);
    expect(reply.stream.toString().split('\n')).toHaveLength(101);
    expect((await copied(client.query('COPY (SELECT email FROM customers LIMIT 100) TO STDOUT'))).tags).toEqual([
      'COPY 100',
    ]);
  });

  it('is recorded with masked rows', async () => {
    await copied(client.query('COPY (SELECT id, email FROM customers WHERE id = 7) TO STDOUT (FORMAT csv)'));
    const filter = { verb: 'COPY', person: gateway.file.people[0]!.user };
    let rows: unknown;
    // what is recorded is shipped a moment later
    await until('it is in the record', 20_000, async () => {
      const [last] = await gateway.operations(filter);
      const { body } = await gateway.call(`/v1/operations/${last?.id}`);
      ({ rows } = body as { rows?: unknown });
      return JSON.stringify(rows)?.startsWith('[["7",') ?? false;
    });
    expect(rows).toEqual([['7', expect.stringMatching(/^\*\*\*\*@[a-z.]+$/)]]);
  });
});

describe('COPY FROM STDIN', () => {
  it('writes what the client sends, and the record has its hash', async () => {
    await begin();
    const lines = [order('lamp-a'), order('lamp-a', 2)];
    const reply = await copied(data(lines[0]!), data(lines[1]!), done);
    expect({ types: reply.types, tags: reply.tags }).toEqual({ types: 'CZ', tags: ['COPY 2'] });
    expect(await count('lamp-a')).toBe(2);
    const sha256 = createHash('sha256')
      .update(`${lines.join('\n')}\n`)
      .digest('hex');
    const found = `SELECT 1 FROM audit_event WHERE type = 'op.input' AND convert_from(line, 'UTF8') LIKE '%${sha256}%'`;
    // what is recorded is shipped a moment later
    for (const end = Date.now() + 20_000; (await gateway.audit(found)).length === 0;) {
      if (Date.now() > end) throw new Error('the hash of what was sent is not in the record');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  it('ignores Sync and Flush inside, as libpq sends them', async () => {
    wire.send(client.parse('', into), client.bind(''), client.describePortal(), client.execute(), client.sync());
    const before = await wire.until('G');
    expect(summary(before).types).toBe('12nG');
    const reply = await copied(client.flush(), data(order('lamp-b')), done, client.sync());
    expect({ types: reply.types, tags: reply.tags }).toEqual({ types: 'CZ', tags: ['COPY 1'] });
    expect((await wire.query('SELECT 1')).types).toBe('TDCZ');
  });

  it('takes data that comes right behind the statement', async () => {
    const reply = await copied(client.query(into), data(order('lamp-c')), done);
    expect(reply.types).toBe('GCZ');
    expect(await count('lamp-c')).toBe(1);
  });

  it('drops what comes after an error of the server, in both protocols', async () => {
    await begin();
    const simple = await copied(data(order('lamp-d', 0)), data(order('lamp-d')), done);
    expect(simple).toMatchObject({ types: 'EZ', errors: [{ code: '23514' }], status: 'I' });
    wire.send(data(order('lamp-d')), done);
    expect((await wire.query('SELECT 1')).types).toBe('TDCZ');
    wire.send(client.parse('', into), client.bind(''), client.execute());
    await wire.until('G');
    wire.send(data(order('lamp-d', 0)), done);
    await wire.until('E');
    const extended = await copied(data(order('lamp-d')), client.sync());
    expect(extended.types).toBe('Z');
    expect((await wire.query('SELECT 1')).types).toBe('TDCZ');
    expect(await count('lamp-d')).toBe(0);
  });

  it('fails when the client says so, and aborts the block it is in', async () => {
    await wire.query('BEGIN');
    await begin();
    const reply = await copied(data(order('lamp-e')), fail('no more'));
    expect(reply).toMatchObject({ types: 'EZ', status: 'E', errors: [{ code: '57014' }] });
    expect((await wire.query('ROLLBACK')).status).toBe('I');
    await begin();
    const alone = await copied(fail('no more'));
    expect(alone).toMatchObject({ types: 'EZ', status: 'I', errors: [{ code: '57014' }] });
    expect(alone.errors[0]?.message).toContain('no more');
  });

  it('ends the session when another message comes in between', async () => {
    await begin();
    wire.send(client.query('SELECT 1'));
    expect((await wire.closed()).errors).toMatchObject([{ severity: 'FATAL', code: '08P01' }]);
  });

  it('writes nothing when the client leaves', async () => {
    await begin();
    wire.send(data(order('lamp-f')));
    wire.destroy();
    for (const end = Date.now() + 10_000; ;) {
      const [row] = await gateway.direct(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'COPY orders%' AND state = 'active'",
      );
      if (row?.['n'] === 0) break;
      if (Date.now() > end) throw new Error('the COPY of a client that left still runs');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await count('lamp-f')).toBe(0);
  });

  it('serves several in one message, and what the second one fails on takes the first one back', async () => {
    wire.send(client.query(`${into}; ${into}`));
    await wire.until('G');
    wire.send(data(order('lamp-g')), done);
    await wire.until('G');
    const both = await copied(data(order('lamp-g')), done);
    expect(both.types).toBe('CZ');
    expect(await count('lamp-g')).toBe(2);
    wire.send(client.query(`${into}; ${into}`));
    await wire.until('G');
    wire.send(data(order('lamp-h')), done);
    await wire.until('G');
    expect((await copied(data(order('lamp-h', 0)), done)).types).toBe('EZ');
    expect(await count('lamp-h')).toBe(0);
  });

  it('keeps protected values out of the record', async () => {
    const row = '900001\tZoë Canary\tcopy-canary@example.com\t+49 999 000 111\tCANARY-1\t1990-01-01\tBerlin\tDE\tx';
    await begin(
      'COPY customers (id, full_name, email, phone, national_id, date_of_birth, city, country, segment) FROM STDIN',
    );
    const reply = await copied(data(row), done);
    expect(reply.tags).toEqual(['COPY 1']);
    const found = await gateway.recorded({ verb: 'COPY', effect: 'write' });
    const { body } = await gateway.call(`/v1/operations/${found.id}`);
    expect(JSON.stringify(body)).not.toMatch(/copy-canary|CANARY-1|999 000/);
    expect(await gateway.direct('SELECT email FROM customers WHERE id = 900001')).toEqual([
      { email: 'copy-canary@example.com' },
    ]);
  });
});
