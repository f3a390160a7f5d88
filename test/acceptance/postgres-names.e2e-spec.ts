import { TestGateway } from '../support/gateway.js';
import { client, frame } from '../support/wire-frames.js';

// Names that another relation may answer to by the time the target looks them up.

const rules = `
rules:
  - name: analysts change what is theirs
    who: { groups: [analysts] }
    on: { target: crm, does: [read, session, write, schema] }
    effect: allow
`;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start({ config: rules });
  await gateway.direct('CREATE SCHEMA own; GRANT ALL ON SCHEMA own TO PUBLIC');
});
afterEach(() => gateway?.closeClients());
afterAll(() => gateway?.stop());

describe('a table before a protected one in the search path', () => {
  it('is not read by its name alone, since another session may drop it inside the block', async () => {
    const [one, two] = [await gateway.wire(), await gateway.wire()];
    expect((await two.query('CREATE TABLE own.customers (id int, email text)')).tags).toEqual(['CREATE TABLE']);
    await one.query('SET search_path = own, public');
    await one.query('BEGIN');
    await one.query('SELECT 1');
    expect((await two.query('DROP TABLE own.customers')).tags).toEqual(['DROP TABLE']);
    const { rows, errors } = await one.query("SELECT email || '' FROM customers");
    expect(rows).toEqual([]);
    expect(errors[0]?.message).toContain('own.customers hides public.customers');
  });
});

describe('a pipeline that waits for its answers without a Sync', () => {
  it('is one transaction: no question of the gateway ends it', async () => {
    const wire = await gateway.wire();
    const step = (sql: string): Buffer[] => [client.parse('', sql), client.bind(''), client.execute()];
    wire.send(...step('CREATE TABLE own.halfway (id int)'), frame('H'));
    await wire.until('C');
    wire.send(...step('SELECT 1'), frame('H'));
    await wire.until('C');
    const failed = await wire.exchange(...step('SELECT 1 / 0'), client.sync());
    expect(failed.errors[0]?.code).toBe('22012');
    expect(await gateway.direct("SELECT to_regclass('own.halfway') AS it")).toEqual([{ it: null }]);
    expect((await wire.query('SELECT count(*) FROM orders WHERE id < 0')).rows).toEqual([['0']]);
  });
});
