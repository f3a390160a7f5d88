import { TestGateway, until } from '../support/gateway.js';
import { type Reply, summary, type WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// What may be learned of values that are not shown, and what may not be written in their place, at a running gateway.

const config = `
protect:
  - class: email
    columns: [crm.public.customers.email]
    mask: { keep: domain }
    oracles: { ordering: { count: 3, per: 1h }, grouping: allow, join: hold }
  - { class: phone, columns: [crm.public.customers.phone], mask: { keep: last4 }, oracles: { equality: refuse } }
  - { class: date-of-birth, columns: [crm.public.customers.date_of_birth] }
  - { class: notes, columns: [crm.public.tickets.body], writeBack: allow }
rules:
  - { name: analysts read, who: { groups: [analysts] }, on: { target: crm, does: [read, session] }, effect: allow }
  - { name: analysts write, who: { groups: [analysts] }, on: { target: crm, does: [write] }, effect: allow }
  - name: agents do not group
    who: { agents: ['*'] }
    on: { target: crm, oracles: { class: email, kind: grouping } }
    effect: deny
    message: Agents group by nothing that is protected.
`;

let gateway: TestGateway;
let wire: WireClient;

beforeAll(async () => {
  gateway = await TestGateway.start({ config });
  await gateway.direct(`
    CREATE TABLE copies (id int PRIMARY KEY, email text);
    GRANT SELECT, INSERT, UPDATE ON customers, tickets, copies TO sallyport_crm`);
});
beforeEach(async () => {
  wire = await gateway.wire();
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

const emailOf = async (id: number): Promise<unknown> =>
  (await gateway.direct(`SELECT email FROM customers WHERE id = ${id}`))[0]?.['email'];

async function bound(sql: string, values: readonly string[], on = wire): Promise<Reply> {
  return on.exchange(client.parse('', sql), client.bind('', { values }), client.execute(), client.sync());
}

describe('a mask that comes back', () => {
  const mask =
    'The value for public.customers.email is one masked by the gateway: stored, it would replace the real one.';

  it('is refused in every way to write, and says which column to leave out', async () => {
    const real = await emailOf(7);
    const [[shown]] = (await bound('SELECT email FROM customers WHERE id = $1', ['7'])).rows as [[string]];
    expect(shown).toMatch(/^\*\*\*\*@/);
    for (const sql of [
      `UPDATE customers SET email = '${shown}' WHERE id = 7`,
      `UPDATE customers SET (city, email) = ('Berlin', '${shown}') WHERE id = 7`,
      `INSERT INTO customers (id, email) VALUES (900001, '${shown}')`,
      `WITH w AS (UPDATE customers SET email = '****' WHERE id = 7 RETURNING id) SELECT id FROM w`,
    ]) {
      const { errors } = await wire.query(sql);
      expect([sql, errors[0]?.code, errors[0]?.message]).toEqual([sql, '42501', mask]);
      expect(errors[0]?.hint).toContain('Leave "email" out of SET');
    }
    const byValue = await bound('UPDATE customers SET email = $1, city = $2 WHERE id = 7', [shown, 'Berlin']);
    expect(byValue.errors[0]?.message).toBe(mask);
    expect(await emailOf(7)).toBe(real);
  });

  it('leaves the session as it was, and real values pass', async () => {
    const before = await emailOf(8);
    expect((await wire.query("UPDATE customers SET email = '****' WHERE id = 8")).errors).toHaveLength(1);
    const { errors, tags } = await bound('UPDATE customers SET email = $1 WHERE id = 8', ['new@example.org']);
    expect({ errors, tags }).toEqual({ errors: [], tags: ['UPDATE 1'] });
    expect([before, await emailOf(8)]).toEqual([before, 'new@example.org']);
  });

  it('is refused in a row of COPY, whose other rows are then not written either', async () => {
    const into = 'COPY customers (id, email) FROM STDIN (FORMAT csv)';
    wire.send(client.query(into));
    await wire.until('G');
    const rows = '900002,real@example.org\n900003,"****@example.org"\n900004,other@example.org\n';
    wire.send(frame('d', Buffer.from(rows)), frame('c'));
    const reply = summary(await wire.until('Z'));
    expect(reply.errors[0]).toMatchObject({ code: '42501' });
    expect(reply.errors[0]?.message).toContain('email is one masked by the gateway');
    expect(await gateway.direct('SELECT id FROM customers WHERE id > 900000')).toEqual([]);
    expect((await wire.query('SELECT 1')).rows).toEqual([['1']]);
  });

  it('is refused where it looks like any other value, once its reader was given such values', async () => {
    const reader = await gateway.wire('bob');
    const born = 'UPDATE customers SET date_of_birth = $1 WHERE id = 9';
    expect((await bound(born, ['2000-01-01'], wire)).errors).toEqual([]);
    expect((await reader.query('SELECT date_of_birth FROM customers WHERE id = 10')).rows).toEqual([['2000-01-01']]);
    const { errors } = await bound(born, ['2000-01-01'], reader);
    expect(errors[0]?.message).toContain('you were given such values of this column');
    expect((await bound(born, ['1984-05-06'], reader)).errors).toEqual([]);
    // by another connection, and through another worker: it hears of it in its own time
    await until('another connection refuses it too', 10_000, async () => {
      const other = await gateway.wire('bob');
      const { errors: refused } = await bound(born, ['2000-01-01'], other);
      return refused.length === 1;
    });
  });

  it('passes where the class says so', async () => {
    const { errors } = await bound('UPDATE tickets SET body = $1 WHERE id = 1', ['****']);
    expect(errors).toEqual([]);
  });
});

describe('what may be learned of a protected class', () => {
  it('is refused with the setting that says so', async () => {
    const { errors } = await bound('SELECT id FROM customers WHERE phone = $1', ['555']);
    expect(errors[0]).toMatchObject({ code: '42501' });
    expect(errors[0]?.hint).toContain('The setting oracles.equality of the protected class "phone"');
    expect((await bound('SELECT id FROM customers WHERE email = $1', ['nobody@example.org'])).errors).toEqual([]);
    expect((await wire.query("SELECT id FROM customers WHERE email LIKE 'a%'")).errors[0]?.hint).toContain(
      'oracles.predicate',
    );
  });

  it('passes so many times, whichever connection and worker asks', async () => {
    const sql = 'SELECT id FROM customers ORDER BY email LIMIT 1';
    const passed: string[] = [];
    let refusal: string | undefined;
    // three, and what passes meanwhile in a worker that has not heard of the last ones
    for (let i = 0; i < 40 && refusal === undefined; i++) {
      const { errors, rows } = await (await gateway.wire()).query(sql);
      if (errors.length === 0) passed.push(String(rows[0]?.[0]));
      else refusal = errors[0]?.message;
    }
    expect(refusal).toContain('This passes 3 times in 1 hour for one person, and did.');
    expect(passed.length).toBeGreaterThanOrEqual(3);
    const workers = gateway.file.processes['postgres-gateway'].length;
    expect(passed.length).toBeLessThanOrEqual(3 * workers);
  });

  it('stands in the record, whatever became of it', async () => {
    await wire.query('SELECT count(*), email FROM customers GROUP BY email LIMIT 1');
    const found = `SELECT 1 FROM audit_event WHERE convert_from(line, 'UTF8') LIKE '%"orc":["grouping email"]%'`;
    await until('the record has it', 20_000, async () => (await gateway.audit(found)).length > 0);
  });

  it('is denied to some by a rule', async () => {
    const sql = 'SELECT count(*) FROM customers GROUP BY email LIMIT 1';
    expect((await wire.query(sql)).errors).toEqual([]);
    const agent = gateway.token('alice', { act: { sub: 'autogen' } });
    const { errors } = await (await gateway.wireWith('alice@example.com', agent)).query(sql);
    expect(errors[0]?.message).toBe('Agents group by nothing that is protected.');
  });

  it('waits for people, who are told what it reveals', async () => {
    const held = await gateway.wire();
    held.send(client.query('SELECT c.id FROM customers c JOIN copies o ON o.email = c.email'));
    const [notice] = summary(await held.until('N')).notices;
    const { approval } = JSON.parse(notice?.detail ?? '{}') as { approval: string };
    const { body } = await gateway.call(`/v1/approvals/${approval}`, 'carol');
    const { rendering, text } = body as { rendering: string; text: string };
    expect(text).toContain('protect email: join');
    expect(text).toContain('still tells which rows have the same value as others (join)');
    const decision = { decision: 'approve', rendering };
    expect((await gateway.call(`/v1/approvals/${approval}/decision`, 'carol', decision)).status).toBe(200);
    expect(summary(await held.until('Z')).errors).toEqual([]);
  });
});
