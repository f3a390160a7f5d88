import type { DenyEntry } from '@app/identity';
import type { Decision } from '@app/policy';
import type { DescribedOperation } from './described.js';
import { Gate } from './gate.js';
import type { SessionOpening } from './session-record.js';
import type { Refusal } from './refusal.js';
import type { SessionLane, Verdict } from './session-lane.js';
import { MemoryJournal, bodyOf } from './testing/memory-journal.js';
import {
  sampleChunk,
  sampleDecision,
  sampleDescribed,
  sampleEnd,
  sampleOpening,
  sampleOperation,
  samplePrincipal,
} from './testing/samples.js';

const read = sampleDescribed();
const write = sampleDescribed({
  operation: sampleOperation({ effect: 'write', verb: 'UPDATE', kinds: ['update'] }),
  harmless: false,
  statement: 'UPDATE customers SET name = $1',
});

/** One session on a journal that is as far as the test says. */
class Stage {
  readonly journal = new MemoryJournal();
  readonly toTarget: string[] = [];
  readonly toClient: string[] = [];
  readonly ends: Refusal[] = [];
  resumed = 0;
  now = 1_000;
  decision: Decision = sampleDecision();
  denied: DenyEntry | null = null;
  decided = 0;
  #ids = 0;
  readonly gate = new Gate({
    journal: this.journal,
    decide: () => {
      this.decided += 1;
      return this.decision;
    },
    denied: () => this.denied,
    now: () => this.now,
    newId: () => `op-${++this.#ids}`,
    after: () => () => undefined,
    approvals: null,
  });
  readonly lane: SessionLane;

  constructor(opening: Partial<SessionOpening> = {}) {
    const told = (chunks: readonly Uint8Array[]): string[] => chunks.map((chunk) => Buffer.from(chunk).toString());
    this.lane = this.gate.open(sampleOpening(opening), {
      toTarget: (chunks) => this.toTarget.push(...told(chunks)),
      toClient: (chunks) => this.toClient.push(...told(chunks)),
      resumed: () => (this.resumed += 1),
      end: (refusal) => this.ends.push(refusal),
    });
    this.journal.flush();
  }

  admitted(described: DescribedOperation, parameters: readonly string[] = []) {
    const { admission } = this.lane.admit(described, parameters);
    if (admission === null) throw new Error('an admission was expected');
    return admission;
  }

  kinds(): string[] {
    return this.journal.events.map(({ kind }) => kind);
  }

  last() {
    return this.journal.events.at(-1);
  }
}

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

function refusalOf(verdict: Verdict): Refusal {
  if (verdict.refusal === null) throw new Error('a refusal was expected');
  return verdict.refusal;
}

describe('a lane refuses', () => {
  const denied = sampleDecision({ effect: 'deny', rules: ['no exports'], message: 'Exports are for the night.' });
  const byDefault = sampleDecision({ effect: 'deny', rules: [], message: null, code: 'default-deny' });
  const held = sampleDecision({ effect: 'deny', rules: ['bulk'], message: 'Held.', code: 'approvals-not-configured' });
  const unmaskable: DescribedOperation = {
    ...read,
    refusal: {
      code: 'masking',
      message: 'count(email) is not a plain column.',
      hint: 'Select the column.',
      retry: 'after-change',
    },
  };
  const unreadable: DescribedOperation = {
    ...read,
    refusal: { code: 'unreadable', message: 'syntax error', hint: null, retry: 'after-change' },
  };
  const entry: DenyEntry = { iss: 'https://login.example.com', kind: 'sub', value: 'alice-1', expires: null };

  it.each<[string, DescribedOperation, (stage: Stage) => void, Partial<Refusal>]>([
    [
      'what a rule denies',
      write,
      (s) => (s.decision = denied),
      { code: 'rule', rule: 'no exports', message: 'Exports are for the night.', retry: 'never', fatal: false },
    ],
    [
      'what no rule allows',
      read,
      (s) => (s.decision = byDefault),
      { code: 'default-deny', rule: null, message: 'No rule allows this operation.', fatal: false },
    ],
    [
      'what would need an approval',
      read,
      (s) => (s.decision = held),
      { code: 'approvals-not-configured', rule: 'bulk', fatal: false },
    ],
    [
      'what cannot be masked',
      unmaskable,
      () => {},
      { code: 'masking', hint: 'Select the column.', retry: 'after-change', fatal: false },
    ],
    ['what a rule denies before what cannot be masked', unmaskable, (s) => (s.decision = denied), { code: 'rule' }],
    ['what cannot be read before what a rule denies', unreadable, (s) => (s.decision = denied), { code: 'unreadable' }],
    [
      'a person whose token has expired, and ends the session',
      read,
      (s) => (s.now = 5_000),
      { code: 'expired', retry: 'after-change', fatal: true },
    ],
    [
      'a person who is on the deny-list, and ends the session',
      read,
      (s) => (s.denied = entry),
      { code: 'revoked', retry: 'never', fatal: true },
    ],
    [
      'the expired before all else',
      unreadable,
      (s) => {
        s.now = 5_000;
        s.denied = entry;
        s.decision = denied;
      },
      { code: 'expired' },
    ],
  ])('%s', (_name, described, arrange, refused) => {
    for (const ask of ['admit', 'clear'] as const) {
      const stage = new Stage({ principal: samplePrincipal({ expiresAt: 5_000 }) });
      arrange(stage);
      const verdict = ask === 'admit' ? stage.lane.admit(described, ['"7"']) : stage.lane.clear(described);
      expect(verdict.admission).toBeNull();
      expect(refusalOf(verdict)).toMatchObject({ ...refused, operation: 'op-1' });
      expect(stage.kinds()).toEqual(['session.open', 'op.blocked']);
      expect(stage.last()?.members).toMatchObject({ o: 'op-1', verdict: 'deny', why: refused.code });
      expect(bodyOf(stage.last())).toMatchObject({
        statement: described.statement,
        parameters: ask === 'admit' ? ['7'] : [],
        refusal: { code: refused.code, rule: refusalOf(verdict).rule, message: refusalOf(verdict).message },
      });
      // the answer waits for the record of the refusal
      stage.lane.release(stage.lane.receipt(), bytes('E'));
      expect(stage.toClient).toEqual([]);
      stage.journal.flush();
      expect(stage.toClient).toEqual(['E']);
      expect(stage.toTarget).toEqual([]);
    }
  });

  it('the last moment before the expiry does not refuse', () => {
    const stage = new Stage({ principal: samplePrincipal({ expiresAt: 5_000 }) });
    stage.now = 4_999;
    expect(stage.lane.admit(read, []).refusal).toBeNull();
  });

  it.each([
    ['refusing', false],
    ['poisoned', true],
    ['closed', true],
  ] as const)('everything while the record is %s, without asking the rules', (state, fatal) => {
    const stage = new Stage();
    stage.journal.state = state;
    for (const verdict of [stage.lane.admit(read, []), stage.lane.admit(write, []), stage.lane.clear(read)])
      expect(refusalOf(verdict)).toMatchObject({ code: 'not-recordable', retry: 'later', fatal, operation: '' });
    expect(refusalOf(stage.lane.admit(read, [])).message).toContain(`the record is ${state}`);
    expect(stage.kinds()).toEqual(['session.open']);
    expect(stage.decided).toBe(0);
  });

  it('nothing that ends what is under way, while the record takes nothing new', () => {
    const stage = new Stage();
    const commit = sampleDescribed({ finishes: true, harmless: false });
    stage.journal.state = 'refusing';
    expect(stage.lane.admit(commit, []).refusal).toBeNull();
    stage.journal.state = 'poisoned';
    expect(refusalOf(stage.lane.admit(commit, [])).code).toBe('not-recordable');
  });

  it('what the protocol refuses by itself, with a record of it', () => {
    const stage = new Stage();
    const why = { code: 'setting', message: 'This setting is pinned.', hint: null, retry: 'never' } as const;
    expect(refusalOf(stage.lane.refuse(write, [], why))).toMatchObject({
      code: 'setting',
      operation: 'op-1',
      fatal: false,
    });
    expect(stage.kinds()).toEqual(['session.open', 'op.blocked']);
    stage.journal.state = 'poisoned';
    expect(refusalOf(stage.lane.refuse(write, [], why))).toMatchObject({ code: 'not-recordable', fatal: true });
  });

  it('what the target reads otherwise, with an event of its own that says in what', () => {
    const stage = new Stage();
    const differs = ['value column 2: personal', 'touch "personal"'];
    const why = { code: 'masking', message: 'Not proven.', hint: null, retry: 'after-change', differs } as const;
    const refusal = refusalOf(stage.lane.refuse(read, [], why));
    expect(refusal).not.toHaveProperty('differs');
    expect(stage.kinds()).toEqual(['session.open', 'opinion.differs', 'op.blocked']);
    expect(stage.journal.events[1]?.members).toMatchObject({ o: 'op-1', differs });
  });

  it('a statement that the record could not hold, and records that it did', () => {
    const stage = new Stage();
    const long = { ...write, statement: 'x'.repeat(13 * 1024 * 1024) };
    const refusal = refusalOf(stage.lane.admit(long, []));
    expect(refusal).toMatchObject({ code: 'not-recordable', retry: 'after-change', fatal: false, operation: 'op-1' });
    expect(stage.kinds()).toEqual(['session.open', 'op.blocked']);
    expect(bodyOf(stage.last())).toMatchObject({
      statement: '(statement of 13631488 bytes, too long to be recorded)',
      parameters: [],
    });
    stage.decision = denied;
    expect(refusalOf(stage.lane.admit(long, []))).toMatchObject({ code: 'rule' });
  });
});

describe('a lane', () => {
  it('sends a write only once its intent is durable, and what follows it not before', () => {
    const stage = new Stage();
    const admission = stage.admitted(write, ['"a"']);
    expect(stage.last()).toMatchObject({ kind: 'op.intent', members: { o: admission.id, verdict: 'allow' } });
    expect(bodyOf(stage.last())).toEqual({ statement: write.statement, parameters: ['a'] });
    stage.lane.forward(admission, bytes('W'));
    stage.lane.forward(stage.admitted(read), bytes('R'));
    stage.lane.forwardProtocol(bytes('S'));
    expect(stage.toTarget).toEqual([]);
    stage.journal.written = 9;
    stage.journal.tell();
    expect(stage.toTarget).toEqual([]);
    stage.journal.flush();
    expect(stage.toTarget).toEqual(['W', 'R', 'S']);
  });

  it('lets a message wait for the last of its writes', () => {
    const stage = new Stage();
    const admissions = [stage.admitted(write), stage.admitted(read), stage.admitted(write)];
    stage.lane.forwardAll(admissions, bytes('M'));
    stage.journal.durable = admissions[0]!.intent;
    stage.journal.tell();
    expect(stage.toTarget).toEqual([]);
    stage.journal.durable = admissions[2]!.intent;
    stage.journal.tell();
    expect(stage.toTarget).toEqual(['M']);
  });

  it('sends a harmless read at once and records it as one event, before anything of it is released', () => {
    const stage = new Stage();
    const admission = stage.admitted(read, ['"7"']);
    stage.lane.forward(admission, bytes('R'));
    expect(stage.toTarget).toEqual(['R']);
    expect(stage.kinds()).toEqual(['session.open']);
    stage.now = 1_003;
    const columns = [{ name: 'email', masked: true }];
    const chunk = sampleChunk({ rows: 1, bytes: 20, columns, values: [1], recorded: '["****@example.com"]' });
    stage.lane.release(stage.lane.result(admission, chunk, sampleEnd()), bytes('D'));
    expect(stage.toClient).toEqual([]);
    expect(stage.last()).toMatchObject({
      kind: 'op',
      entry: { at: 1_003, session: stage.lane.session },
      members: {
        s: stage.lane.session,
        o: admission.id,
        act: ['autogen'],
        tgt: 'crm',
        proto: 'wire',
        verb: 'SELECT',
        rows: 1,
        masked: { email: 1 },
        clear: {},
        chunk: 0,
        last: true,
        status: 'ok',
        ms: 3,
      },
    });
    expect(bodyOf(stage.last())).toEqual({
      statement: read.statement,
      parameters: ['7'],
      columns: [{ name: 'email', masked: true }],
      rows: [['****@example.com']],
    });
    stage.journal.flush();
    expect(stage.toClient).toEqual(['D']);
  });

  it('records a long read as intent, chunks and end', () => {
    const stage = new Stage();
    const admission = stage.admitted(read);
    stage.lane.result(admission, sampleChunk({ rows: 5 }), null);
    stage.lane.result(admission, sampleChunk({ rows: 6 }), null);
    stage.lane.result(admission, sampleChunk({ rows: 7 }), sampleEnd());
    expect(stage.kinds().slice(1)).toEqual(['op.intent', 'op.result', 'op.result', 'op.result', 'op.end']);
    expect(
      stage.journal.events.slice(2, 5).map(({ members }) => [members['chunk'], members['rows'], members['last']]),
    ).toEqual([
      [0, 5, false],
      [1, 6, false],
      [2, 7, true],
    ]);
    expect(stage.lane.rows).toBe(18);
  });

  it('ends a write once, after the target said in which state it left it', () => {
    const stage = new Stage();
    const admission = stage.admitted(write);
    stage.lane.result(admission, sampleChunk({ rows: 0 }), sampleEnd({ tag: 'UPDATE 1' }));
    expect(stage.kinds().slice(1)).toEqual(['op.intent', 'op.result']);
    stage.lane.settle(admission, sampleEnd({ tag: 'UPDATE 1' }), ['op-7']);
    stage.lane.settle(admission, sampleEnd({ status: 'skipped' }), []);
    expect(stage.kinds().slice(1)).toEqual(['op.intent', 'op.result', 'op.end']);
    expect(stage.last()?.members).toMatchObject({ o: admission.id, status: 'ok', tag: 'UPDATE 1', settles: ['op-7'] });
  });

  it('releases on what is written only where the target asks for that, and a write waits for what is durable even there', () => {
    for (const release of ['durable', 'written'] as const) {
      const stage = new Stage({ release });
      const admission = stage.admitted(write);
      stage.lane.forward(admission, bytes('W'));
      stage.lane.release(stage.lane.receipt(), bytes('C'));
      stage.journal.written = admission.intent;
      stage.journal.tell();
      expect(stage.toTarget).toEqual([]);
      expect(stage.toClient).toEqual(release === 'written' ? ['C'] : []);
    }
  });

  it('is congested beyond its bound, and says when the target may be read again', () => {
    const stage = new Stage({ aheadBytes: 10 });
    stage.admitted(write);
    stage.lane.release(stage.lane.receipt(), bytes('x'.repeat(10)));
    expect(stage.lane.congested).toBe(false);
    stage.lane.release(stage.lane.receipt(), bytes('x'));
    expect(stage.lane.congested).toBe(true);
    stage.journal.tell();
    expect(stage.resumed).toBe(0);
    stage.journal.flush();
    expect(stage.lane.congested).toBe(false);
    expect(stage.resumed).toBe(1);
  });
});

describe('a lane whose intents do not become durable', () => {
  it('is stalled beyond its bound, and says when the client may be read again', () => {
    const stage = new Stage({ aheadBytes: 10 });
    const admission = stage.admitted(write);
    stage.lane.forward(admission, bytes('x'.repeat(10)));
    expect(stage.lane.stalled).toBe(false);
    stage.lane.forward(admission, bytes('x'));
    expect(stage.lane.stalled).toBe(true);
    expect(stage.resumed).toBe(0);
    stage.journal.flush();
    expect(stage.lane.stalled).toBe(false);
    expect(stage.resumed).toBe(1);
  });
});

describe('a lane whose record failed', () => {
  it('ends at once, once, and lets nothing of what waited go, recorded or not', () => {
    const stage = new Stage();
    const admission = stage.admitted(write);
    stage.lane.forward(admission, bytes('W'));
    stage.lane.release(stage.lane.receipt(), bytes('C'));
    // synced a moment before the failure, and not told yet
    stage.journal.durable = admission.intent;
    stage.journal.poison();
    stage.journal.tell();
    stage.lane.release(stage.lane.receipt(), bytes('D'));
    stage.lane.forwardProtocol(bytes('S'));
    expect(stage.toTarget).toEqual([]);
    expect(stage.toClient).toEqual([]);
    expect(stage.ends).toHaveLength(1);
    expect(stage.ends[0]).toMatchObject({ code: 'not-recordable', fatal: true });
    expect(stage.lane.ended).toBe(true);
    expect(() => stage.lane.close('error', 1)).not.toThrow();
  });

  it('is ended even when nothing of it waits', () => {
    const stage = new Stage();
    stage.journal.poison();
    expect(stage.ends).toHaveLength(1);
  });

  it('tells whoever waits for the last bytes that they will not leave', () => {
    const stage = new Stage();
    stage.admitted(write);
    stage.lane.release(stage.lane.receipt(), bytes('C'));
    let left = 0;
    stage.lane.onceReleased(() => (left += 1));
    expect(left).toBe(0);
    stage.journal.poison();
    expect(left).toBe(1);
    expect(stage.toClient).toEqual([]);
  });
});

describe('a lane whose session is over', () => {
  it('takes nothing that comes too late, and records nothing behind the end', () => {
    const stage = new Stage();
    const before = stage.admitted(write);
    const late = stage.admitted(read);
    stage.lane.forward(before, bytes('W'));
    stage.lane.close('client', 12);
    const verdicts = [
      stage.lane.admit(write, []),
      stage.lane.clear(read),
      stage.lane.refuse(read, [], { code: 'setting', message: 'pinned', hint: null, retry: 'never' }),
    ];
    for (const verdict of verdicts)
      expect(refusalOf(verdict)).toMatchObject({ message: 'The session has ended.', fatal: true });
    stage.lane.forward(late, bytes('R'));
    stage.lane.release(stage.lane.result(late, sampleChunk({ rows: 1 }), sampleEnd()), bytes('D'));
    stage.lane.settle(before, sampleEnd(), []);
    stage.lane.close('error', 13);
    stage.journal.flush();
    expect(stage.kinds()).toEqual(['session.open', 'op.intent', 'session.close']);
    expect(stage.last()?.members).toMatchObject({ ops: 2, rows: 0, ms: 12, why: 'client' });
    expect(stage.toTarget).toEqual([]);
    expect(stage.toClient).toEqual([]);
  });

  it('still lets out what was released before', () => {
    const stage = new Stage();
    stage.admitted(write);
    stage.lane.release(stage.lane.receipt(), bytes('C'));
    stage.lane.close('upstream', 1);
    let left = 0;
    stage.lane.onceReleased(() => (left += 1));
    expect(left).toBe(0);
    stage.journal.flush();
    expect(stage.toClient).toEqual(['C']);
    expect(left).toBe(1);
  });
});
