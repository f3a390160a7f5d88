import type { Decision } from '@app/policy';
import type { DescribedOperation } from './described.js';
import { Gate } from './gate.js';
import type { HeldDescription, HoldAbort, HoldNotice, HoldTerms } from './hold.js';
import type { Refusal } from './refusal.js';
import type { SessionLane } from './session-lane.js';
import { MemoryApprovals } from './testing/memory-approvals.js';
import { MemoryJournal } from './testing/memory-journal.js';
import {
  sampleChunk,
  sampleDecision,
  sampleDescribed,
  sampleEnd,
  sampleOpening,
  sampleOperation,
  samplePrincipal,
} from './testing/samples.js';

const demand = {
  requirements: [{ rule: 'bulk', owner: null, reviewers: { groups: ['privacy'], users: [] }, quorum: 1, stepUp: null }],
  hold: 60_000,
  expires: 900_000,
  inTransaction: false,
};
const holds = sampleDecision({
  effect: 'hold',
  rules: ['bulk'],
  message: 'Rule "bulk" holds this for approval.',
  approval: demand,
});
const nightly = { ...demand, requirements: [{ ...demand.requirements[0]!, rule: 'at night' }], hold: 30_000 };
const lower = { ...demand, requirements: [{ ...demand.requirements[0]!, rule: 'lower' }] };
const holdsAtNight = {
  ...holds,
  approval: { ...demand, requirements: [...demand.requirements, ...nightly.requirements] },
};
const denies = sampleDecision({ effect: 'deny', rules: ['never'], message: 'Rule "never" denies it.' });
const statement = sampleDescribed();

function description(replaced: Partial<HeldDescription['binding']> = {}, described = statement): HeldDescription {
  return {
    described,
    parameters: ['"7"'],
    binding: {
      database: 'crm',
      role: 'sallyport_crm',
      statement: Buffer.from('SELECT id, email FROM customers'),
      parameters: new Uint8Array(0),
      settings: { search_path: 'public' },
      objects: ['16384'],
      masks: 'sha256:00',
      ...replaced,
    },
    review: { statement: described.statement, parameters: ['"7"'], estimatedRows: 12_000, diff: null, notes: [] },
  };
}

/** A gate whose rules, reviewers and clock belong to the test. */
class Stage {
  readonly journal = new MemoryJournal();
  now = 1_000;
  decision: Decision = holds;
  denied = false;
  readonly approvals = new MemoryApprovals(() => this.now);
  readonly timers: { at: number; call: () => void }[] = [];
  readonly ends: Refusal[] = [];
  readonly toTarget: string[] = [];
  readonly notices: HoldNotice[] = [];
  readonly principal = samplePrincipal();
  readonly stop = new AbortController();
  #ids = 0;
  readonly gate = new Gate({
    journal: this.journal,
    decide: () => this.decision,
    denied: ({ iss, sub }) => (this.denied ? { iss, kind: 'sub', value: sub, expires: null } : null),
    now: () => this.now,
    newId: () => `id-${++this.#ids}`,
    after: (ms, call) => {
      const timer = { at: this.now + ms, call };
      this.timers.push(timer);
      return () => void this.timers.splice(this.timers.indexOf(timer) >>> 0, 1);
    },
    approvals: this.approvals,
  });
  readonly lane: SessionLane = this.gate.open(sampleOpening({ principal: this.principal }), {
    toTarget: (chunks) => this.toTarget.push(...chunks.map((chunk) => Buffer.from(chunk).toString())),
    toClient: () => undefined,
    resumed: () => undefined,
    end: (refusal) => this.ends.push(refusal),
  });
  /** what the operation is, each time it is looked at */
  described: HeldDescription = description();

  terms(replaced: Partial<HoldTerms> = {}): HoldTerms {
    return {
      mayNotWait: null,
      patience: null,
      told: (notice) => this.notices.push(notice),
      signal: this.stop.signal,
      describe: () => Promise.resolve(this.described),
      ...replaced,
    };
  }

  held(described: DescribedOperation = statement) {
    const { held } = this.lane.admit(described, ['"7"']);
    if (held === null) throw new Error('a hold was expected');
    return held;
  }

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers.splice(this.timers.indexOf(next), 1);
      this.now = next.at;
      next.call();
      await settle();
    }
    this.now = until;
    await settle();
  }

  kinds(): string[] {
    return this.journal.events.map(({ kind }) => kind).filter((kind) => kind !== 'session.open');
  }

  last() {
    return this.journal.events.at(-1)!.members;
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe('a held operation', () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });

  it('is refused where nobody can be asked, and says so', async () => {
    stage.approvals.down = true;
    const { refusal } = await stage.lane.hold(stage.held(), stage.terms());
    expect(refusal).toMatchObject({ code: 'approval-unavailable', retry: 'later', fatal: false });
    expect(stage.kinds()).toEqual(['op.blocked']);
  });

  it('is refused at once where its client may not wait, with the id and the words to look for', async () => {
    const terms = stage.terms({ mayNotWait: 'The transaction has done something already.' });
    const { refusal } = await stage.lane.hold(stage.held(), terms);
    const [row] = stage.approvals.rows;
    expect(refusal).toMatchObject({ code: 'approval-pending', approval: row!.id });
    expect(refusal!.hint).toContain('Send the same operation again after it is approved');
    expect(refusal!.message).toContain('The transaction has done something already.');
    expect(row!.state).toBe('pending');
    expect(stage.notices).toEqual([]);
    expect(stage.last()).toMatchObject({ verdict: 'hold', appr: row!.id, why: 'approval-pending' });
  });

  it('tells its client at once and every 15 s, for as long as the rule says', async () => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    expect(stage.notices).toHaveLength(1);
    expect(stage.notices[0]).toMatchObject({ first: true, message: expect.stringContaining('up to 60 s') });
    await stage.pass(31_000);
    expect(stage.notices).toHaveLength(3);
    await stage.pass(30_000);
    expect(await outcome).toMatchObject({ refusal: { code: 'approval-pending' } });
    expect(stage.notices).toHaveLength(4);
    expect(stage.approvals.rows[0]!.state).toBe('pending');
    expect(stage.approvals.left).toMatchObject([{ why: 'patience' }]);
  });

  it('waits no longer than its client does', async () => {
    const outcome = stage.lane.hold(stage.held(), stage.terms({ patience: 5_000 }));
    await settle();
    await stage.pass(5_000);
    expect(await outcome).toMatchObject({ refusal: { code: 'approval-pending' } });
  });

  it('runs after its approval: grant used, then intent with its id, then forwarded once that is durable', async () => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete', 'carol@example.com');
    const { admission } = await outcome;
    const { id } = stage.approvals.rows[0]!;
    expect(stage.approvals.uses).toMatchObject([{ approval: id, operation: admission!.id }]);
    expect(stage.kinds()).toEqual(['op.held', 'approval.left', 'approval.used', 'op.intent']);
    expect(stage.last()).toMatchObject({ o: admission!.id, appr: id, verdict: 'hold', rule: ['bulk'] });
    stage.lane.forward(admission!, [Buffer.from('SELECT')]);
    expect(stage.toTarget).toEqual([]);
    stage.journal.flush();
    expect(stage.toTarget).toEqual(['SELECT']);
  });

  it('sent again after it was approved runs at once, and once', async () => {
    await stage.lane.hold(stage.held(), stage.terms({ mayNotWait: 'No.' }));
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    const second = await stage.lane.hold(stage.held(), stage.terms({ mayNotWait: 'No.' }));
    expect(second.admission?.approval).toBe(stage.approvals.rows[0]!.id);
    const third = await stage.lane.hold(stage.held(), stage.terms({ mayNotWait: 'No.' }));
    expect(third.refusal).toMatchObject({ code: 'approval-pending' });
    expect(stage.approvals.rows).toHaveLength(2);
    expect(stage.approvals.uses).toHaveLength(1);
  });

  it.each([
    ['denied', 'deny', 'approval-denied', 'carol@example.com denied this operation: too many people.'],
    ['revoked', 'revoke', 'approval-revoked', 'was revoked by carol@example.com'],
    ['expired', 'expire', 'approval-expired', 'in time'],
  ] as const)('that is %s does not run', async (_, event, code, text) => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.approvals.happens(stage.approvals.rows[0]!.id, event, 'carol@example.com', 'too many people');
    const { refusal } = await outcome;
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(text) });
    expect(stage.approvals.uses).toEqual([]);
    expect(stage.kinds()).not.toContain('op.intent');
  });

  it.each([
    ['its text', { statement: Buffer.from('SELECT email, id FROM customers') }],
    ['a value', { parameters: Buffer.from([1]) }],
    ['search_path', { settings: { search_path: 'evil, public' } }],
    ['a view', { objects: ['16385'] }],
    ['the role', { role: 'admin' }],
    ['the masks', { masks: 'sha256:01' }],
  ])('does not run if %s changed after it was asked for', async (_, change) => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.described = description(change);
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    expect((await outcome).refusal).toMatchObject({ code: 'approval-changed' });
    expect(stage.approvals.uses).toEqual([]);
    expect(stage.approvals.left.at(-1)).toMatchObject({ why: 'changed' });
  });

  it('does not run if the policy changed, the person was denied, or the token ran out meanwhile', async () => {
    const cases: [string, () => void][] = [
      ['approval-changed', () => (stage.decision = { ...holds, policy: `sha256:${'ee'.repeat(32)}` })],
      ['rule', () => (stage.decision = denies)],
      ['revoked', () => (stage.denied = true)],
    ];
    for (const [code, change] of cases) {
      stage = new Stage();
      const outcome = stage.lane.hold(stage.held(), stage.terms());
      await settle();
      change();
      stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
      expect((await outcome).refusal).toMatchObject({ code });
      expect(stage.approvals.uses).toEqual([]);
    }
  });

  it('does not run by the yes of fewer people than its rules ask by then, in flight or sent again', async () => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.decision = holdsAtNight;
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    expect((await outcome).refusal).toMatchObject({ code: 'approval-changed' });
    const again = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    expect(stage.approvals.rows.map(({ state }) => state)).toEqual(['approved', 'pending']);
    expect(stage.approvals.asks.at(-1)?.demand.requirements.map(({ rule }) => rule)).toEqual(['bulk', 'at night']);
    stage.stop.abort('cancelled');
    expect((await again).admission).toBeNull();
    expect(stage.approvals.uses).toEqual([]);
  });

  it('that cannot be described again does not run', async () => {
    let times = 0;
    const describe = (): Promise<HeldDescription> =>
      times++ === 0 ? Promise.resolve(description()) : Promise.reject(new Error('relation is gone'));
    const outcome = stage.lane.hold(stage.held(), stage.terms({ describe }));
    await settle();
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    expect((await outcome).refusal).toMatchObject({
      code: 'approval-changed',
      message: expect.stringContaining('relation is gone'),
    });
    expect(stage.approvals.uses).toEqual([]);
  });

  it.each(['cancelled', 'disconnected'] satisfies HoldAbort[])(
    'that is %s withdraws what it asked for',
    async (why) => {
      const outcome = stage.lane.hold(stage.held(), stage.terms());
      await settle();
      stage.stop.abort(why);
      expect((await outcome).refusal).toMatchObject({ code: 'cancelled' });
      expect(stage.approvals.rows[0]!.state).toBe('withdrawn');
      expect(stage.journal.events.find(({ kind }) => kind === 'approval.left')!.members).toMatchObject({ why });
    },
  );

  it('leaves its approval open when the gateway stops', async () => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.stop.abort('shutdown');
    expect((await outcome).refusal).toMatchObject({
      code: 'approval-pending',
      message: expect.stringContaining('stopping'),
    });
    expect(stage.approvals.rows[0]!.state).toBe('pending');
  });

  it('of a session that ends is recorded as cancelled before the end of the session', async () => {
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.lane.close('client', 1);
    expect(await outcome).toMatchObject({ refusal: { code: 'not-recordable' } });
    expect(stage.kinds()).toEqual(['op.held', 'op.blocked', 'session.close']);
    expect(stage.approvals.rows[0]!.state).toBe('withdrawn');
  });

  it('of which another asks the same waits for the same approval, and for a new one once that is used up', async () => {
    const first = stage.lane.hold(stage.held(), stage.terms());
    const second = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    expect(stage.approvals.rows).toHaveLength(1);
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    await settle();
    expect(stage.approvals.uses).toHaveLength(1);
    expect(stage.approvals.rows).toHaveLength(2);
    stage.approvals.happens(stage.approvals.rows[1]!.id, 'complete');
    const ids = [await first, await second].map(({ admission }) => admission?.approval);
    expect(new Set(ids)).toEqual(new Set(stage.approvals.rows.map(({ id }) => id)));
    expect(stage.approvals.uses).toHaveLength(2);
  });

  it('is told which of several rules hold, and lifts no limit of a rule nobody was asked about', async () => {
    const limit = { over: 100, effect: 'hold', message: 'm', approval: demand } as const;
    const rowLimits = [
      { ...limit, rule: 'bulk' },
      { ...limit, rule: 'other' },
      { ...limit, rule: 'hard', effect: 'deny', approval: null } as const,
    ];
    stage.decision = { ...holds, obligations: { rowLimits } };
    const outcome = stage.lane.hold(stage.held(), stage.terms());
    await settle();
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    const { admission } = await outcome;
    expect(admission!.decision.obligations.rowLimits.map(({ rule }) => rule)).toEqual(['other', 'hard']);
  });

  it('masking refuses whatever people say is refused before anybody is asked', () => {
    const refusal = { code: 'masking', message: 'No.', hint: null, retry: 'never' } as const;
    expect(stage.lane.admit(sampleDescribed({ refusal }), []).refusal).toMatchObject({ code: 'masking' });
    expect(stage.approvals.asks).toEqual([]);
  });
});

describe('a grant given ahead of time', () => {
  let stage: Stage;
  const write = sampleDescribed({ operation: sampleOperation({ effect: 'write' }), harmless: false });
  beforeEach(() => {
    stage = new Stage();
    stage.approvals.grants.push({
      approval: 'a-1',
      until: 5_000,
      unmask: ['email'],
      loud: true,
      effects: ['read', 'write'],
    });
  });

  it('lets a held operation run without a wait, says so in the record, and carries what it allows', () => {
    const { admission } = stage.lane.admit(write, []);
    expect(admission).toMatchObject({ approval: 'a-1', unmask: ['email'], loud: true });
    expect(stage.last()).toMatchObject({ appr: 'a-1', verdict: 'hold' });
  });

  it('stands in for a missing rule, never for one that denies', () => {
    stage.decision = sampleDecision({ effect: 'deny', rules: [], code: 'default-deny', message: 'No rule allows it.' });
    expect(stage.lane.admit(write, []).admission).not.toBeNull();
    stage.decision = denies;
    expect(stage.lane.admit(write, []).refusal).toMatchObject({ code: 'rule' });
  });

  it('ends at its time in an open session, with what still runs by it', () => {
    stage.lane.admit(write, []);
    stage.gate.sweep(4_999);
    expect(stage.ends).toEqual([]);
    stage.now = 5_000;
    expect(stage.lane.admit(write, []).held).not.toBeNull();
    stage.gate.sweep(5_000);
    expect(stage.ends).toMatchObject([{ code: 'approval-expired', approval: 'a-1' }]);
  });

  it('that is revoked cuts off what runs by it, and nothing else', () => {
    const { admission } = stage.lane.admit(write, []);
    stage.gate.revoked('a-2');
    expect(stage.ends).toEqual([]);
    stage.gate.revoked('a-1');
    expect(stage.ends).toMatchObject([{ code: 'approval-revoked' }]);
    expect(admission!.approval).toBe('a-1');
  });

  it('that is revoked after its operation ended ends nothing', () => {
    const { admission } = stage.lane.admit(write, []);
    stage.lane.result(admission!, sampleChunk(), sampleEnd());
    stage.lane.settle(admission!, sampleEnd(), []);
    stage.gate.revoked('a-1');
    expect(stage.ends).toEqual([]);
  });
});

describe('the rest of a result', () => {
  let stage: Stage;
  const limit = { rule: 'bulk', over: 100, effect: 'hold', message: 'More than 100 rows.', approval: demand } as const;
  beforeEach(() => {
    stage = new Stage();
    stage.decision = sampleDecision({ obligations: { rowLimits: [limit] } });
  });

  function running() {
    const { admission } = stage.lane.admit(statement, []);
    return admission!;
  }

  it('goes on after its approval, which stands in the record before a further row', async () => {
    const admission = running();
    const outcome = stage.lane.holdRows(admission, limit, 100, stage.terms());
    await settle();
    expect(stage.approvals.asks[0]).toMatchObject({ rows: true, review: { rowsOut: 100 } });
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'complete');
    expect(await outcome).toBeNull();
    expect(stage.kinds()).toEqual(['op.intent', 'op.held', 'approval.left', 'approval.used', 'op.resumed']);
    expect(stage.last()).toMatchObject({ o: admission.id, rows: 100, appr: stage.approvals.rows[0]!.id });
  });

  it('asks everyone whose limit is reached, and none whose limit let it pass before', async () => {
    const limits = [
      { ...limit, rule: 'lower', over: 50, approval: lower },
      limit,
      { ...limit, rule: 'at night', approval: nightly },
    ];
    stage.decision = sampleDecision({ obligations: { rowLimits: limits } });
    const outcome = stage.lane.holdRows(running(), limit, 100, stage.terms());
    await settle();
    expect(stage.approvals.asks[0]?.demand).toEqual({
      ...nightly,
      requirements: [...demand.requirements, ...nightly.requirements],
    });
    stage.stop.abort('cancelled');
    await outcome;
  });

  it('ends with the refusal otherwise, of an operation that keeps its one intent', async () => {
    const outcome = stage.lane.holdRows(running(), limit, 100, stage.terms());
    await settle();
    stage.approvals.happens(stage.approvals.rows[0]!.id, 'deny', 'carol@example.com', 'no');
    expect(await outcome).toMatchObject({ refusal: { code: 'approval-denied' } });
    expect(stage.kinds()).not.toContain('op.blocked');
  });

  it('is bound to its session: the approval of another one lets nothing through', async () => {
    const first = stage.lane.holdRows(running(), limit, 100, stage.terms());
    const second = stage.lane.holdRows(running(), limit, 100, stage.terms());
    await settle();
    expect(stage.approvals.rows).toHaveLength(2);
    stage.stop.abort('cancelled');
    await Promise.all([first, second]);
    expect(stage.approvals.rows.map(({ state }) => state)).toEqual(['withdrawn', 'withdrawn']);
  });
});
