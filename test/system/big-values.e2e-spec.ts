import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';
import { TestGateway } from '../support/gateway.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';

// A value of 200 MB there and back: one message of the client, one of the target.

const MB = 1_000_000;
const SIZE = 200 * MB;

let postgres: TestPostgres;
let gateway: TestGateway;

const configuration = (port: number): string =>
  JSON.stringify({
    targets: [
      {
        name: 'crm',
        postgres: { host: '127.0.0.1', port, database: 'postgres', tls: 'disable' },
        credential: { user: 'postgres' },
      },
    ],
    rules: [
      {
        name: 'everything',
        who: { groups: ['analysts'] },
        on: { target: 'crm', does: ['read', 'write', 'schema', 'session'] },
        effect: 'allow',
      },
    ],
    limits: { messageBytes: '256MiB', serverMessageBytes: '240MiB' },
    listen: { postgres: { workers: 1 } },
  });

beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await TestGateway.start({ config: configuration(postgres.port) });
});
afterEach(() => gateway?.closeClients());
afterAll(async () => {
  await gateway?.stop();
  await postgres?.stop();
});

/** Letters only: node-postgres reads binary results as text. */
function letters(size: number): Buffer {
  const value = Buffer.alloc(size, 'x');
  for (let at = 0; at < size; at += 999_983) value[at] = 97 + (at % 26);
  return value;
}

const md5 = (value: Buffer): string => createHash('md5').update(value).digest('hex');
const binary = (text: string, values: unknown[]): QueryConfig => ({ text, values, binary: true }) as QueryConfig;

describe('a value of 200 MB', () => {
  it('goes to the target in one message and comes back in one, byte for byte', async () => {
    const client = await gateway.pg('alice');
    await client.query('CREATE TABLE big (id int, b bytea)');
    const value = letters(SIZE);
    await client.query('INSERT INTO big VALUES (1, $1)', [value]);
    const stored = await client.query<{ size: number; hash: string }>(
      'SELECT length(b) AS size, md5(b) AS hash FROM big',
    );
    expect(stored.rows[0]).toEqual({ size: SIZE, hash: md5(value) });
    const back = await client.query<{ b: unknown }>(binary('SELECT b FROM big WHERE id = $1', [1]));
    const read = Buffer.from(String(back.rows[0]?.b), 'latin1');
    expect({ size: read.length, hash: md5(read) }).toEqual({ size: SIZE, hash: md5(value) });
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('that is more than the limit of the target’s messages ends its session, and nobody else’s', async () => {
    const other = await gateway.pg('bob');
    const client = await gateway.pg('alice');
    // as text a byte is two digits
    await expect(client.query("SELECT encode(b, 'hex') FROM big")).rejects.toThrow(
      /cannot be passed on: invalid length \d+ of .*"D"/,
    );
    expect((await other.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
