import type { Decision } from '@app/policy';
import type { DescribedOperation, OracleDemand } from './described.js';
import { Gate } from './gate.js';
import type { SessionLane } from './session-lane.js';
import { UseCounts } from './use-counts.js';
import { MemoryApprovals } from './testing/memory-approvals.js';
import { MemoryJournal } from './testing/memory-journal.js';
import { sampleDecision, sampleDescribed, sampleOpening, sampleOperation } from './testing/samples.js';

const refusal = (message: string): OracleDemand['refusal'] => ({
  code: 'masking',
  message,
  hint: null,
  retry: 'after-change',
});
const never: OracleDemand = {
  kind: 'ordering',
  class: 'email',
  times: 1,
  allows: 'nothing',
  refusal: refusal('No order.'),
};
const twice: OracleDemand = {
  kind: 'join',
  class: 'email',
  times: 1,
  allows: { count: 2, per: 60_000 },
  refusal: refusal('Enough joins.'),
};

function asks(...oracles: OracleDemand[]): DescribedOperation {
  return sampleDescribed({
    operation: sampleOperation({ oracles: oracles.map(({ kind, class: name }) => ({ kind, class: name })) }),
    oracles,
  });
}

class Stage {
  readonly journal = new MemoryJournal();
  decision: Decision = sampleDecision();
  readonly #people = new MemoryApprovals(() => 1_000);
  #ids = 0;
  readonly lane: SessionLane;

  constructor(uses: UseCounts | null = new UseCounts(() => undefined)) {
    const gate = new Gate({
      journal: this.journal,
      decide: () => this.decision,
      denied: () => null,
      now: () => 1_000,
      newId: () => `op-${++this.#ids}`,
      after: () => () => undefined,
      approvals: this.#people,
      ...(uses === null ? {} : { uses }),
    });
    const nothing = (): void => undefined;
    this.lane = gate.open(sampleOpening(), { toTarget: nothing, toClient: nothing, resumed: nothing, end: nothing });
  }

  told(described: DescribedOperation): string {
    const { refusal: why, held } = this.lane.admit(described, []);
    return why?.message ?? (held === null ? 'admitted' : 'held');
  }

  grant(...unmask: string[]): void {
    this.#people.grants.splice(0);
    this.#people.grants.push({ approval: 'ap-1', until: 9_000, unmask, loud: false, effects: ['read'] });
  }
}

describe('an operation that lets its author learn what is not shown', () => {
  it('is refused where that never passes, also to be prepared', () => {
    const stage = new Stage();
    expect(stage.told(asks(never))).toBe('No order.');
    expect(stage.lane.clear(asks(never)).refusal?.message).toBe('No order.');
  });

  it('passes as often as is allowed; to prepare it counts for nothing', () => {
    const stage = new Stage();
    for (let i = 0; i < 5; i++) expect(stage.lane.clear(asks(twice)).refusal).toBeNull();
    expect([1, 2, 3].map(() => stage.told(asks(twice)))).toEqual(['admitted', 'admitted', 'Enough joins.']);
  });

  it('is refused where it has to be counted and nobody counts', () => {
    expect(new Stage(null).told(asks(twice))).toBe('Enough joins.');
  });

  it('passes by a grant that lets its author see the class, of that class only, and then uncounted', () => {
    const stage = new Stage();
    stage.grant('phone');
    expect(stage.told(asks(never))).toBe('No order.');
    stage.grant('email');
    for (let i = 0; i < 4; i++) expect(stage.told(asks(never, twice))).toBe('admitted');
    expect(stage.told(asks(never, { ...never, class: 'phone' }))).toBe('No order.');
  });

  it('takes its unmasked values from that grant', () => {
    const stage = new Stage();
    stage.grant('email');
    const { admission } = stage.lane.admit(asks(never), []);
    expect([admission?.approval, admission?.unmask]).toEqual(['ap-1', ['email']]);
    expect(stage.lane.admit(asks(), []).admission?.approval).toBeNull();
  });

  it('is counted also where a grant stands in for the rules', () => {
    const stage = new Stage();
    stage.decision = sampleDecision({ effect: 'deny', code: 'default-deny', rules: [] });
    stage.grant();
    expect([1, 2, 3].map(() => stage.told(asks(twice)))).toEqual(['admitted', 'admitted', 'Enough joins.']);
  });

  it('says in the record what it is, whether it passes or not', () => {
    const stage = new Stage();
    stage.told(asks(never));
    const blocked = stage.journal.events.filter(({ kind }) => kind === 'op.blocked').map(({ members }) => members);
    expect(blocked).toHaveLength(1);
    expect(blocked[0]).toMatchObject({ orc: ['ordering email'], verdict: 'deny' });
    const { admission } = stage.lane.admit(asks(twice), []);
    expect(admission?.head).toContain(',"orc":["join email"],');
    expect(stage.lane.admit(asks(), []).admission?.head).not.toContain('"orc"');
  });
});
