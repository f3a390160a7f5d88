import type { Socket } from 'node:net';
import { Secret } from '@app/platform';
import type { KubernetesTarget } from '@app/targets';
import type { SessionAsk } from './kube-sessions.js';
import { alice, GatewayWorld, until } from './testing/gateway-world.js';

const world = new GatewayWorld((_req, res) => void res.end());
const target = (name: string): KubernetesTarget => ({
  kind: 'kubernetes',
  name,
  release: 'durable',
  record: 'none',
  kubernetes: { kubeconfig: new Secret('{}'), identity: 'service-account', hosts: [] },
});
const [prod, test] = [target('prod'), target('test')];
const person = alice();

async function connected(): Promise<Socket> {
  const socket = world.connect();
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

function ask(socket: Socket, changes: Partial<SessionAsk> = {}): SessionAsk {
  return { principal: person, target: prod, socket, invocation: null, application: 'kubectl', about: {}, ...changes };
}

const closes = (): unknown[] => world.journal.lines('session.close').map(({ s, why }) => [s, why]);

beforeAll(() => world.start());
afterAll(() => world.stop());

describe('the sessions of a gateway', () => {
  it('are never shared by principals, targets, connections or invocations', async () => {
    const [one, other] = [await connected(), await connected()];
    const asks = [
      ask(one),
      ask(one, { principal: alice() }),
      ask(one, { target: test }),
      ask(other),
      ask(one, { invocation: 'a' }),
      ask(one, { invocation: 'b' }),
      // a client cannot name the session of a connection
      ask(other, { invocation: 's1' }),
    ];
    const sessions = asks.map((each) => world.sessions.of(each));
    expect(new Set(sessions).size).toBe(asks.length);
    expect(asks.map((each) => world.sessions.of(each))).toEqual(sessions);
    expect(world.sessions.of(ask(other, { invocation: 'a' }))).toBe(sessions[4]);
    for (const session of sessions) world.sessions.finish(session, 'shutdown', '');
    expect(world.sessions.size).toBe(0);
  });

  it('do not outlive a client that had left before its session was opened', async () => {
    const socket = await connected();
    socket.destroy();
    await until(
      () => socket.closed,
      () => 'the end of the connection',
    );
    const session = world.sessions.of(ask(socket));
    world.sessions.sweep(Date.now());
    expect(session.gate.closed).toBe(true);
    expect(closes()).toContainEqual([session.gate.facts.session, 'client']);
  });

  it('end with their connection, but not while something of it is under way', async () => {
    const socket = await connected();
    const [quiet, busy] = [world.sessions.of(ask(socket)), world.sessions.of(ask(socket, { target: test }))];
    const exchange = { terminate: () => undefined };
    busy.exchanges.add(exchange);
    socket.destroy();
    await until(
      () => quiet.gate.closed,
      () => 'the end of the quiet session',
    );
    world.sessions.sweep(Date.now() + 3_600_000);
    expect(busy.gate.closed).toBe(false);
    busy.exchanges.delete(exchange);
    world.sessions.left(busy);
    expect(busy.gate.closed).toBe(true);
  });

  it('of an invocation end when it was idle for a while, those of a connection do not', async () => {
    const socket = await connected();
    const invocation = world.sessions.of(ask(socket, { invocation: 'idle' }));
    const connection = world.sessions.of(ask(socket));
    world.sessions.sweep(Date.now() + 9_000);
    expect(invocation.gate.closed).toBe(false);
    world.sessions.sweep(Date.now() + 11_000);
    expect([invocation.gate.closed, connection.gate.closed]).toEqual([true, false]);
    expect(world.sessions.of(ask(socket, { invocation: 'idle' }))).not.toBe(invocation);
  });

  it('tell their exchanges why they end, and close after the last one, once', async () => {
    const socket = await connected();
    const session = world.sessions.of(ask(socket));
    const told: string[] = [];
    const exchange = { terminate: (message: string) => void told.push(message) };
    session.exchanges.add(exchange);
    world.sessions.finish(session, 'revoked', 'It was revoked.');
    world.sessions.finish(session, 'expired', 'It expired.');
    expect([told, session.gate.closed]).toEqual([['It was revoked.'], false]);
    // what comes now is a session of its own
    expect(world.sessions.of(ask(socket))).not.toBe(session);
    session.exchanges.delete(exchange);
    world.sessions.left(session);
    const id = session.gate.facts.session;
    expect(closes().filter((each) => (each as unknown[])[0] === id)).toEqual([[id, 'revoked']]);
  });

  it('close in the end whatever their exchanges do', async () => {
    const session = world.sessions.of(ask(await connected()));
    session.exchanges.add({ terminate: () => undefined });
    world.sessions.finish(session, 'expired', '');
    world.sessions.sweep(Date.now() + 5_000);
    expect(session.gate.closed).toBe(false);
    world.sessions.sweep(Date.now() + 7_000);
    expect(session.gate.closed).toBe(true);
  });
});
