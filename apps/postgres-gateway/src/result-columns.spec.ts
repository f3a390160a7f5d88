import type { RowField } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import { misfit, namesProtected } from './result-columns.js';

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

  it('fits when a write without RETURNING touches protected columns and announces none', () => {
    expect(misfit(statement({}), [], isProtected)).toBeNull();
  });

  it('names a protected column where the field comes from one, and only there', () => {
    expect(namesProtected([id, email], isProtected)).toBe(true);
    expect(namesProtected([id, { ...email, tableOid: 0 }], isProtected)).toBe(false);
  });
});
