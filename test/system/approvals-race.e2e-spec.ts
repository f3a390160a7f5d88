import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { until } from '../support/gateway.js';
import { KubeWorld } from '../support/kube-double/kube-world.js';
import { personOf } from '../support/quickstart.js';

/** `npm run nightly -- racers` runs a thousand. */
const RACERS = Number(process.env['SALLYPORT_RACERS'] ?? '60');
const PATIENCE_MS = 20_000 + RACERS * 100;

const rules = `  - name: commands in races
    on: { target: double, kubernetes: { resources: [pods/exec] } }
    effect: hold
    approval: { reviewers: { groups: [privacy] }, quorum: 1, hold: 1s, expires: 15m }
listen: { kubernetes: { workers: 2 } }
limits: { sessions: { total: 20000, perPerson: 20000 } }
`;
const command = '/api/v1/namespaces/team-a/pods/web-0/exec?stdout=true&stderr=true&command=echo&command=once';

let world: KubeWorld;
beforeAll(async () => {
  world = await KubeWorld.start({}, rules);
});
afterAll(() => world?.stop());

/** One attempt on a connection of its own. @returns status, and the reason of a refusal */
function attempt(ca: string): Promise<{ readonly status: number; readonly reason: string; readonly body: string }> {
  const { url } = (world.gateway.file as unknown as { readonly kubernetes: { readonly url: string } }).kubernetes;
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${world.path(command)}`, {
      ca,
      agent: false,
      headers: {
        Authorization: `Bearer ${personOf(world.gateway.file, 'alice').token}`,
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Protocol': 'v5.channel.k8s.io',
      },
    });
    asked.once('error', reject);
    asked.once('upgrade', (_, socket) => {
      socket.on('error', () => undefined).destroy();
      resolve({ status: 101, reason: '', body: '' });
    });
    asked.once('response', (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('end', () => {
        const { reason = '' } = JSON.parse(body) as { readonly reason?: string };
        resolve({ status: response.statusCode ?? 0, reason, body });
      });
    });
    asked.end();
  });
}

describe(`${RACERS} racers on one grant over two worker processes`, () => {
  it(
    'run it exactly once; everybody else is told to ask, and nobody is hurt',
    async () => {
      const ca = readFileSync(world.gateway.file.ca, 'utf8');
      expect(world.gateway.file.processes['kube-gateway']).toHaveLength(2);
      const first = await attempt(ca);
      expect(first).toMatchObject({ status: 403, reason: 'ApprovalRequired' });
      const list = await world.gateway.call('/v1/approvals?state=pending', 'carol');
      const [{ id, rendering }] = (list.body as { items: [{ id: string; rendering: string }] }).items;
      const decided = await world.gateway.call(`/v1/approvals/${id}/decision`, 'carol', {
        decision: 'approve',
        rendering,
      });
      expect(decided.status).toBeLessThan(300);
      const seen = await world.during(async () => {
        const answers = await Promise.all(Array.from({ length: RACERS }, () => attempt(ca)));
        expect(answers.filter(({ status }) => status === 101)).toHaveLength(1);
        const losers = answers.filter(({ status }) => status !== 101);
        // asked for anew; used up while they looked; or, in a crowd, the database of approvals did not answer in time
        const told = ['ApprovalRequired', 'Forbidden', 'ServiceUnavailable'];
        const unexpected = losers.filter(({ reason }) => !told.includes(reason));
        expect(unexpected.slice(0, 3)).toEqual([]);
      });
      expect(seen.filter(({ target }) => target.includes('/exec'))).toHaveLength(1);
      await until('the use is known', 20_000, async () => {
        const { body } = await world.gateway.call(`/v1/approvals/${id}`, 'carol');
        const { state, usedBy } = body as { readonly state: string; readonly usedBy: readonly unknown[] };
        return state === 'used' && usedBy.length === 1;
      });
      await world.isUnharmed();
    },
    PATIENCE_MS + 60_000,
  );
});
