import { Gate } from './gate.js';
import type { GateSession } from './gate-session.js';
import type { LaneSinks, SessionLane } from './session-lane.js';
import { bodyOf, MemoryJournal } from './testing/memory-journal.js';
import { sampleChunk, sampleDecision, sampleDescribed, sampleEnd, sampleOpening } from './testing/samples.js';

/** What went where through one lane, in order. */
class Exchange implements LaneSinks {
  readonly log: string[] = [];

  toTarget(chunks: readonly Uint8Array[]): void {
    this.log.push(`target ${chunks.map(String).join('')}`);
  }

  toClient(chunks: readonly Uint8Array[]): void {
    this.log.push(`client ${chunks.map(String).join('')}`);
  }

  resumed(): void {
    this.log.push('resumed');
  }

  end({ code }: { readonly code: string }): void {
    this.log.push(`end ${code}`);
  }
}

function stage(): { journal: MemoryJournal; gate: Gate; session: GateSession } {
  const journal = new MemoryJournal();
  let ids = 0;
  const gate = new Gate({
    journal,
    decide: () => sampleDecision(),
    denied: () => null,
    now: () => 1_000,
    newId: () => `op-${(ids += 1)}`,
    after: () => () => undefined,
    approvals: null,
  });
  return { journal, gate, session: gate.openSession(sampleOpening({ aheadBytes: 10 })) };
}

const write = sampleDescribed({ harmless: false });
const read = sampleDescribed();
const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

function admitted(lane: SessionLane, described = read) {
  const { admission } = lane.admit(described, []);
  if (admission === null) throw new Error('refused');
  return admission;
}

describe('a session of several exchanges', () => {
  it('has no lane any more once it is closed, and records its close once', () => {
    const { journal, session } = stage();
    session.close('client');
    session.close('expired');
    expect(() => session.lane(new Exchange())).toThrow('closed');
    expect(journal.events.map(({ kind }) => kind)).toEqual(['session.open', 'session.close']);
  });

  it('lets nothing to a client before its opening is durable, whichever lane it leaves by', () => {
    const { journal, session } = stage();
    const exchange = new Exchange();
    const lane = session.lane(exchange);
    lane.release(lane.receipt(), bytes('early'));
    expect(exchange.log).toEqual([]);
    journal.flush();
    expect(exchange.log).toEqual(['client early']);
  });

  it('lets one exchange wait without holding up another', () => {
    const { journal, session } = stage();
    journal.flush();
    const [slow, quick] = [new Exchange(), new Exchange()];
    const [one, other] = [session.lane(slow), session.lane(quick)];
    one.forward(admitted(one, write), bytes('write'));
    other.forward(admitted(other), bytes('read'));
    expect([slow.log, quick.log]).toEqual([[], ['target read']]);
    journal.flush();
    expect(slow.log).toEqual(['target write']);
  });

  it('ends all its exchanges with a refusal, each once', () => {
    const { session } = stage();
    const exchanges = [new Exchange(), new Exchange()];
    for (const exchange of exchanges) session.lane(exchange);
    const refusal = {
      code: 'revoked',
      message: '',
      hint: null,
      retry: 'never',
      rule: null,
      operation: '',
      fatal: true,
    };
    session.end(refusal as Parameters<GateSession['end']>[0]);
    session.end(refusal as Parameters<GateSession['end']>[0]);
    expect(exchanges.map(({ log }) => log)).toEqual([['end revoked'], ['end revoked']]);
  });

  it('counts what its exchanges did, those that left and those under way', () => {
    const { journal, session } = stage();
    const [one, other] = [session.lane(new Exchange()), session.lane(new Exchange())];
    one.result(admitted(one), sampleChunk({ rows: 3 }), sampleEnd());
    session.leave(one);
    session.leave(one);
    other.result(admitted(other), sampleChunk({ rows: 4 }), sampleEnd());
    expect(session.lanes).toBe(1);
    session.close('client');
    expect(journal.events.at(-1)).toMatchObject({ kind: 'session.close', members: { ops: 2, rows: 7 } });
  });

  it('lets out what an exchange released before it left, then tells all who wait for that, and forgets it', () => {
    const { journal, gate, session } = stage();
    journal.flush();
    const exchange = new Exchange();
    const lane = session.lane(exchange);
    lane.release(lane.result(admitted(lane), sampleChunk(), sampleEnd()), bytes('last'));
    lane.onceReleased(() => exchange.log.push('left'));
    session.close('expired');
    expect([exchange.log, gate.lanes.size]).toEqual([[], 1]);
    journal.flush();
    expect([exchange.log, gate.lanes.size]).toEqual([['client last', 'left'], 0]);
  });

  it('tells those who wait for the last bytes when the record fails, after the refusal, and forgets the exchange', () => {
    const { journal, gate, session } = stage();
    const exchange = new Exchange();
    const lane = session.lane(exchange);
    lane.release(lane.result(admitted(lane), sampleChunk(), sampleEnd()), bytes('last'));
    lane.onceReleased(() => exchange.log.push('left'));
    session.leave(lane);
    journal.poison();
    expect([exchange.log, gate.lanes.size]).toEqual([['end not-recordable', 'left'], 0]);
  });
});

describe('a step towards the target', () => {
  it('of a write is not taken before its intent is durable, and never once its exchange left', () => {
    const { journal, session } = stage();
    const steps: string[] = [];
    const [one, other] = [session.lane(new Exchange()), session.lane(new Exchange())];
    one.begin(admitted(one, write), () => steps.push('one'));
    other.begin(admitted(other, write), () => steps.push('other'));
    session.leave(other);
    expect(steps).toEqual([]);
    journal.flush();
    expect(steps).toEqual(['one']);
  });

  it('is not taken after the end of the record or of the session', () => {
    const { journal, session } = stage();
    const steps: string[] = [];
    const [one, other] = [session.lane(new Exchange()), session.lane(new Exchange())];
    const [first, second] = [admitted(one, write), admitted(other)];
    one.begin(first, () => steps.push('write'));
    session.close('client');
    other.begin(second, () => steps.push('late read'));
    journal.flush();
    journal.poison();
    expect(steps).toEqual([]);
  });

  it('of a proven read is taken at once, and behind what already waits', () => {
    const { journal, session } = stage();
    const exchange = new Exchange();
    const lane = session.lane(exchange);
    lane.begin(admitted(lane), () => exchange.log.push('read'));
    expect(exchange.log).toEqual(['read']);
    lane.forward(admitted(lane, write), bytes('write'));
    lane.begin(admitted(lane), () => exchange.log.push('later read'));
    expect(exchange.log).toEqual(['read']);
    journal.flush();
    expect(exchange.log).toEqual(['read', 'target write', 'later read']);
  });
});

describe('what a client sends into an operation', () => {
  it('reaches the target only once it is durable, in its order, with a number of its own', () => {
    const { journal, session } = stage();
    const exchange = new Exchange();
    const lane = session.lane(exchange);
    const admission = admitted(lane, write);
    journal.flush();
    lane.forwardAfter(lane.input(admission, sampleChunk({ bytes: 3, recorded: '[1,"i","ls"]' })), bytes('ls '));
    lane.forwardAfter(lane.input(admission, sampleChunk({ bytes: 2 })), bytes('-l'));
    expect(exchange.log).toEqual([]);
    journal.flush();
    expect(exchange.log).toEqual(['target ls -l']);
    const inputs = journal.events.filter(({ kind }) => kind === 'op.input');
    expect(inputs.map(({ members }) => members['chunk'])).toEqual([0, 1]);
    expect(bodyOf(inputs[0])).toMatchObject({ rows: [[1, 'i', 'ls']] });
  });

  it('stalls the client beyond the bound until it is durable', () => {
    const { journal, session } = stage();
    const exchange = new Exchange();
    const lane = session.lane(exchange);
    const admission = admitted(lane, write);
    journal.flush();
    lane.forwardAfter(lane.input(admission, sampleChunk()), bytes('x'.repeat(11)));
    expect(lane.stalled).toBe(true);
    journal.flush();
    expect([lane.stalled, exchange.log.at(-1)]).toEqual([false, 'resumed']);
  });

  it('does not reach the target once the exchange left or the record failed', () => {
    for (const happens of ['leave', 'poison'] as const) {
      const { journal, session } = stage();
      const exchange = new Exchange();
      const lane = session.lane(exchange);
      const admission = admitted(lane, write);
      journal.flush();
      lane.forwardAfter(lane.input(admission, sampleChunk()), bytes('rm'));
      if (happens === 'leave') session.leave(lane);
      else journal.poison();
      if (happens === 'leave') journal.flush();
      expect(exchange.log.filter((line) => line.startsWith('target'))).toEqual([]);
    }
  });
});
