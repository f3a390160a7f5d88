import { execute, startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { ApprovalStores } from '../testing/approval-stores.js';
import { ask, decision, judge } from '../testing/approvals.js';
import { ApprovalFeed } from './approval-feed.js';

let postgres: TestPostgres;
let stores: ApprovalStores;

beforeAll(async () => {
  postgres = await startPostgres();
  stores = await ApprovalStores.open(postgres);
});

afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

const soon = { timeout: 40_000, interval: 20 };

/** A feed and all it said so far. */
function listen(): { feed: ApprovalFeed; heard: (string | null)[] } {
  const heard: (string | null)[] = [];
  const feed = new ApprovalFeed(postgres.urlFor('gateway_login'), (id) => heard.push(id));
  feed.start();
  return { feed, heard };
}

it('says once that it listens, and then the id of each change, in the order of their commits', async () => {
  const { feed, heard } = listen();
  await vi.waitFor(() => expect(heard).toEqual([null]), soon);
  const question = ask();
  const { id } = await stores.gateway.request(question);
  await vi.waitFor(() => expect(heard).toContain(id), soon);
  const asked = heard.length;
  const approval = await stores.shown(id);
  await stores.control.decide(id, decision(approval, 'carol'), judge);
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(asked), soon);
  const decided = heard.length;
  await stores.gateway.consume({ id, digest: question.digest, epoch: 'e', operation: 'o', session: 's' });
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(decided), soon);
  await feed.stop();
  expect(new Set(heard)).toEqual(new Set([null, id]));
});

it('comes back when its connection is cut, and says that anything may have changed', async () => {
  const { feed, heard } = listen();
  for (let times = 1; times <= 3; times += 1) {
    await vi.waitFor(() => expect(heard.filter((id) => id === null)).toHaveLength(times), soon);
    if (times < 3)
      await execute(
        postgres.superuserUrl,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sallyport-feed'`,
      );
  }
  const { id } = await stores.gateway.request(ask());
  await vi.waitFor(() => expect(heard).toContain(id), soon);
  await feed.stop();
});

it('comes back after the database was down, also when it was down at the start', async () => {
  await postgres.crash();
  const { feed, heard } = listen();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(heard).toEqual([]);
  await postgres.start();
  await vi.waitFor(() => expect(heard).toEqual([null]), soon);
  await feed.stop();
});

it('says nothing after it was stopped, and leaves no connection behind', async () => {
  const { feed, heard } = listen();
  await vi.waitFor(() => expect(heard).toEqual([null]), soon);
  await feed.stop();
  await feed.stop();
  await stores.gateway.request(ask());
  const left = async (): Promise<readonly object[]> =>
    stores.superuser(`SELECT pid FROM pg_stat_activity WHERE application_name = 'sallyport-feed'`);
  await vi.waitFor(async () => expect(await left()).toEqual([]), soon);
  expect(heard).toEqual([null]);
});
