import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import { TestGateway, until } from '../support/gateway.js';
import type { FoundOperation } from '../support/gateway.js';
import { summary } from '../support/wire-client.js';
import type { Reply, ServerError, WireClient } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

// Statements that wait for people in flight, and results whose rest does. Who decides is carol, of the group privacy.

const rules = `
rules:
  - { name: analysts read, who: { groups: [analysts] }, on: { target: crm, does: [read, session] }, effect: allow }
  - name: analysts write
    who: { groups: [analysts] }
    on: { target: crm, does: [write], objects: [crm.public.orders, crm.public.tickets] }
    effect: allow
  - name: deletes of orders
    on: { target: crm, statements: [delete], objects: [crm.public.orders] }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 60s, expires: 15m }
  - name: updates of tickets
    on: { target: crm, statements: [update], objects: [crm.public.tickets] }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 1s, expires: 15m }
  - name: deletes of tickets
    on: { target: crm, statements: [delete], objects: [crm.public.tickets] }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 60s, expires: 3s }
  - name: bulk export
    on: { target: crm, reads: { class: email, rows: { over: 100 } } }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 60s, expires: 15m }
  - name: bulk export of names
    on: { target: crm, reads: { class: name, rows: { over: 50 } } }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 1s, expires: 15m }
`;

interface Approval {
  readonly id: string;
  readonly state: string;
  readonly kind: string;
  readonly rendering: string;
  readonly text: string;
  readonly waits: readonly { readonly why: string | null }[];
}

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

/** The approval that the next notice of a session names; everything before the notice is dropped. */
async function held(session: WireClient = wire): Promise<string> {
  for (;;) {
    const { type, body } = await session.next();
    if (type === 'E' || type === 'Z') throw new Error(`it was not held: ${type} ${body.toString()}`);
    if (type !== 'N') continue;
    const [notice] = summary([{ type, body }]).notices;
    return approvalOf(notice);
  }
}

function approvalOf(message: ServerError | undefined): string {
  const { approval } = JSON.parse(message?.detail ?? '{}') as { approval?: string };
  if (approval === undefined) throw new Error(`no approval is named: ${JSON.stringify(message)}`);
  return approval;
}

async function shown(id: string): Promise<Approval> {
  const { status, body } = await gateway.call(`/v1/approvals/${id}`, 'carol');
  if (status !== 200) throw new Error(`approval ${id} is answered with ${status}: ${JSON.stringify(body)}`);
  return body as Approval;
}

/** The DELETE of orders that waited for an approval, once its end is recorded. */
async function heldOperation(approval: string): Promise<FoundOperation> {
  let found: FoundOperation | undefined;
  await until('the operation is recorded', 10_000, async () => {
    const operations = await gateway.operations({ text: 'DELETE FROM orders' });
    found = operations.find(({ decision }) => (decision as { approval?: string }).approval === approval);
    return found !== undefined && found.result.status !== 'running';
  });
  return found!;
}

async function decide(id: string, decision: 'approve' | 'deny', reason?: string): Promise<void> {
  const { rendering } = await shown(id);
  const { status, body } = await gateway.call(`/v1/approvals/${id}/decision`, 'carol', {
    decision,
    rendering,
    ...(reason === undefined ? {} : { reason }),
  });
  if (status !== 200) throw new Error(`the decision is answered with ${status}: ${JSON.stringify(body)}`);
}

async function rest(session: WireClient = wire): Promise<Reply> {
  return summary(await session.until('Z'));
}

const orders = async (ids: string): Promise<number> =>
  Number((await gateway.direct(`SELECT count(*) AS n FROM orders WHERE id IN (${ids})`))[0]?.['n']);

/** An order that nothing refers to, of its own for each test. */
let nextOrder = 900_000;
async function order(): Promise<number> {
  const id = nextOrder++;
  await gateway.direct(
    `INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', ${id}))).* FROM orders o WHERE o.id = 1`,
  );
  return id;
}

const prepared = (sql: string, values: readonly string[] = []) => [
  client.parse('', sql),
  client.bind('', { values }),
  client.describePortal(),
  client.execute(),
  client.sync(),
];

describe('a statement that a rule holds', () => {
  it('runs once people agreed, and the client gets its result as if nothing had been', async () => {
    const id = await order();
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`));
    const approval = await held();
    expect(await orders(String(id))).toBe(1);
    await decide(approval, 'approve');
    expect(await rest()).toMatchObject({ errors: [], tags: ['DELETE 1'], status: 'I' });
    expect(await orders(String(id))).toBe(0);
    expect(await shown(approval)).toMatchObject({ state: 'used' });
    expect((await heldOperation(approval)).result.status).toBe('ok');
  });

  it('waits in the extended protocol with its values, Describe and Execute behind it', async () => {
    const id = await order();
    wire.send(...prepared('DELETE FROM orders WHERE id = $1 RETURNING id', [String(id)]));
    const approval = await held();
    expect((await shown(approval)).text).toContain(String(id));
    await decide(approval, 'approve');
    expect(await rest()).toMatchObject({ errors: [], rows: [[String(id)]], tags: ['DELETE 1'] });
  });

  it('does not run once another statement came between its Bind and its Execute', async () => {
    const ids = [await order(), await order()];
    const bound = (id: number) => [
      client.parse(
        'waits',
        "DELETE FROM orders WHERE id = $1 AND current_setting('TimeZone') <> 'Asia/Tokyo' RETURNING id",
      ),
      client.bind('waits', { portal: 'later', values: [String(id)] }),
    ];
    wire.send(
      ...bound(ids[0]!),
      client.parse('', "SET TimeZone = 'Asia/Seoul'"),
      client.bind(''),
      client.execute(),
      client.execute('later'),
      client.sync(),
    );
    const first = await held();
    await decide(first, 'approve');
    expect((await rest()).errors[0]?.message).toContain('other statements or some seconds came before');
    expect(await shown(first)).toMatchObject({ state: 'used' });
    await wire.query('DEALLOCATE ALL');
    await wire.query('BEGIN');
    wire.send(...bound(ids[1]!), client.sync());
    await decide(await held(), 'approve');
    expect(await rest()).toMatchObject({ errors: [], status: 'T' });
    await wire.query("SET LOCAL TimeZone = 'Asia/Seoul'");
    wire.send(client.execute('later'), client.sync());
    expect((await rest()).errors[0]?.message).toContain('other statements or some seconds came before');
    expect(await wire.query('ROLLBACK')).toMatchObject({ errors: [], status: 'I' });
    expect(await orders(ids.join(', '))).toBe(2);
  });

  it('runs a Sync after its Bind too, where nothing but its Execute follows', async () => {
    const id = await order();
    await wire.query('BEGIN');
    wire.send(
      client.parse('', 'DELETE FROM orders WHERE id = $1'),
      client.bind('', { portal: 'later', values: [String(id)] }),
      client.sync(),
      client.execute('later'),
      client.sync(),
    );
    await decide(await held(), 'approve');
    expect(await rest()).toMatchObject({ errors: [], status: 'T' });
    expect(await rest()).toMatchObject({ errors: [], tags: ['DELETE 1'], status: 'T' });
    expect(await wire.query('COMMIT')).toMatchObject({ errors: [], status: 'I' });
  });

  it('waits inside the BEGIN that drivers send, and its COMMIT asks nobody again', async () => {
    const id = await order();
    await wire.query('BEGIN');
    await wire.query('SET LOCAL lock_timeout = 0');
    wire.send(...prepared('DELETE FROM orders WHERE id = $1', [String(id)]));
    const approval = await held();
    const locks = await gateway.direct(
      "SELECT count(*)::int AS n FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'orders'",
    );
    expect(locks[0]?.['n']).toBe(0);
    await decide(approval, 'approve');
    expect(await rest()).toMatchObject({ errors: [], tags: ['DELETE 1'], status: 'T' });
    expect(await wire.query('COMMIT')).toMatchObject({ errors: [], tags: ['COMMIT'], status: 'I' });
    expect(await orders(String(id))).toBe(0);
  });

  it('waits when BEGIN comes in the same pipeline', async () => {
    const id = await order();
    wire.send(
      client.parse('', 'BEGIN'),
      client.bind(''),
      client.execute(),
      client.parse('', 'DELETE FROM orders WHERE id = $1'),
      client.bind('', { values: [String(id)] }),
      client.execute(),
      client.sync(),
    );
    await decide(await held(), 'approve');
    expect(await rest()).toMatchObject({ errors: [], tags: ['DELETE 1'], status: 'T' });
    expect(await wire.query('ROLLBACK')).toMatchObject({ errors: [], status: 'I' });
    expect(await orders(String(id))).toBe(1);
  });

  it('is refused with the reason when people refuse it', async () => {
    const id = await order();
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`));
    await decide(await held(), 'deny', 'Cancel the order instead');
    const { errors, status } = await rest();
    expect(errors).toMatchObject([{ severity: 'ERROR', code: 'SP002' }]);
    expect(errors[0]?.message).toContain('Cancel the order instead');
    expect(status).toBe('I');
    expect(await orders(String(id))).toBe(1);
  });

  it('aborts its transaction when people refuse it', async () => {
    const id = await order();
    await wire.query('BEGIN');
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`));
    await decide(await held(), 'deny', 'No');
    expect(await rest()).toMatchObject({ errors: [{ code: 'SP002' }], status: 'E' });
    expect(await wire.query('COMMIT')).toMatchObject({ tags: ['ROLLBACK'], status: 'I' });
  });

  it('ends when its approval expires while it waits, and the session goes on', async () => {
    wire.send(client.query('DELETE FROM tickets WHERE id = -1'));
    const approval = await held();
    const { errors, tags } = await rest();
    expect(tags).toEqual([]);
    expect(errors).toMatchObject([{ code: '42501' }]);
    expect(errors[0]?.message).toContain('in time');
    expect(approvalOf(errors[0])).toBe(approval);
    await until('the approval says so', 20_000, async () => (await shown(approval)).state === 'expired');
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('is told to be sent again when nobody decides in time, and then runs by its grant, once', async () => {
    const sql = "UPDATE tickets SET status = 'closed' WHERE id = 1";
    wire.send(client.query(sql));
    const approval = await held();
    const { errors, status } = await rest();
    expect(errors).toMatchObject([{ severity: 'ERROR', code: 'SP001' }]);
    expect(approvalOf(errors[0])).toBe(approval);
    expect(errors[0]?.hint).toContain('again after it is approved');
    expect(status).toBe('I');
    await decide(approval, 'approve');
    expect((await wire.query(sql.replace('1', '2'))).errors).toMatchObject([{ code: 'SP001' }]);
    expect(await wire.query(sql)).toMatchObject({ errors: [], tags: ['UPDATE 1'] });
    const again = await wire.query(sql);
    expect(again.errors).toMatchObject([{ code: 'SP001' }]);
    expect(approvalOf(again.errors[0])).not.toBe(approval);
  });

  it('is not the same under another search_path or setting, or with another shape of its table', async () => {
    const sql = "UPDATE public.tickets SET status = 'open' WHERE id = 3";
    wire.send(client.query(sql));
    const approval = await held();
    await rest();
    await decide(approval, 'approve');
    await wire.query('SET search_path = pg_catalog');
    expect((await wire.query(sql)).errors).toMatchObject([{ code: 'SP001' }]);
    await wire.query('RESET search_path');
    await wire.query("SET DateStyle = 'SQL, DMY'");
    expect((await wire.query(sql)).errors).toMatchObject([{ code: 'SP001' }]);
    await wire.query('RESET DateStyle');
    await gateway.direct('ALTER TABLE tickets ADD COLUMN spare int');
    try {
      expect((await wire.query(sql)).errors).toMatchObject([{ code: 'SP001' }]);
    } finally {
      await gateway.direct('ALTER TABLE tickets DROP COLUMN spare');
    }
    expect(await shown(approval)).toMatchObject({ state: 'approved' });
    expect(await wire.query(sql)).toMatchObject({ errors: [], tags: ['UPDATE 1'] });
  });

  it('is not the same with another bound value', async () => {
    const sql = 'UPDATE tickets SET status = $1 WHERE id = 4';
    wire.send(...prepared(sql, ['open']));
    const approval = await held();
    await rest();
    await decide(approval, 'approve');
    expect((await wire.exchange(...prepared(sql, ['closed']))).errors).toMatchObject([{ code: 'SP001' }]);
    expect(await wire.exchange(...prepared(sql, ['open']))).toMatchObject({ errors: [], tags: ['UPDATE 1'] });
    expect((await wire.exchange(...prepared(sql, ['open']))).errors).toMatchObject([{ code: 'SP001' }]);
  });

  it('is refused when what it means changes while it waits', async () => {
    const id = await order();
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`));
    const approval = await held();
    await gateway.direct('ALTER TABLE orders ADD COLUMN spare int');
    try {
      await decide(approval, 'approve');
      const { errors } = await rest();
      expect(errors).toMatchObject([{ code: '42501' }]);
      expect(approvalOf(errors[0])).toBe(approval);
      expect(await orders(String(id))).toBe(1);
    } finally {
      await gateway.direct('ALTER TABLE orders DROP COLUMN spare');
    }
  });

  it('does not wait in a used transaction, and runs in the next one by its grant', async () => {
    const id = await order();
    const sql = `DELETE FROM orders WHERE id = ${id}`;
    await wire.query('BEGIN');
    await wire.query('SELECT count(*) FROM orders');
    const first = await wire.query(sql);
    expect(first).toMatchObject({ errors: [{ code: 'SP001' }], notices: [], status: 'E' });
    await wire.query('ROLLBACK');
    await decide(approvalOf(first.errors[0]), 'approve');
    await wire.query('BEGIN');
    await wire.query('SELECT count(*) FROM orders');
    expect(await wire.query(sql)).toMatchObject({ errors: [], tags: ['DELETE 1'], status: 'T' });
    await wire.query('COMMIT');
    expect(await orders(String(id))).toBe(0);
  });

  it('does not wait in a message with others, behind others of its pipeline, or above READ COMMITTED', async () => {
    const id = await order();
    const sql = `DELETE FROM orders WHERE id = ${id}`;
    expect(await wire.query(`SELECT 1; ${sql}`)).toMatchObject({ errors: [{ code: '0A000' }], notices: [], rows: [] });
    const pipeline = await wire.exchange(
      client.parse('', 'SELECT count(*) FROM orders'),
      client.bind(''),
      client.execute(),
      client.parse('', sql),
      client.bind(''),
      client.execute(),
      client.sync(),
    );
    expect(pipeline).toMatchObject({ errors: [{ code: '0A000' }], notices: [], status: 'I' });
    await wire.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    expect(await wire.query(sql)).toMatchObject({ errors: [{ code: '0A000' }], notices: [], status: 'E' });
    await wire.query('ROLLBACK');
    expect(await orders(String(id))).toBe(1);
  });

  it('takes what is sent behind it in order, and other sessions do not notice', async () => {
    const id = await order();
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`), client.query('SELECT 7'));
    const approval = await held();
    const other = await gateway.wire('bob');
    for (let i = 0; i < 20; i++) expect((await other.query('SELECT count(*) FROM orders')).errors).toEqual([]);
    await decide(approval, 'approve');
    expect(await rest()).toMatchObject({ tags: ['DELETE 1'] });
    expect(await rest()).toMatchObject({ rows: [['7']] });
  });
});

describe('a wait that its client ends', () => {
  /** A cancel request, as psql sends it on Ctrl-C: without TLS, on a connection of its own, answered by closing it. */
  async function cancel({ pid, secret }: WireClient['key']): Promise<void> {
    const { host, port } = gateway.file.postgres;
    const socket = connect({ host, port });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.end(client.cancelRequest(pid, secret));
    socket.resume();
    await closed;
  }

  it('ends with a cancel request, and the session goes on', async () => {
    const id = await order();
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`));
    const approval = await held();
    const wrong = Buffer.from(wire.key.secret);
    wrong[0] = wrong[0]! ^ 1;
    await cancel({ pid: wire.key.pid, secret: wrong });
    await cancel(wire.key);
    expect(await rest()).toMatchObject({ errors: [{ severity: 'ERROR', code: '57014' }], status: 'I' });
    await until('it is withdrawn', 10_000, async () => (await shown(approval)).state === 'withdrawn');
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
    expect(await orders(String(id))).toBe(1);
  });

  it.each([
    ['closes its connection', (session: WireClient) => session.destroy()],
    ['says goodbye', (session: WireClient) => session.send(client.terminate())],
  ])('ends when the client %s', async (_how, leave) => {
    const id = await order();
    wire.send(client.query(`DELETE FROM orders WHERE id = ${id}`));
    const approval = await held();
    leave(wire);
    await until('it is withdrawn', 10_000, async () => (await shown(approval)).state === 'withdrawn');
    expect((await heldOperation(approval)).result.status).not.toBe('ok');
    expect(await orders(String(id))).toBe(1);
  });

  it('cancels what runs at the target where nothing waits for people', async () => {
    wire.send(client.query('SELECT count(*) FROM customers a, customers b, customers c'));
    // the statement may not have reached the target when the first request comes
    let over = false;
    const { key } = wire;
    const cancelling = (async () => {
      while (!over) {
        await cancel(key);
        await sleep(200);
      }
    })();
    const { errors, status } = await rest();
    over = true;
    await cancelling;
    expect(errors).toMatchObject([{ code: '57014' }]);
    expect(status).toBe('I');
  });

  it('lets nothing be cancelled in an idle session', async () => {
    for (let i = 0; i < 10; i++) {
      await cancel(wire.key);
      expect((await wire.query('SELECT 1')).errors).toEqual([]);
    }
  });
});

describe('a large result', () => {
  const email = 'SELECT email FROM customers LIMIT 150';
  /** The planner takes it for one row. */
  const underestimated =
    'SELECT email FROM customers WHERE id + 0 > 0 AND id * 1 > 0 AND id - 0 > 0 AND id / 1 > 0 AND id % 7 >= 0';

  it('is held before it begins where the planner sees how large it is', async () => {
    wire.send(client.query(email));
    const approval = await held();
    const text = JSON.stringify(await shown(approval));
    expect(text).toContain('150');
    await decide(approval, 'approve');
    const { rows, errors } = await rest();
    expect(errors).toEqual([]);
    expect(rows).toHaveLength(150);
    expect(rows.every(([value]) => value?.startsWith('*'))).toBe(true);
  });

  it('is held with its values too, and inside BEGIN', async () => {
    await wire.query('BEGIN');
    wire.send(...prepared('SELECT email FROM customers WHERE id > $1', ['5']));
    await decide(await held(), 'approve');
    const { rows, errors, status } = await rest();
    expect({ errors, status }).toEqual({ errors: [], status: 'T' });
    expect(rows.length).toBeGreaterThan(100);
    expect(await wire.query('COMMIT')).toMatchObject({ errors: [], status: 'I' });
  });

  it('stops at the threshold where the planner did not, and goes on once people agreed', async () => {
    const total = Number((await gateway.direct('SELECT count(*) AS n FROM customers'))[0]?.['n']);
    wire.send(client.query(underestimated));
    let rows = 0;
    let approval = '';
    while (approval === '') {
      const { type, body } = await wire.next();
      if (type === 'D') rows += 1;
      if (type === 'N') approval = approvalOf(summary([{ type, body }]).notices[0]);
      if (type === 'E' || type === 'Z') throw new Error('it was not held');
    }
    expect(rows).toBe(100);
    expect(await shown(approval)).toMatchObject({ kind: 'rows', state: 'pending' });
    await decide(approval, 'approve');
    const after = await rest();
    expect(after.errors).toEqual([]);
    expect(rows + after.rows.length).toBe(total);
  });

  it('ends at the threshold when people refuse the rest', async () => {
    const frames = prepared(underestimated);
    wire.send(...frames);
    let rows = 0;
    let approval = '';
    while (approval === '') {
      const { type, body } = await wire.next();
      if (type === 'D') rows += 1;
      if (type === 'N') approval = approvalOf(summary([{ type, body }]).notices[0]);
      if (type === 'E' || type === 'Z') throw new Error('it was not held');
    }
    await decide(approval, 'deny', 'No');
    const { errors, rows: more, status } = await rest();
    expect(errors).toMatchObject([{ code: 'SP002' }]);
    expect({ rows: rows + more.length, status }).toEqual({ rows: 100, status: 'I' });
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('ends at the threshold when nobody decides in time', async () => {
    const { rows, errors, status } = await wire.query(underestimated.replace('email', 'full_name'));
    expect(errors).toMatchObject([{ code: 'SP001' }]);
    expect({ rows: rows.length, status }).toEqual({ rows: 50, status: 'I' });
  });

  it('is refused past the threshold inside a transaction block', async () => {
    await wire.query('BEGIN');
    const { rows, errors, status } = await wire.query(underestimated);
    expect(errors).toMatchObject([{ code: '42501' }]);
    expect({ rows: rows.length, status }).toEqual({ rows: 100, status: 'E' });
  });
});
