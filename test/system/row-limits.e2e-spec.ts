import { TestGateway } from '../support/gateway.js';
import { summary } from '../support/wire-client.js';
import type { WireClient } from '../support/wire-client.js';
import { client } from '../support/wire-frames.js';

// A limited result may be stopped by a cancel request, or be refused after the target finished it: neither may touch what follows.

const limited = 'SELECT email FROM customers LIMIT 101';
const rounds = 25;

const rules = `
rules:
  - { name: analysts read, who: { groups: [analysts] }, on: { target: crm, does: [read, session] }, effect: allow }
  - name: analysts keep orders
    who: { groups: [analysts] }
    on: { target: crm, does: [write], objects: [crm.public.orders] }
    effect: allow
  - name: no bulk export
    on: { target: crm, reads: { class: email, rows: { over: 100 } } }
    effect: deny
`;

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

const statusOf = async (order: number) => (await gateway.direct(`SELECT status FROM orders WHERE id = ${order}`))[0];

/** Answers of the next `count` cycles. */
async function cycles(count: number) {
  const replies = [];
  for (let i = 0; i < count; i++) replies.push(summary(await wire.until('Z')));
  return replies;
}

describe('a result that a rule cuts short', () => {
  it('ends its message: nothing that follows in it is answered', async () => {
    for (let i = 0; i < rounds; i++) {
      const reply = await wire.query(`${limited}; SELECT 1`);
      expect(reply.errors).toMatchObject([{ code: '42501' }]);
      expect({ rows: reply.rows.length, status: reply.status }).toEqual({ rows: 100, status: 'I' });
    }
    expect((await wire.query('SELECT email FROM customers LIMIT 2; SELECT 1')).rows).toHaveLength(3);
  });

  it('refuses to share its message with anything that writes', async () => {
    const before = await statusOf(31);
    for (const sql of [
      `UPDATE orders SET status = 'returned' WHERE id = 31; ${limited}`,
      `${limited}; UPDATE orders SET status = 'returned' WHERE id = 31`,
    ]) {
      const reply = await wire.query(sql);
      expect({ types: reply.types, status: reply.status, code: reply.errors[0]?.code }).toEqual({
        types: 'EZ',
        status: 'I',
        code: '42501',
      });
    }
    expect(await statusOf(31)).toEqual(before);
    expect((await wire.query('SELECT 1; SELECT email FROM customers LIMIT 2')).rows).toHaveLength(3);
  });

  it('never lets its cancel hit the next statement, one after the other or sent at once', async () => {
    for (let i = 0; i < rounds; i++) {
      expect((await wire.query(limited)).errors).toMatchObject([{ code: '42501' }]);
      expect(await wire.query('SELECT count(*) FROM orders')).toMatchObject({
        errors: [],
        rows: [[expect.any(String)]],
      });
      wire.send(client.query(limited), client.query('SELECT count(*) FROM orders'));
      const [cut, next] = await cycles(2);
      expect(cut?.errors).toMatchObject([{ code: '42501' }]);
      expect(next).toMatchObject({ errors: [], rows: [[expect.any(String)]] });
    }
  });

  it('aborts its block at the target whatever is sent behind it', async () => {
    const before = await statusOf(32);
    for (let i = 0; i < rounds; i++) {
      wire.send(
        client.query('BEGIN'),
        client.query(limited),
        client.query("UPDATE orders SET status = 'returned' WHERE id = 32"),
        client.query('COMMIT'),
      );
      const [begin, cut, update, commit] = await cycles(4);
      expect(begin?.tags).toEqual(['BEGIN']);
      expect({ code: cut?.errors[0]?.code, status: cut?.status }).toEqual({ code: '42501', status: 'E' });
      expect({ code: update?.errors[0]?.code, status: update?.status }).toEqual({ code: '25P02', status: 'E' });
      expect({ tags: commit?.tags, status: commit?.status }).toEqual({ tags: ['ROLLBACK'], status: 'I' });
    }
    expect(await statusOf(32)).toEqual(before);
  });

  it('rolls back what ran before it in its pipeline', async () => {
    const before = await statusOf(33);
    for (let i = 0; i < rounds; i++) {
      const reply = await wire.exchange(
        client.parse('', "UPDATE orders SET status = 'returned' WHERE id = 33"),
        client.bind(''),
        client.execute(),
        client.parse('', limited),
        client.bind(''),
        client.execute(),
        client.parse('', 'SELECT 1'),
        client.bind(''),
        client.execute(),
        client.sync(),
      );
      expect({ codes: reply.errors.map(({ code }) => code), tags: reply.tags, status: reply.status }).toEqual({
        codes: ['42501'],
        tags: ['UPDATE 1'],
        status: 'I',
      });
      expect(reply.rows).toHaveLength(100);
    }
    expect(await statusOf(33)).toEqual(before);
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });
});
