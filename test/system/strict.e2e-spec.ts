import { TestGateway } from '../support/gateway.js';
import { startPostgres, execute, type TestPostgres } from '../support/postgres.js';
import type { WireClient } from '../support/wire-client.js';
import { client, frame } from '../support/wire-frames.js';

// A target on which the server's own tree of each statement is read before it runs.

let postgres: TestPostgres;
let gateway: TestGateway;

beforeAll(async () => {
  postgres = await startPostgres();
  const url = await postgres.createDatabase('shop');
  await execute(
    url,
    `CREATE TABLE users (id int, email text, label text); INSERT INTO users VALUES (1, 'eve@example.com', 'lamp');
     CREATE ROLE app LOGIN; GRANT ALL ON users TO app`,
  );
  gateway = await TestGateway.start({
    config: JSON.stringify({
      targets: [
        {
          name: 'shop',
          postgres: { host: '127.0.0.1', port: postgres.port, database: 'shop', tls: 'disable', strict: true },
          credential: { user: 'app' },
        },
      ],
      protect: [{ class: 'personal', columns: ['shop.public.users.email'] }],
      rules: [
        {
          name: 'everything',
          who: { groups: ['analysts'] },
          on: { target: 'shop', does: ['read', 'write', 'schema', 'session', 'connect', 'unknown'] },
          effect: 'allow',
        },
      ],
      listen: { postgres: { workers: 1 } },
    }),
  });
});
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
});

function session(): Promise<WireClient> {
  return gateway.wire('alice', { database: 'shop' });
}

describe('a strict target', () => {
  it('answers what server and gateway read alike, masked, and shows nothing of its questions', async () => {
    const wire = await session();
    const { rows, errors, notices } = await wire.query('SELECT id, email, label FROM users WHERE id = 1');
    expect(errors).toEqual([]);
    expect(rows.map(([id, email, label]) => [id, email !== 'eve@example.com', label])).toEqual([['1', true, 'lamp']]);
    expect(notices).toEqual([]);
    const again = await wire.exchange(
      client.parse('', 'SELECT label FROM users WHERE id = $1', [23]),
      client.bind('', { values: ['1'] }),
      client.execute(),
      client.sync(),
    );
    expect(again.rows).toEqual([['lamp']]);
    expect(again.notices).toEqual([]);
    for (const setting of ['debug_print_rewritten', 'client_min_messages', 'debug_pretty_print'])
      expect((await wire.query(`SHOW ${setting}`)).rows, setting).toEqual(
        setting === 'client_min_messages' ? [['notice']] : [[setting === 'debug_pretty_print' ? 'on' : 'off']],
      );
    wire.destroy();
  });

  it('goes on in a transaction block, also after a statement that the server refuses', async () => {
    const wire = await session();
    await wire.query('BEGIN');
    expect((await wire.query("UPDATE users SET label = 'desk' WHERE id = 1 RETURNING label")).rows).toEqual([['desk']]);
    expect((await wire.query('SELECT nothing FROM users')).errors).toHaveLength(1);
    await wire.query('ROLLBACK');
    expect((await wire.query('SELECT count(*), min(label) FROM users')).rows).toEqual([['1', 'lamp']]);
    wire.destroy();
  });

  it('refuses what cannot be asked about first, and what has no tree', async () => {
    const wire = await session();
    const refused = async (sql: string): Promise<string> => (await wire.query(sql)).errors[0]?.message ?? '';
    expect(await refused('SELECT 2; SELECT label AS other FROM users')).toContain('second opinion');
    expect(await refused('COPY users (id, label) TO STDOUT')).toContain('second opinion');
    const step = (sql: string): Buffer[] => [client.parse('', sql), client.bind(''), client.execute()];
    wire.send(...step('SELECT id FROM users'), ...step('SELECT label || id FROM users'), frame('H'));
    const frames = await wire.until('E');
    expect(frames.filter(({ type }) => type === 'D')).toHaveLength(1);
    expect((await wire.exchange(client.sync())).status).toBe('I');
    wire.destroy();
  });
});
