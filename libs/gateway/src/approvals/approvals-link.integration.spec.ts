import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessScope, Requester } from '@app/approvals';
import { KeyStore } from '@app/audit';
import type { ApprovalAsk, Standing } from '@app/gate';
import type { Principal } from '@app/identity';
import { createLogger, ulid } from '@app/platform';
import { compilePolicy, type Operation } from '@app/policy';
import {
  ApprovalFeed,
  ApprovalStore,
  AuditDatabase,
  ensureLogins,
  PolicyVersionStore,
  runMigrations,
  type StoredStanding,
} from '@app/store';
import { startPostgres, type TestPostgres } from '../../../../test/support/postgres.js';
import { ApprovalsLink } from './approvals-link.js';
import { PolicyVersions } from './policy-versions.js';
import { StoredApprovals } from './stored-approvals.js';

const LONG = { timeout: 30_000, interval: 50 };
const logger = createLogger('spec', { level: 'silent' });
const POLICY = `sha256:${'0'.repeat(64)}`;
const digest = (of: string): string => `sha256:${Buffer.from(of).toString('hex').padEnd(64, '0').slice(0, 64)}`;

/** Counts what is asked; asks all the same. */
class CountingStore extends ApprovalStore {
  readonly asked: number[] = [];

  override standings(ids: readonly string[]): Promise<StoredStanding[]> {
    this.asked.push(ids.length);
    return super.standings(ids);
  }
}

const alice: Principal = {
  iss: 'https://issuer',
  sub: 'alice',
  user: 'alice@example.com',
  groups: ['analysts'],
  act: [],
  azp: null,
  purpose: null,
  method: 'oidc',
  acr: null,
  authTime: null,
  claims: {},
  jti: null,
  sid: null,
  expiresAt: Number.MAX_SAFE_INTEGER,
};
const carol = { iss: 'https://issuer', sub: 'carol', user: 'carol@example.com' };
const requirement = {
  rule: 'bulk',
  owner: null,
  reviewers: { groups: ['privacy'], users: [] },
  quorum: 1,
  stepUp: null,
} as const;
const operation: Operation = {
  target: 'crm',
  protocol: 'postgres',
  effect: 'read',
  verb: 'SELECT',
  kinds: ['select'],
  objects: ['crm.public.customers'],
  reads: ['email'],
  writes: [],
  attributes: {},
  capabilities: [],
};

function ask(of: string, over: Partial<ApprovalAsk> = {}): ApprovalAsk {
  return {
    id: ulid(Date.now()),
    operation: ulid(Date.now()),
    session: 'S',
    target: 'crm',
    protocol: 'postgres',
    digest: digest(of),
    principal: alice,
    demand: { requirements: [requirement], hold: 60_000, expires: 600_000, inTransaction: false },
    review: {
      target: 'crm',
      protocol: 'postgres',
      effect: 'read',
      verb: 'SELECT',
      statement: `SELECT '${of}'`,
      parameters: [],
      objects: operation.objects,
      reads: ['email'],
      writes: [],
      estimatedRows: null,
      diff: null,
      notes: [],
      requester: { iss: alice.iss, sub: alice.sub, user: alice.user },
      act: [],
      purpose: null,
      rules: ['bulk'],
      rowsOut: null,
    },
    rows: false,
    policy: POLICY,
    ...over,
  };
}

describe('the approvals of the audit database', () => {
  let postgres: TestPostgres;
  let folder: string;
  let gatewayDatabase: AuditDatabase;
  let controlDatabase: AuditDatabase;
  let store: CountingStore;
  let control: ApprovalStore;
  let approvals: StoredApprovals;
  let revoked: string[];
  let swept: number;
  const links: ApprovalsLink[] = [];
  const feeds: ApprovalFeed[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    await runMigrations(postgres.url);
    await ensureLogins(
      postgres.url,
      (['gateway', 'control'] as const).map((group) => ({ name: `${group}_login`, password: 'x', group })),
    );
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-approvals-'));
    gatewayDatabase = new AuditDatabase(postgres.urlFor('gateway_login'), 4);
    controlDatabase = new AuditDatabase(postgres.urlFor('control_login'), 4);
    store = new CountingStore(gatewayDatabase);
    control = new ApprovalStore(controlDatabase);
    approvals = new StoredApprovals({
      store,
      keys: new KeyStore({ folder }),
      tenant: 'default',
      epoch: 'e'.repeat(32),
      logger,
    });
    revoked = [];
    swept = 0;
    approvals.whenRevoked((id) => revoked.push(id));
  });
  afterEach(async () => {
    for (const link of links.splice(0)) await link.stop();
    for (const feed of feeds.splice(0)) await feed.stop();
    await gatewayDatabase.close();
    await controlDatabase.close();
    rmSync(folder, { recursive: true, force: true });
  });
  afterAll(() => postgres.stop());

  const feed = (): ApprovalFeed => new ApprovalFeed(postgres.urlFor('gateway_login'), (id) => approvals.told(id));
  const linked = async (): Promise<void> => {
    const link = new ApprovalsLink({
      approvals,
      feed: feed(),
      gate: { revoked: (id) => void revoked.push(id), sweep: () => void swept++ },
      versions: new PolicyVersions(new PolicyVersionStore(gatewayDatabase), 'spec', logger),
      policy: { current: compilePolicy([]) },
    });
    links.push(link);
    await link.start();
  };
  const decide = async (id: string, decision: 'approve' | 'deny', reason: string | null = null): Promise<void> => {
    const { rendering = '' } = (await control.get(id)) ?? {};
    await control.decide(id, { by: carol, decision, rules: ['bulk'], reason, rendering }, () =>
      decision === 'approve' ? 'complete' : 'deny',
    );
  };
  const never = (): AbortSignal => new AbortController().signal;
  const grantAccess = async (scope: AccessScope, unmask: readonly string[] = []): Promise<string> => {
    const { iss, sub, user, groups, act, azp, purpose } = alice;
    const requester: Requester = { iss, sub, user, groups, act, azp, purpose };
    const { id } = await control.requestAccess({
      id: ulid(Date.now()),
      requester,
      requirements: [requirement],
      scope,
      duration: 600_000,
      decideWithin: 600_000,
      reason: 'month end',
      unmask,
      policy: POLICY,
    });
    await decide(id, 'approve');
    return id;
  };

  it('are refused, not waited for, while the database is down; who left meanwhile is told later', async () => {
    const first = ask('left while down');
    const { id } = await approvals.request(first);
    await postgres.crash();
    await expect(approvals.request(ask('asked while down'))).rejects.toThrow();
    await expect(approvals.consume(id, first.digest, first.operation, 'S')).rejects.toThrow();
    await approvals.leave(id, first.operation, 'cancelled');
    await approvals.looked();
    expect(approvals.down).toBe(true);
    await postgres.start();
    await vi.waitFor(async () => {
      await approvals.looked();
      expect((await control.get(id))?.state).toBe('withdrawn');
    }, LONG);
    expect(approvals.down).toBe(false);
  });

  it('are used once, and only by what they were given for', async () => {
    const asked = ask('used once');
    const { id, state } = await approvals.request(asked);
    expect(state).toBe('pending');
    await decide(id, 'approve');
    expect(await approvals.consume(id, digest('something else'), asked.operation, 'S')).toBeNull();
    expect(await approvals.consume(id, asked.digest, asked.operation, 'S')).toEqual({ approval: id, unmask: [] });
    expect(await approvals.consume(id, asked.digest, ulid(Date.now()), 'S')).toBeNull();
    expect((await control.get(id))?.usedBy).toMatchObject([
      { useNo: 1, epoch: 'e'.repeat(32), operation: asked.operation },
    ]);
  });

  it('wake who waits when told of a decision, with nobody looking by the clock', async () => {
    const only = feed();
    feeds.push(only);
    only.start();
    const { id, shared } = await approvals.request(ask('woken'));
    expect(shared).toBe(false);
    const settled = approvals.settled(id, never());
    await approvals.looked();
    await decide(id, 'deny', 'not this month');
    expect(await settled).toMatchObject({ id, state: 'denied', by: carol.user, reason: 'not this month' });
  });

  it('wake who waits by looking, with nobody telling', async () => {
    const { id } = await approvals.request(ask('looked at'));
    const settled = approvals.settled(id, never());
    await decide(id, 'approve');
    await approvals.looked();
    expect((await settled).state).toBe('approved');
  });

  it('go on being waited for through a restart of the database', async () => {
    await linked();
    const { id } = await approvals.request(ask('restarted'));
    let standing: Standing | null = null;
    void approvals.settled(id, never()).then((now) => (standing = now));
    await postgres.crash();
    await vi.waitFor(() => expect(approvals.down).toBe(true), LONG);
    expect(standing).toBeNull();
    await postgres.start();
    await vi.waitFor(() => decide(id, 'approve'), LONG);
    await vi.waitFor(() => expect(standing).toMatchObject({ id, state: 'approved' }), LONG);
  });

  it('end a wait with how they stood last when the client gives up while the database is down', async () => {
    const { id } = await approvals.request(ask('given up'));
    await postgres.crash();
    const stop = new AbortController();
    const settled = approvals.settled(id, stop.signal);
    stop.abort('patience');
    expect(await settled).toMatchObject({ id, state: 'pending' });
    await postgres.start();
  });

  it('are looked at with one question, however many are waited for', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, (_, i) => approvals.request(ask(`many ${i}`))));
    const settled = Promise.all(all.map(({ id }) => approvals.settled(id, never())));
    await approvals.looked();
    store.asked.length = 0;
    await approvals.looked();
    expect(store.asked).toEqual([200]);
    for (const { id } of all) await decide(id, 'approve');
    store.asked.length = 0;
    await approvals.looked();
    expect(store.asked).toEqual([200]);
    expect(new Set((await settled).map(({ state }) => state))).toEqual(new Set(['approved']));
    await approvals.looked();
    expect(store.asked).toEqual([200]);
  });

  it('given ahead of time cover what they say until they are revoked, and what runs by them is told', async () => {
    await linked();
    const id = await grantAccess({ targets: ['crm'], reads: ['email'] }, ['email']);
    const covering = () => approvals.covering(alice, operation, Date.now());
    await vi.waitFor(() => expect(covering()).toMatchObject({ approval: id, unmask: ['email'], loud: false }), LONG);
    expect(approvals.covering(alice, { ...operation, reads: ['email', 'name'] }, Date.now())).toBeNull();
    expect(approvals.covering({ ...alice, act: ['autogen'] }, operation, Date.now())).toBeNull();
    await control.revoke(id, carol, 'enough');
    await vi.waitFor(() => expect(covering()).toBeNull(), LONG);
    await vi.waitFor(() => expect(revoked).toContain(id), LONG);
    await vi.waitFor(() => expect(swept).toBeGreaterThan(0), LONG);
  });

  it('given ahead of time go on covering while the database is down, and end by their own clock', async () => {
    const id = await grantAccess({ targets: ['crm'] });
    await approvals.looked();
    await postgres.crash();
    await approvals.looked();
    const { until = 0 } = approvals.covering(alice, operation, Date.now()) ?? {};
    expect(approvals.covering(alice, operation, until - 1)?.approval).toBe(id);
    expect(approvals.covering(alice, operation, until)).toBeNull();
    await postgres.start();
  });

  it('that are revoked while something runs by them are told of, also when they are used up', async () => {
    await linked();
    const asked = ask('revoked while it runs');
    const { id } = await approvals.request(asked);
    await decide(id, 'approve');
    expect(await approvals.consume(id, asked.digest, asked.operation, 'S')).not.toBeNull();
    await control.revoke(id, carol, 'wrong person');
    await vi.waitFor(() => expect(revoked).toContain(id), LONG);
  });

  it('hash with a key that stays, and no other store has', () => {
    const bytes = Buffer.from('SELECT 1');
    expect(approvals.hash(bytes)).toMatch(/^[0-9a-f]{64}$/);
    const again = new StoredApprovals({ store, keys: new KeyStore({ folder }), tenant: 't', epoch: 'f', logger });
    expect(again.hash(bytes)).toBe(approvals.hash(bytes));
    const other = new KeyStore({ folder: join(folder, 'other') });
    expect(new StoredApprovals({ store, keys: other, tenant: 't', epoch: 'f', logger }).hash(bytes)).not.toBe(
      approvals.hash(bytes),
    );
  });

  it('keep each policy in force, also when the database was down at first', async () => {
    const policy = compilePolicy([{ name: `all ${ulid(Date.now())}`, on: { target: 'crm' }, effect: 'allow' }]);
    const versions = new PolicyVersions(new PolicyVersionStore(gatewayDatabase), 'root (spec)', logger);
    await postgres.crash();
    versions.keep(policy);
    await postgres.start();
    await vi.waitFor(async () => {
      const kept = await new PolicyVersionStore(controlDatabase).get(policy.hash);
      expect(kept).toMatchObject({ hash: policy.hash, source: 'file', by: 'root (spec)' });
      expect(kept?.rules).toEqual(policy.rules.map(({ rule }) => rule));
    }, LONG);
    versions.stop();
  });
});
