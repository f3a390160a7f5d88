import { Pseudonyms } from '@app/masking';
import type { RowField } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import { maskingPlan, misfit } from './result-columns.js';

const email: RowField = {
  name: 'email',
  tableOid: 100,
  attnum: 3,
  typeOid: 25,
  typeSize: -1,
  typmod: -1,
  format: 0,
};
const id: RowField = { ...email, name: 'id', attnum: 1, typeOid: 20 };
const isProtected = (relation: number, attnum: number) => relation === 100 && attnum === 3;

function statement(changes: Partial<StatementDescription>): StatementDescription {
  return {
    verb: 'UPDATE',
    kinds: ['update'],
    effect: 'write',
    harmless: false,
    transaction: null,
    changes: { searchPath: false, catalog: false },
    objects: [],
    unresolved: [],
    returnsRows: false,
    lineage: 'touches',
    outputs: null,
    refusal: null,
    reads: [],
    writes: [],
    filters: [],
    missing: [],
    calls: [],
    protectedParameters: [],
    parameterClasses: [],
    oracles: [],
    withholds: 'nothing',
    copy: null,
    cursor: null,
    prepared: null,
    settings: [],
    unsupported: null,
    recordText: '',
    strippedText: '',
    ...changes,
  };
}

describe('what the target announces against what was proven', () => {
  it('does not fit when a protected column comes where no column was proven', () => {
    expect(misfit(statement({ lineage: 'clean' }), [id, email], isProtected)).toContain('a protected column');
    expect(misfit(statement({}), [id], isProtected)).toContain('a protected column');
  });

  it('does not fit when rows of a statement that touches protected columns come without a description', () => {
    expect(misfit(statement({ verb: 'FETCH', returnsRows: true }), [], isProtected)).toContain('a protected column');
  });

  it('does not fit when another number of columns comes than was proven', () => {
    const outputs: StatementDescription['outputs'] = [{ taint: 'clean', source: null }];
    expect(misfit(statement({ returnsRows: true, outputs }), [id, id], isProtected)).toBe(
      '2 columns came where 1 were expected',
    );
  });

  it('does not fit when a protected column is another one, or none, than was proven', () => {
    const outputs: StatementDescription['outputs'] = [{ taint: 'column', relationOid: 100, attnum: 3, class: 'mail' }];
    for (const field of [id, { ...email, tableOid: 101 }, { ...email, tableOid: 0, attnum: 0 }])
      expect(misfit(statement({ outputs }), [field], isProtected)).toContain('is not the protected column');
    expect(misfit(statement({ outputs }), [email], isProtected)).toBeNull();
  });

  it('does not fit when a protected column comes where a clean one was proven, or a column of another table', () => {
    const clean: StatementDescription['outputs'] = [{ taint: 'clean', source: null }];
    expect(misfit(statement({ outputs: clean }), [email], isProtected)).toContain('expected to be clean');
    const source: StatementDescription['outputs'] = [{ taint: 'clean', source: { relationOid: 100, attnum: 1 } }];
    expect(misfit(statement({ outputs: source }), [{ ...id, tableOid: 7 }], isProtected)).toContain('another table');
    for (const fitting of [id, { ...id, tableOid: 0, attnum: 0 }])
      expect(misfit(statement({ outputs: source }), [fitting], isProtected)).toBeNull();
  });

  it('does not fit when a protected column comes where a definition was proven, whose mask keeps more than it may', () => {
    const outputs: StatementDescription['outputs'] = [{ taint: 'definition' }];
    expect(misfit(statement({ outputs }), [email], isProtected)).toContain('expected to be a definition');
    for (const fitting of [id, { ...email, tableOid: 0 }])
      expect(misfit(statement({ outputs }), [fitting], isProtected)).toBeNull();
  });

  it('fits a protected column where a computed value or an unknown one was proven: nothing of either is shown', () => {
    const outputs: StatementDescription['outputs'] = [{ taint: 'derived', classes: ['mail'] }, { taint: 'opaque' }];
    expect(misfit(statement({ outputs }), [email, email], isProtected)).toBeNull();
    const plan = maskingPlan(statement({ outputs }), [email, email], () => ({ mode: 'partial', keep: 'domain' }), {});
    expect(plan?.steps.map((step) => (step.kind === 'fixed' ? (step.bytes?.toString() ?? null) : step.kind))).toEqual([
      '****',
      null,
    ]);
    // whether `CASE WHEN … THEN 1 END` is NULL would be the answer to any question
    expect(plan?.steps[0]).toMatchObject({ nulls: true });
  });

  it('answers no guess: a pseudonym among values that the author may have chosen is the same for all', () => {
    const column = { taint: 'column', relationOid: 100, attnum: 3, class: 'mail', anonymous: true } as const;
    const outputs: StatementDescription['outputs'] = [column, { ...column, mixed: true }];
    const fields = [email, email].map((field) => ({ ...field, tableOid: 0, attnum: 0 }));
    const pseudonyms = new Pseudonyms(Buffer.alloc(32, 7), 'mail', 'code');
    const plan = maskingPlan(statement({ outputs }), fields, () => ({ mode: 'pseudonym', pseudonyms }), {});
    expect(plan?.steps.map(({ kind }) => kind)).toEqual(['computed', 'fixed']);
    expect(plan?.steps[1]).toMatchObject({ nulls: true });
  });

  it('shows of a definition everything but its literals, granted classes or not', () => {
    const outputs: StatementDescription['outputs'] = [{ taint: 'definition' }];
    const plan = maskingPlan(statement({ outputs }), [{ ...id, tableOid: 0, typeOid: 25 }], () => null, {});
    const [step] = plan?.steps ?? [];
    const value = Buffer.from("lower('alice')");
    expect(step?.kind === 'computed' ? step.mask(value, 0, value.length)?.toString() : step).toBe("lower('***')");
  });

  it('fits when a write without RETURNING touches protected columns and announces none', () => {
    expect(misfit(statement({}), [], isProtected)).toBeNull();
  });
});
