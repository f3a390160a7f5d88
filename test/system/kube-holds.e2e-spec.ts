import { until } from '../support/gateway.js';
import { KubeWorld, statusOf, type Ask } from '../support/kube-double/kube-world.js';
import type { RawAnswer, RawClient } from '../support/kube-double/raw-client.js';

// Requests to a cluster that wait for people in flight. Who decides is carol, of the group privacy.

const approval = (hold: string): string =>
  `{ reviewers: { groups: [privacy] }, quorum: 1, hold: ${hold}, expires: 15m }`;
const held = (name: string, on: string, hold = '60s'): string =>
  `  - { name: ${name}, on: { target: double, ${on} }, effect: hold, approval: ${approval(hold)} }\n`;
const rules =
  held('reads of one secret', 'kubernetes: { resources: [secrets], names: [db] }') +
  held('writes to the settings', 'does: [write], kubernetes: { resources: [configmaps], namespaces: [team-a] }') +
  held('short waits', 'kubernetes: { resources: [serviceaccounts], verbs: [get] }', '1s') +
  held('commands', 'kubernetes: { resources: [pods/exec] }') +
  held('watches of widgets', 'kubernetes: { resources: [widgets], verbs: [watch] }');

const TEAM = '/api/v1/namespaces/team-a';
const settings = `${TEAM}/configmaps/settings`;
const MERGE = ['Content-Type: application/merge-patch+json'];
const exec = (...command: string[]): string =>
  `${TEAM}/pods/web-0/exec?stdout=true&stderr=true&${command.map((word) => `command=${encodeURIComponent(word)}`).join('&')}`;

interface Approval {
  readonly id: string;
  readonly state: string;
  readonly rendering: string;
  readonly text: string;
  readonly waits: readonly { readonly why: string | null }[];
}

let world: KubeWorld;
/** approvals of earlier specs */
const known = new Set<string>();

beforeAll(async () => {
  world = await KubeWorld.start({}, rules);
});
afterEach(() => world?.isUnharmed());
afterAll(() => world?.stop());

async function rest<T>(path: string, name = 'carol', post?: object): Promise<T> {
  const { status, body } = await world.gateway.call(path, name, post);
  if (status >= 300) throw new Error(`${path} is answered with ${status}: ${JSON.stringify(body)}`);
  return body as T;
}

const shown = (id: string): Promise<Approval> => rest(`/v1/approvals/${id}`);

/** The approval that is asked for now, and was not before. */
async function asked(): Promise<Approval> {
  let found: string | undefined;
  await until('somebody is asked', 20_000, async () => {
    const { items } = await rest<{ readonly items: readonly { readonly id: string }[] }>('/v1/approvals?state=pending');
    found = items.map(({ id }) => id).find((id) => !known.has(id));
    return found !== undefined;
  });
  known.add(found!);
  return shown(found!);
}

async function decide({ id }: Pick<Approval, 'id'>, decision: 'approve' | 'deny', more: object = {}): Promise<void> {
  const { rendering } = await shown(id);
  const why = decision === 'deny' ? { reason: 'No.' } : {};
  await rest(`/v1/approvals/${id}/decision`, 'carol', { decision, rendering, ...why, ...more });
}

async function becomes(id: string, state: string): Promise<Approval> {
  await until(`approval ${id} is ${state}`, 20_000, async () => (await shown(id)).state === state);
  return shown(id);
}

/** Sends a request that is held, and answers with its client and what is asked. */
async function hold(line: string, ask: Ask = {}): Promise<{ client: RawClient; approval: Approval }> {
  const client = await world.begin(line, ask);
  return { client, approval: await asked() };
}

const patch = (data: object): { line: string; ask: Ask } => ({
  line: `PATCH ${settings}`,
  ask: { lines: MERGE, body: JSON.stringify({ data }) },
});
const stored = (): unknown => world.double.get('v1', 'ConfigMap', 'team-a', 'settings')?.['data'];

/** What reached the double but questions of the gateway itself. */
const writes = (seen: readonly { readonly method: string; readonly target: string }[]): readonly string[] =>
  seen
    .filter(({ method, target }) => method !== 'GET' && !target.includes('dryRun=All'))
    .map(({ method, target }) => `${method} ${target}`);

function approvalOf(answer: RawAnswer): string | undefined {
  const { details } = statusOf(answer);
  return details?.causes?.find(({ reason }) => reason === 'Approval')?.message;
}

describe('a request that is held', () => {
  it('waits, with others going on, and gets its answer once it is approved', async () => {
    const { client, approval } = await hold(`GET ${TEAM}/secrets/db`);
    expect((await world.ask(`GET ${settings}`)).status).toBe(200);
    await decide(approval, 'approve');
    const answer = await client.answer();
    expect(answer.status).toBe(200);
    expect(answer.body).not.toContain(Buffer.from('hunter2-canary').toString('base64'));
    expect((await becomes(approval.id, 'used')).state).toBe('used');
  });

  it('may show its answer unmasked where that was approved, and the record stays masked', async () => {
    const { client, approval } = await hold(`GET ${TEAM}/secrets/db`);
    await decide(approval, 'approve', { unmask: ['secret'] });
    const answer = await client.answer();
    const password = Buffer.from('hunter2-canary').toString('base64');
    expect(JSON.parse(answer.body)).toMatchObject({ data: { password } });
    const operation = await world.gateway.recorded({ object: 'double.team-a/secrets/db', person: 'alice@example.com' });
    expect(JSON.stringify(operation)).not.toContain(password);
  });

  it('that is denied is told why, and nothing of it reached the cluster', async () => {
    const { line, ask } = patch({ mode: 'red' });
    const seen = await world.during(async () => {
      const { client, approval } = await hold(line, ask);
      expect(approval.text).toContain('- data.mode: "blue"');
      expect(approval.text).toContain('+ data.mode: "red"');
      await decide(approval, 'deny', { reason: 'Not before Monday.' });
      const status = statusOf(await client.answer());
      expect(status).toMatchObject({ code: 403, reason: 'ApprovalDenied' });
      expect(status.message).toContain('Not before Monday.');
    });
    expect(writes(seen)).toEqual([]);
    expect(stored()).toMatchObject({ mode: 'blue' });
  });

  it('past the time is told the approval, and passes once when it is sent again', async () => {
    const line = `GET ${TEAM}/serviceaccounts/default`;
    const first = await world.ask(line);
    expect(statusOf(first)).toMatchObject({ code: 403, reason: 'ApprovalRequired' });
    expect(first.headers).not.toHaveProperty('retry-after');
    const id = approvalOf(first)!;
    known.add(id);
    expect(statusOf(first).message).toContain('Send the same operation again after it is approved');
    await decide({ id }, 'approve');
    expect((await world.ask(`${line}?timeout=20s`)).status).toBe(200);
    await becomes(id, 'used');
    const third = await world.ask(line);
    expect(approvalOf(third)).not.toBe(id);
    known.add(approvalOf(third)!);
  });

  it('whose client leaves is withdrawn', async () => {
    const { line, ask } = patch({ mode: 'red' });
    const { client, approval } = await hold(line, ask);
    client.destroy();
    const { waits } = await becomes(approval.id, 'withdrawn');
    expect(waits.map(({ why }) => why)).toEqual(['disconnected']);
    expect(stored()).toMatchObject({ mode: 'blue' });
  });

  it('runs once, however many wait for the same', async () => {
    const { line, ask } = patch({ once: 'yes' });
    const seen = await world.during(async () => {
      const { client, approval } = await hold(line, ask);
      const others = await Promise.all([world.begin(line, ask), world.begin(line, ask)]);
      await until('all three wait', 20_000, async () => (await shown(approval.id)).waits.length === 3);
      await decide(approval, 'approve');
      // the others are asked for anew, or told that it is not the same any more
      const answers = Promise.all([client, ...others].map((each) => each.answer()));
      let waiting = true;
      void answers.finally(() => (waiting = false)).catch(() => undefined);
      while (waiting) {
        const { items } = await rest<{ readonly items: readonly { readonly id: string }[] }>(
          '/v1/approvals?state=pending',
        );
        for (const { id } of items.filter((each) => !known.has(each.id))) {
          known.add(id);
          // its client may have been told meanwhile
          await decide({ id }, 'deny').catch(() => undefined);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const codes = (await answers).map(({ status }) => status);
      expect(codes.toSorted((a, b) => a - b)).toEqual([200, 403, 403]);
    });
    expect(writes(seen)).toHaveLength(1);
  });
});

describe('what was approved is what runs', () => {
  it.each([
    ['body', (): Ask => ({ lines: MERGE, body: '{"data":{"mode":"green"}}' }), ''],
    ['query', (): Ask => ({ lines: MERGE, body: '{"data":{"mode":"red"}}' }), '?fieldValidation=Strict'],
    ['person', (): Ask => ({ as: 'bob', lines: MERGE, body: '{"data":{"mode":"red"}}' }), ''],
    [
      'agent',
      (): Ask => {
        const token = world.gateway.token('alice', { act: { sub: 'autogen' } });
        return { as: '', lines: [...MERGE, `Authorization: Bearer ${token}`], body: '{"data":{"mode":"red"}}' };
      },
      '',
    ],
  ])('not with another %s', async (_, other, query) => {
    const { line, ask } = patch({ mode: 'red' });
    const seen = await world.during(async () => {
      const first = await hold(line, ask);
      const second = await hold(`${line}${query}`, other());
      await decide(second.approval, 'deny');
      expect(statusOf(await second.client.answer()).reason).toBe('ApprovalDenied');
      first.client.destroy();
      await becomes(first.approval.id, 'withdrawn');
    });
    expect(writes(seen)).toEqual([]);
  });

  it('not on another object of that name', async () => {
    const make = (): void =>
      void world.double.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'brief', namespace: 'team-a' } });
    make();
    const seen = await world.during(async () => {
      const { client, approval } = await hold(`DELETE ${TEAM}/configmaps/brief`);
      world.double.remove('v1', 'ConfigMap', 'team-a', 'brief');
      make();
      await decide(approval, 'approve');
      expect(statusOf(await client.answer()).message).toContain('is not for this operation any more');
    });
    expect(writes(seen)).toEqual([]);
    world.double.remove('v1', 'ConfigMap', 'team-a', 'brief');
  });

  it('not with other arguments of a command', async () => {
    const seen = await world.during(async () => {
      const first = world.upgrade(exec('echo', 'a b'));
      const one = await asked();
      const second = world.upgrade(exec('echo', 'a', 'b'));
      const other = await asked();
      expect(other.id).not.toBe(one.id);
      await decide(other, 'deny');
      expect(statusOf((await second).answer).reason).toBe('ApprovalDenied');
      await decide(one, 'approve');
      const { client, answer } = await first;
      expect(answer.status).toBe(101);
      expect((await client.output())[1]).toBe('a b\n');
    });
    expect(seen.filter(({ target }) => target.includes('/exec'))).toHaveLength(1);
  });
});

describe('access that was given ahead of time', () => {
  it('lets a watch run until it is revoked, which its client is told', async () => {
    const scope = {
      targets: ['double'],
      does: ['read'],
      objects: ['double.team-a/widgets.example.test/*'],
      // whatever holds pod templates may hold their secrets
      reads: ['secret'],
    };
    const { id } = await rest<{ readonly id: string }>('/v1/access-requests', 'alice', {
      scope,
      duration: '30m',
      reason: 'to see them change',
    });
    known.add(id);
    await decide({ id }, 'approve');
    const line = 'GET /apis/example.test/v1/namespaces/team-a/widgets';
    let client: RawClient | null = null;
    await until('the grant is known everywhere', 20_000, async () => {
      const tried = await world.begin(`${line}?watch=1&timeout=3s`);
      const { status } = await tried.head();
      if (status === 200) client = tried;
      else tried.destroy();
      return status === 200;
    });
    expect(await client!.chunks('"name":"left"')).toContain('ADDED');
    await rest(`/v1/approvals/${id}/revoke`, 'carol', { reason: 'seen enough' });
    const last = (await client!.chunks()).trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject({ type: 'ERROR', object: { message: expect.stringContaining('revoked') } });
    await world.noStreamLeft();
  });
});
