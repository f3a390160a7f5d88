import { LINE_BYTES } from '@app/audit';
import { Gate } from './gate.js';
import type { LaneSinks } from './session-lane.js';
import { MemoryJournal, bodyOf } from './testing/memory-journal.js';
import { sampleDecision, sampleOpening, samplePrincipal } from './testing/samples.js';

const silent: LaneSinks = { toTarget: () => {}, toClient: () => {}, resumed: () => {}, end: () => {} };

function gateAndJournal(): { gate: Gate; journal: MemoryJournal } {
  const journal = new MemoryJournal();
  let ids = 0;
  const gate = new Gate({
    journal,
    decide: () => sampleDecision(),
    denied: () => null,
    now: () => 1_000,
    newId: () => `op-${++ids}`,
    after: () => () => undefined,
    approvals: null,
  });
  return { gate, journal };
}

const failure = {
  target: 'crm',
  protocol: 'wire',
  code: 'bad-token',
  reason: 'the signature is wrong',
  user: 'mallory',
  address: '192.0.2.7',
  method: 'password',
} as const;

describe('the gate', () => {
  it.each(['refusing', 'poisoned', 'closed'] as const)('opens no session while the record is %s', (state) => {
    const { gate, journal } = gateAndJournal();
    journal.state = state;
    expect(gate.accepting).toBe(false);
    expect(() => gate.open(sampleOpening(), silent)).toThrow(`the record is ${state}`);
    expect(gate.lanes.size).toBe(0);
    expect(journal.events).toEqual([]);
  });

  it('lets not a byte to the client before the opening of its session is durable', () => {
    const { gate, journal } = gateAndJournal();
    const out: string[] = [];
    const lane = gate.open(sampleOpening(), { ...silent, toClient: (chunks) => out.push(...chunks.map(String)) });
    lane.release(lane.receipt(), [Buffer.from('welcome')]);
    expect(out).toEqual([]);
    journal.flush();
    expect(out).toEqual(['welcome']);
  });

  it('tells in the line who only by a pseudonym, and in the body who it is', () => {
    const { gate, journal } = gateAndJournal();
    gate.open(sampleOpening(), silent);
    const [event] = journal.events;
    expect(event?.members).toEqual({
      s: '01JD0000000000000000000001',
      pid: expect.stringMatching(/^u_[\w-]{22}$/),
      act: ['autogen'],
      tgt: 'crm',
      proto: 'wire',
      auth: 'oidc',
      pur: { c: 'support', src: 'token' },
      up: { pid: 4711, start: '2026-11-22T12:00:00.000000Z' },
      release: 'durable',
    });
    expect(event?.entry.members).not.toContain('alice');
    expect(bodyOf(event)).toMatchObject({
      principal: { iss: 'https://login.example.com', sub: 'alice-1', user: 'alice@example.com', groups: ['analysts'] },
      client: { address: '127.0.0.1', port: 50_000, application: 'psql' },
      upstream: { host: 'db.example.com', user: 'sallyport_crm' },
    });
  });

  it('gives a person one pseudonym per epoch, and the same name at another issuer another', () => {
    const { gate, journal } = gateAndJournal();
    const open = (iss: string, sub: string): unknown => {
      gate.open(sampleOpening({ principal: samplePrincipal({ iss, sub }) }), silent);
      return journal.events.at(-1)?.members['pid'];
    };
    const alice = open('https://a.example', 'alice');
    expect(open('https://a.example', 'alice')).toBe(alice);
    expect(open('https://b.example', 'alice')).not.toBe(alice);
    expect(open('https://a.example', 'bob')).not.toBe(alice);
    const next = gateAndJournal();
    next.gate.open(sampleOpening({ principal: samplePrincipal({ iss: 'https://a.example', sub: 'alice' }) }), silent);
    expect(next.journal.events[0]?.members['pid']).not.toBe(alice);
  });

  it('keeps lines short whatever tokens, targets and clients are called', () => {
    const { gate, journal } = gateAndJournal();
    const long = '\0'.repeat(20_000);
    const principal = samplePrincipal({ act: Array.from({ length: 20 }, () => long), purpose: long });
    const upstream = { ...sampleOpening().upstream, start: long };
    gate.open(sampleOpening({ principal, target: long, upstream }), silent).close(long, 1);
    gate.loginFailed({ ...failure, target: long, code: long }, 'session-2');
    expect(journal.events).toHaveLength(3);
    for (const { entry } of journal.events) expect(Buffer.byteLength(entry.members)).toBeLessThan(LINE_BYTES - 1_024);
  });

  it('records a failed login, and keeps silent about it when the record has failed', () => {
    const { gate, journal } = gateAndJournal();
    gate.loginFailed(failure, 'session-1');
    expect(journal.events[0]).toMatchObject({
      kind: 'auth.fail',
      members: { s: 'session-1', tgt: 'crm', proto: 'wire', why: 'bad-token' },
    });
    expect(bodyOf(journal.events[0])).toEqual({
      user: 'mallory',
      database: 'crm',
      address: '192.0.2.7',
      method: 'password',
      reason: 'the signature is wrong',
    });
    journal.poison();
    expect(() => gate.loginFailed(failure, 'session-2')).not.toThrow();
    expect(journal.events).toHaveLength(1);
  });

  it('does not record a token that somebody typed in the place of a name', () => {
    const { gate, journal } = gateAndJournal();
    const token = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
    gate.loginFailed({ ...failure, user: token, target: `"${token}"` }, 'session-1');
    const [event] = journal.events;
    expect(event?.entry.members).not.toContain('eyJ');
    expect(bodyOf(event)).toMatchObject({ user: '(a token in the place of a name)' });
    expect(JSON.stringify(bodyOf(event))).not.toContain('eyJ');
  });

  it('forgets a session that is over, and ends no session once it is closed itself', () => {
    const { gate, journal } = gateAndJournal();
    let ends = 0;
    const counting = { ...silent, end: () => (ends += 1) };
    const over = gate.open(sampleOpening(), counting);
    gate.forget(over);
    gate.open(sampleOpening({ session: 'session-2' }), counting);
    expect(gate.lanes.size).toBe(1);
    gate.close();
    journal.poison();
    expect(ends).toBe(0);
  });
});
