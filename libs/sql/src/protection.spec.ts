import type { CatalogRelation } from './catalog.js';
import { CATALOG, relation } from './lineage/testing/known-database-spec.js';
import { closeProtection } from './protection.js';

const TEXT = 25;

function closed(relations: readonly CatalogRelation[], columns: readonly string[], className = 'c'): string[] {
  const catalog = { ...CATALOG, relations };
  return closeProtection(catalog, [{ class: className, columns }])
    .columns.map(({ relationOid, attnum }) => {
      const found = relations.find((candidate) => candidate.oid === relationOid);
      return `${found?.name}.${found?.columns.find((column) => column.attnum === attnum)?.name}`;
    })
    .sort();
}

const people = relation(50_001, 'public.people', [
  ['id', 23],
  ['email', TEXT],
  ['Email', TEXT],
]);

describe('globs over columns', () => {
  it.each([
    ['public.people.email', ['people.email']],
    ['public.people.Email', ['people.Email']],
    ['public.people.*', ['people.Email', 'people.email', 'people.id']],
    ['*.{people,other}.{id,email}', ['people.email', 'people.id']],
    ['*.email', ['people.email']],
    ['public.*.e*l', ['people.email']],
    ['public.people.EMAIL', []],
    ['public.people.emai', []],
    ['ublic.people.email', []],
    ['public.peoplexemail', []],
    ['public.people.(email', []],
    ['public.people.e.ail', []],
  ])('%s', (glob, expected) => {
    expect(closed([people], [glob])).toEqual(expected);
  });

  it('reads brackets, dots and backslashes of a name as themselves', () => {
    const odd = relation(50_002, 'public.t', [['a+b[c]\\d', TEXT]]);
    expect(closed([odd], ['public.t.a+b[c]\\d'])).toEqual(['t.a+b[c]\\d']);
  });

  it('leaves relations of the server alone', () => {
    expect(closed(CATALOG.relations, ['pg_catalog.*', '*.columns.*'])).toEqual([]);
  });
});

describe('the closure', () => {
  it('follows names to children, parents and siblings, whatever number the column has there', () => {
    const parent = relation(50_010, 'public.parent', [
      ['id', 23],
      ['email', TEXT],
    ]);
    const child = relation(
      50_011,
      'public.child',
      [
        ['extra', TEXT],
        ['email', TEXT],
        ['id', 23],
      ],
      { parents: [50_010] },
    );
    const sibling = relation(50_012, 'public.sibling', [['email', TEXT]], { parents: [50_010] });
    const grandchild = relation(
      50_013,
      'public.grandchild',
      [
        ['id', 23],
        ['email', TEXT],
      ],
      { parents: [50_011] },
    );
    const stranger = relation(50_014, 'public.stranger', [['email', TEXT]]);
    const all = [parent, child, sibling, grandchild, stranger];
    const expected = ['child.email', 'grandchild.email', 'parent.email', 'sibling.email'];
    for (const start of ['parent', 'child', 'sibling', 'grandchild']) {
      expect(closed(all, [`public.${start}.email`])).toEqual(expected);
    }
  });

  it('takes every generated column beside a protected one, in children too', () => {
    const parent = relation(50_020, 'public.p', [
      ['email', TEXT],
      ['upper', TEXT, 's'],
      ['plain', TEXT],
    ]);
    const child = relation(
      50_021,
      'public.c',
      [
        ['email', TEXT],
        ['upper', TEXT, 's'],
        ['lower', TEXT, 'v'],
      ],
      { parents: [50_020] },
    );
    expect(closed([parent, child], ['public.p.email'])).toEqual([
      'c.email',
      'c.lower',
      'c.upper',
      'p.email',
      'p.upper',
    ]);
  });

  it('takes a generated column only with what it is computed from, where that is known', () => {
    const table = relation(50_030, 'public.t', [
      ['email', TEXT],
      ['ssn', TEXT],
      ['both', TEXT, 's'],
      ['other', TEXT, 'v'],
    ]);
    const columns = table.columns.map((column) =>
      column.generated === '' ? column : { ...column, sources: column.name === 'both' ? [1, 2] : [5] },
    );
    const { columns: found } = closeProtection({ ...CATALOG, relations: [{ ...table, columns }] }, [
      { class: 'email', columns: ['*.email'] },
      { class: 'ssn', columns: ['*.ssn'] },
    ]);
    expect(found.map(({ attnum, class: name, derived }) => [attnum, name, derived])).toEqual([
      [1, 'email', undefined],
      [2, 'ssn', undefined],
      [3, 'email', ['email', 'ssn']],
    ]);
  });

  it('keeps what a rule once meant, whatever it is called now, as long as the rule is there', () => {
    const rules = [{ class: 'email', columns: ['public.people.email'] }];
    const { bound } = closeProtection({ ...CATALOG, relations: [people] }, rules);
    expect(bound).toEqual([{ relationOid: 50_001, attnum: 2, class: 'email', glob: 'public.people.email' }]);
    const moved = relation(50_001, 'app.persons', [
      ['id', 23],
      ['mail', TEXT],
    ]);
    const taken = relation(50_002, 'public.people', [['email', TEXT]]);
    const catalog = { ...CATALOG, relations: [moved, taken] };
    const later = closeProtection(catalog, rules, bound);
    expect(later.columns.map(({ relationOid, attnum }) => [relationOid, attnum])).toEqual([
      [50_002, 1],
      [50_001, 2],
    ]);
    expect(later.renamed).toEqual([{ class: 'email', glob: 'public.people.email', now: 'app.persons.mail' }]);
    // not told to be mistyped
    expect(closeProtection({ ...CATALOG, relations: [moved] }, rules, bound)).toMatchObject({ unmatched: [] });
    expect(closeProtection(catalog, [{ class: 'email', columns: ['other.*'] }], bound).columns).toEqual([]);
    expect(closeProtection({ ...CATALOG, relations: [taken] }, rules, bound).columns).toHaveLength(1);
  });

  it('gives a column the class of the first rule that names it', () => {
    const catalog = { ...CATALOG, relations: [people] };
    const { columns } = closeProtection(catalog, [
      { class: 'first', columns: ['public.people.email'] },
      { class: 'second', columns: ['public.people.*'] },
    ]);
    expect(columns.find((column) => column.attnum === 2)?.class).toBe('first');
    expect(columns.find((column) => column.attnum === 1)?.class).toBe('second');
    expect(columns).toHaveLength(3);
  });

  it('is strict as soon as a rule exists, and not without one', () => {
    expect(closeProtection(CATALOG, [{ class: 'c', columns: ['nothing.like.this'] }])).toMatchObject({
      columns: [],
      strict: true,
    });
    expect(closeProtection(CATALOG, [])).toEqual({ columns: [], strict: false, unmatched: [], renamed: [], bound: [] });
  });

  it('tells the globs that name nothing in the catalog, and only those', () => {
    const { unmatched } = closeProtection({ ...CATALOG, relations: [people] }, [
      { class: 'email', columns: ['public.people.email', 'public.people.mail'] },
      { class: 'name', columns: ['public.{people,leads}.{id,Email}', 'public.leads.*'] },
      { class: 'all', columns: ['public.people.{id,emial,Email}', '{public,app}.*.email', 'public.{people}.*'] },
    ]);
    expect(unmatched).toEqual([
      { class: 'email', glob: 'public.people.mail', of: 'public.people.mail' },
      { class: 'name', glob: 'public.leads.{id,Email}', of: 'public.{people,leads}.{id,Email}' },
      { class: 'name', glob: 'public.leads.*', of: 'public.leads.*' },
      { class: 'all', glob: 'public.people.emial', of: 'public.people.{id,emial,Email}' },
      { class: 'all', glob: 'app.*.email', of: '{public,app}.*.email' },
    ]);
  });
});
