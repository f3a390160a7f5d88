import { ensureLogins, runMigrations } from '@app/store';
import { Client } from 'pg';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { redisMissing, startRedis, type TestRedis } from '../testing/redis.js';
import { type Job, type JobBackend, type JobQueue, type JobWorker, QUEUES } from './job-backend.js';
import { PostgresBackend } from './postgres-backend.js';
import { RedisBackend } from './redis-backend.js';

const errors: Error[] = [];
const onError = (error: Error): void => void errors.push(error);

let postgres: TestPostgres;
let controlUrl: string;
let redis: TestRedis | null = null;

const noRedis = redisMissing();
if (noRedis !== null) process.stdout.write(`the queue on Redis is not tested: ${noRedis}\n`);

beforeAll(async () => {
  postgres = await startPostgres();
  await runMigrations(postgres.url);
  await ensureLogins(postgres.url, [{ name: 'control_login', password: 'x', group: 'control' }]);
  controlUrl = postgres.urlFor('control_login');
  if (noRedis === null) redis = await startRedis();
});

afterAll(async () => {
  await redis?.stop();
  await postgres.stop();
});

const job = (id: string, at = 0): Job => ({ id, name: 'expire', of: `row-${id}`, at });

async function until(met: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!met()) {
    if (performance.now() > end) throw new Error('it did not happen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const makes: [string, () => JobBackend, () => Promise<void>][] = [
  [
    'PostgreSQL',
    () => new PostgresBackend(controlUrl, onError),
    async () => {
      const client = new Client({ connectionString: postgres.superuserUrl });
      await client.connect();
      await client.query('DELETE FROM bullmq.job');
      await client.end();
    },
  ],
];
if (noRedis === null) makes.push(['Redis', () => new RedisBackend(redis!.url, onError), async () => redis!.flush()]);

describe.each(makes)('jobs in %s', (_, make, forget) => {
  let backend: JobBackend;
  let queue: JobQueue;
  let worker: JobWorker | null = null;
  const done: string[] = [];
  let fail = false;

  const work = (): void => {
    worker = backend.worker(
      QUEUES.timers,
      async ({ name, of }) => {
        done.push(`${name} ${of}`);
        if (fail) throw new Error('this job fails');
      },
      4,
    );
  };

  beforeAll(async () => {
    backend = make();
    await backend.prepare();
    queue = backend.queue(QUEUES.timers);
  });

  beforeEach(() => {
    done.length = 0;
    fail = false;
  });

  afterEach(async () => {
    await worker?.close(false);
    worker = null;
  });

  afterAll(async () => {
    await queue.close();
    await backend.close();
  });

  it('are prepared for as often as one likes', async () => {
    await backend.prepare();
    await backend.ping();
  });

  it('wait once, however often they are added', async () => {
    const now = Date.now();
    const later = [job('later-a', now + 3_600_000), job('later-b', now + 3_600_000)];
    await queue.add(later, now);
    await Promise.all([queue.add(later, now), queue.add(later, now)]);
    expect([...(await queue.waiting())].sort()).toEqual(['later-a', 'later-b']);
  });

  it('are done when their time has come, and can be added again then', async () => {
    work();
    const now = Date.now();
    await queue.add([job('one', now - 5), job('two', now + 300), job('later-a', now + 3_600_000)], now);
    await until(() => done.length === 2);
    expect(done).toEqual(['expire row-one', 'expire row-two']);
    await until(() => done.length === 2);
    for (let tries = 0; done.length < 3 && tries < 100; tries += 1) {
      await queue.add([job('one')], Date.now());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(done[2]).toBe('expire row-one');
  });

  it('that fail are told of, and leave room for the same again', async () => {
    fail = true;
    errors.length = 0;
    work();
    await queue.add([job('failing')], Date.now());
    await until(() => errors.some((error) => error.message === 'this job fails'));
    fail = false;
    for (let tries = 0; done.length < 2 && tries < 100; tries += 1) {
      await queue.add([job('failing')], Date.now());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(done.slice(0, 2)).toEqual(['expire row-failing', 'expire row-failing']);
  });

  it('that were forgotten are done once they are added again, by the same worker', async () => {
    work();
    const now = Date.now();
    await queue.add([job('lost', now + 3_600_000)], now);
    await forget();
    expect(await queue.waiting()).toEqual([]);
    await queue.add([job('lost')], Date.now());
    await until(() => done.length === 1);
    expect(done).toEqual(['expire row-lost']);
  });
});

describe('the queue in PostgreSQL', () => {
  it('reaches nothing outside its own schema', async () => {
    const client = new Client({ connectionString: controlUrl });
    await client.connect();
    await client.query('SET ROLE sallyport_queue');
    for (const sql of [
      'SELECT 1 FROM audit_event',
      'SELECT 1 FROM approval',
      `UPDATE notification SET state = 'sent'`,
      'CREATE SCHEMA mine',
      'CREATE TABLE public.mine (a int)',
    ])
      await expect(client.query(sql)).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('is not reached by gateways', async () => {
    await ensureLogins(postgres.url, [{ name: 'gateway_login', password: 'x', group: 'gateway' }]);
    const client = new Client({ connectionString: postgres.urlFor('gateway_login') });
    await client.connect();
    await expect(client.query('SELECT 1 FROM bullmq.job')).rejects.toMatchObject({ code: '42501' });
    await client.end();
  });

  it('says what is missing where the schema was never made, and spins nowhere', async () => {
    await postgres.createDatabase('bare');
    const backend = new PostgresBackend(postgres.urlFor('control_login', 'bare'), onError);
    await expect(backend.prepare()).rejects.toThrow();
    await backend.close();
  });

  it('is prepared by several processes at once', async () => {
    const url = await postgres.createDatabase('several');
    await runMigrations(url);
    const backends = [1, 2, 3].map(() => new PostgresBackend(postgres.urlFor('control_login', 'several'), onError));
    await Promise.all(backends.map((backend) => backend.prepare()));
    await Promise.all(backends.map((backend) => backend.close()));
  });
});

describe('the database restarts', () => {
  it('and the same worker goes on', async () => {
    const backend = new PostgresBackend(controlUrl, onError);
    await backend.prepare();
    const queue = backend.queue(QUEUES.notifications);
    const done: string[] = [];
    const worker = backend.worker(QUEUES.notifications, async ({ of }) => void done.push(of), 1);
    await queue.add([job('before')], Date.now());
    await until(() => done.length === 1);
    await postgres.crash();
    await expect(queue.add([job('meanwhile')], Date.now())).rejects.toThrow();
    await postgres.start();
    for (let tries = 0; done.length < 2 && tries < 200; tries += 1) {
      await queue.add([job('after')], Date.now()).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(done[1]).toBe('row-after');
    await worker.close(false);
    await queue.close();
    await backend.close();
  });
});

if (noRedis === null)
  describe('Redis dies', () => {
    it('and adding fails at once, and the same worker goes on with what is added afterwards', async () => {
      const backend = new RedisBackend(redis!.url, onError);
      await backend.prepare();
      const queue = backend.queue(QUEUES.notifications);
      const done: string[] = [];
      const worker = backend.worker(QUEUES.notifications, async ({ of }) => void done.push(of), 1);
      await queue.add([job('before')], Date.now());
      await until(() => done.length === 1);
      await redis!.kill();
      await expect(queue.add([job('meanwhile')], Date.now())).rejects.toThrow();
      await expect(backend.ping()).rejects.toThrow();
      await redis!.start();
      for (let tries = 0; done.length < 2 && tries < 300; tries += 1) {
        await queue.add([job('after')], Date.now()).catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(done[1]).toBe('row-after');
      await worker.close(false);
      await queue.close();
      await backend.close();
    });
  });
