import { get, type ClientRequest, type IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { ApprovalWorld } from '../testing/approval-world.js';

/** An event of a stream. */
interface Told {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** A stream being read. */
interface Reader {
  readonly status: number;
  readonly told: readonly Told[];
  readonly text: () => string;
  /** resolves with the first event that is wanted, told already or yet to come; rejects when the stream ends before */
  until(wanted: (told: Told) => boolean): Promise<Told>;
  readonly ended: Promise<void>;
  close(): void;
}

let world: ApprovalWorld;
let port: number;

beforeAll(async () => {
  world = await ApprovalWorld.start();
  await world.control.app.listen(0, '127.0.0.1');
  port = (world.control.app.getHttpServer().address() as { port: number }).port;
});

afterAll(() => world?.stop());

function open(path: string, as: string): { request: ClientRequest; answered: Promise<IncomingMessage> } {
  const token = as.includes('.') ? as : world.control.tokenOf(as);
  const headers = { authorization: `Bearer ${token}`, 'last-event-id': 'whatever' };
  const request = get({ host: '127.0.0.1', port, path, headers, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
  answered.catch(() => undefined);
  return { request, answered };
}

async function follow(as: string): Promise<Reader> {
  const { request, answered } = open('/v1/approvals/events', as);
  const response = await answered;
  response.setEncoding('utf8');
  let text = '';
  let rest = '';
  let over = false;
  const told: Told[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
  };
  response.on('data', (chunk: string) => {
    text += chunk;
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
      );
      const [id, event, data] = ['id', 'event', 'data'].map((name) => fields.get(name));
      if (event !== undefined && data !== undefined)
        told.push({ id: id ?? '', event, data: JSON.parse(data) as Record<string, unknown> });
    }
    wake();
  });
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  void ended.then(() => {
    over = true;
    wake();
  });
  return {
    status: response.statusCode ?? 0,
    told,
    text: () => text,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = told.find(wanted);
          if (found) resolve(found);
          else if (over) reject(new Error(`the stream ended: ${text}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
    ended,
    close: () => request.destroy(),
  };
}

const about =
  (id: string, state: string) =>
  ({ event, data }: Told): boolean =>
    event === 'approval' && data['id'] === id && data['state'] === state;

describe('waiting for an approval', () => {
  it('is answered when it is decided, long before its time', async () => {
    const id = await world.ask();
    const begun = performance.now();
    const answer = world.control.get(`/v1/approvals/${id}?wait=60s`, 'alice');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await world.decide(id, 'carol');
    expect((await answer).json).toMatchObject({
      id,
      state: 'approved',
      decisions: [{ by: { user: 'carol@example.com' } }],
    });
    expect(performance.now() - begun).toBeLessThan(30_000);
  });

  it('is answered when the first of two has decided', async () => {
    const id = await world.ask({ requirements: [{ quorum: 2 }] });
    const answer = world.control.get(`/v1/approvals/${id}?wait=60s`, 'alice');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await world.decide(id, 'carol');
    expect((await answer).json).toMatchObject({ state: 'pending', requirements: [{ approved: 1 }] });
  });

  it('is answered at once when it is settled, at its time when it is not, and not at all to others', async () => {
    const id = await world.ask();
    const begun = performance.now();
    expect((await world.control.get(`/v1/approvals/${id}?wait=1s`, 'alice')).json).toMatchObject({ state: 'pending' });
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect((await world.control.get(`/v1/approvals/${id}?wait=60s`, 'bob')).status).toBe(404);
    await world.decide(id, 'carol');
    expect((await world.control.get(`/v1/approvals/${id}?wait=60s`, 'alice')).json).toMatchObject({
      state: 'approved',
    });
    for (const wait of ['61s', '0', '-1', '1m', 'x'])
      expect((await world.control.get(`/v1/approvals/${id}?wait=${wait}`, 'alice')).status).toBe(400);
  });

  it('is bounded by person, and a client that goes away makes room', async () => {
    const id = await world.ask();
    const path = `/v1/approvals/${id}?wait=60s`;
    const waiting = Array.from({ length: 40 }, () => open(path, 'alice'));
    const status = async (): Promise<number> =>
      (await world.control.get(`/v1/approvals/${id}?wait=1s`, 'alice')).status;
    // eight of them find the room full
    const refused: number[] = [];
    await new Promise<void>((resolve, reject) => {
      for (const { answered } of waiting)
        answered.then(({ statusCode }) => {
          if (refused.push(statusCode ?? 0) === 8) resolve();
        }, reject);
    });
    expect(refused).toEqual(Array.from({ length: 8 }, () => 429));
    expect(await status()).toBe(429);
    for (const { request } of waiting) request.destroy();
    while ((await status()) !== 200);
  });
});

describe('the inbox', () => {
  it('tells first what is pending, then what comes and what becomes of it', async () => {
    const before = await world.ask();
    const inbox = await follow('carol');
    expect(inbox.status).toBe(200);
    const first = await inbox.until(about(before, 'pending'));
    expect(first.id).not.toBe('');
    await inbox.until(({ event }) => event === 'ready');
    expect(inbox.text()).toMatch(/^retry: \d+\n/);
    const later = await world.ask();
    const { data } = await inbox.until(about(later, 'pending'));
    expect(data).toMatchObject({ summary: 'SELECT email FROM customers', text: null, you: { mayDecide: true } });
    await world.decide(later, 'carol');
    await inbox.until(about(later, 'approved'));
    inbox.close();
    await inbox.ended;
    // who connects again is told what is pending then
    const again = await follow('carol');
    await again.until(({ event }) => event === 'ready');
    expect(again.told.some(about(before, 'pending'))).toBe(true);
    expect(again.told.some(({ data: told }) => told['id'] === later)).toBe(false);
    again.close();
  });

  it('tells nobody what they may not see', async () => {
    const [bob, root, alice] = await Promise.all([follow('bob'), follow('root'), follow('alice')]);
    const id = await world.ask();
    await alice.until(about(id, 'pending'));
    const { data } = await root.until(about(id, 'pending'));
    expect(data).toMatchObject({ summary: '', review: null });
    await bob.until(({ event }) => event === 'ready');
    await world.decide(id, 'carol');
    await Promise.all([alice.until(about(id, 'approved')), root.until(about(id, 'approved'))]);
    expect(bob.told.filter(({ event }) => event === 'approval')).toEqual([]);
    for (const each of [bob, root, alice]) each.close();
  });

  it('ends with the token', async () => {
    const inbox = await follow(world.control.tokenOf('carol', { exp: Math.floor(Date.now() / 1000) + 6 }));
    expect((await inbox.until(({ event }) => event === 'end')).data).toEqual({ why: 'expired' });
    await inbox.ended;
  });

  it('ends for whom the deny-list names', async () => {
    const inbox = await follow(world.control.tokenOf('carol', { sub: 'left', email: 'left@example.com' }));
    await inbox.until(({ event }) => event === 'ready');
    const entry = { iss: world.issuer.url, kind: 'sub', value: 'left', reason: 'left' };
    expect((await world.control.call('POST', '/v1/deny', 'root', entry)).status).toBe(201);
    await world.ask();
    expect((await inbox.until(({ event }) => event === 'end')).data).toEqual({ why: 'revoked' });
  });

  it('ends when the process stops', async () => {
    const inbox = await follow('carol');
    const id = await world.ask();
    const waiting = open(`/v1/approvals/${id}?wait=60s`, 'alice');
    await inbox.until(about(id, 'pending'));
    const begun = performance.now();
    await world.control.app.close();
    expect((await inbox.until(({ event }) => event === 'end')).data).toEqual({ why: 'shutdown' });
    waiting.request.destroy();
    expect(performance.now() - begun).toBeLessThan(30_000);
  });
});
