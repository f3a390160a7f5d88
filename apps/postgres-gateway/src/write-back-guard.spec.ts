import type { Principal } from '@app/identity';
import type { MaskRule } from '@app/masking';
import type { StatementDescription, WrittenValue } from '@app/sql';
import { MaskedReads } from './masked-reads.js';
import { type BoundValue, copiedInto, guardedClasses, maskedPlaces, writeBackRefusal } from './write-back-guard.js';

const [text, int4] = [25, 23];
const alice = { iss: 'https://login.example.com', sub: 'alice-1' } as Principal;
const bob = { iss: 'https://login.example.com', sub: 'bob-1' } as Principal;
const constant: MaskRule = { mode: 'constant' };

let now = 1_000;
const reads = () =>
  new MaskedReads(
    () => undefined,
    () => now,
  );

function writes(value: WrittenValue['value'], changes: Partial<WrittenValue> = {}): StatementDescription {
  const written: WrittenValue = {
    relationOid: 16_501,
    attnum: 2,
    column: 'public.users.email',
    class: 'email',
    typeOid: text,
    typmod: -1,
    replaces: true,
    direct: true,
    value,
    ...changes,
  };
  return { written: [written] } as unknown as StatementDescription;
}

const amount: Partial<WrittenValue> = { typeOid: int4, column: 'public.users.salary', attnum: 3, class: 'salary' };
const refused = (statement: StatementDescription, given = reads(), bound: BoundValue | null = null, who = alice) =>
  writeBackRefusal(
    statement,
    bound === null ? null : () => bound,
    { principal: who, target: 'crm', maskOf: () => constant },
    { refuses: guardedClasses([{ class: 'notes', writeBack: 'allow' }]), reads: given },
  );

describe('a mask on its way back', () => {
  it('is refused with the column it would destroy, and what to do', () => {
    expect(refused(writes({ literal: '****@example.org' }))).toEqual({
      code: 'masking',
      message: 'The value for public.users.email is one masked by the gateway: stored, it would replace the real one.',
      hint: 'Leave "email" out of SET, or out of the columns that are written: it then keeps its value. (The setting writeBack of the protected class "email" says whether masks may be written.)',
      retry: 'after-change',
    });
  });

  it('is refused in an INSERT, and as one of several that a value is made from', () => {
    expect(refused(writes({ literal: '****' }, { replaces: false }))).not.toBeNull();
    expect(refused(writes({ literal: '****' }, { direct: false }))).not.toBeNull();
  });

  it('is refused as a bound value, in both formats', () => {
    const statement = writes({ parameter: 1 });
    for (const format of [0, 1] as const)
      expect(refused(statement, reads(), { bytes: Buffer.from('****6467'), format, typeOid: 0 })).not.toBeNull();
    expect(refused(statement, reads(), { bytes: Buffer.from('alice'), format: 1, typeOid: text })).toBeNull();
    expect(refused(statement)).toBeNull();
  });

  it('passes where the class says so', () => {
    expect(refused(writes({ literal: '****' }, { class: 'notes' }))).toBeNull();
    const both = guardedClasses([
      { class: 'notes', writeBack: 'allow' },
      { class: 'notes', writeBack: 'refuse' },
    ]);
    expect([both('notes'), both('nobody named it')]).toEqual([true, true]);
  });
});

describe('a value that may be real', () => {
  const given = reads();
  given.give(alice, 'crm', [{ relationOid: 16_501, attnum: 3 }]);

  it('is refused in the place of one that was given masked to the same person', () => {
    expect(refused(writes({ literal: '0' }, amount), given)?.message).toMatch(
      /you were given such values of this column/,
    );
    const bound = { bytes: Buffer.alloc(4), format: 1, typeOid: int4 } as const;
    expect(refused(writes({ parameter: 1 }, amount), given, bound)).not.toBeNull();
  });

  it.each<[string, StatementDescription, Principal, MaskedReads]>([
    ['in a new row', writes({ literal: '0' }, { ...amount, replaces: false }), alice, given],
    ['as a part of what is computed', writes({ literal: '0' }, { ...amount, direct: false }), alice, given],
    ['in another column', writes({ literal: '0' }, { ...amount, attnum: 4 }), alice, given],
    ['by somebody else', writes({ literal: '0' }, amount), bob, given],
    ['by whoever read nothing', writes({ literal: '0' }, amount), alice, reads()],
    ['where it is another value', writes({ literal: '10' }, amount), alice, given],
  ])('passes %s', (_, statement, who, before) => {
    expect(refused(statement, before, null, who)).toBeNull();
  });
});

describe('what was given masked', () => {
  const place = { relationOid: 1, attnum: 2, class: 'email' };

  it('is known by column, by class where the column is not known, and at one target', () => {
    const known = reads();
    known.give(alice, 'crm', [{ class: 'email' }]);
    expect(known.gave(alice, 'crm', place)).toBe(true);
    expect(known.gave(alice, 'crm', { ...place, class: 'phone' })).toBe(false);
    expect(known.gave(alice, 'hr', place)).toBe(false);
  });

  it('is told to the other workers once in a while', () => {
    const words: string[] = [];
    const [one, other] = [
      new MaskedReads(
        (word) => words.push(word),
        () => now,
      ),
      reads(),
    ];
    for (let i = 0; i < 5; i++) one.give({ ...alice }, 'crm', [place]);
    expect(words).toHaveLength(1);
    other.told(words[0]!);
    expect(other.gave({ ...alice }, 'crm', place)).toBe(true);
  });

  it('is forgotten after half a day', () => {
    const known = reads();
    known.give(alice, 'crm', [place]);
    now += 12 * 3_600_000;
    expect(known.gave(alice, 'crm', place)).toBe(true);
    now += 1;
    expect(known.gave(alice, 'crm', place)).toBe(false);
  });

  it('is taken for everything of whoever read very many columns', () => {
    const known = reads();
    known.give(
      alice,
      'crm',
      Array.from({ length: 3_000 }, (_, attnum) => ({ relationOid: 9, attnum })),
    );
    expect(known.gave(alice, 'crm', place)).toBe(true);
  });

  it('is what a statement shows masked, not what a grant lets through', () => {
    const statement = {
      lineage: 'touches',
      outputs: [
        { taint: 'column', ...place },
        { taint: 'clean', source: null },
        { taint: 'column', relationOid: 1, attnum: 3, class: 'phone' },
      ],
      copy: null,
    } as unknown as StatementDescription;
    expect(maskedPlaces(statement, ['phone'])).toMatchObject([{ attnum: 2 }]);
    expect(maskedPlaces({ ...statement, lineage: 'clean' }, [])).toEqual([]);
    const columns = [{ name: 'email', typeOid: text, typmod: -1, class: 'email' }];
    const copied = { does: 'out', shape: null, columns } as const;
    expect(maskedPlaces({ ...statement, outputs: null, copy: copied }, [])).toEqual([{ class: 'email' }]);
  });
});

describe('columns of a COPY', () => {
  it('are guarded by their classes', () => {
    const columns = [
      { name: 'id', typeOid: int4, typmod: -1, class: null },
      { name: 'email', typeOid: text, typmod: -1, class: 'email' },
    ];
    expect(
      copiedInto(
        columns,
        0,
        () => constant,
        () => true,
      ),
    ).toMatchObject([null, { typeOid: text, format: 0 }]);
    expect(
      copiedInto(
        columns,
        0,
        () => constant,
        () => false,
      ),
    ).toBeNull();
  });
});
