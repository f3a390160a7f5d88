import type { RowField } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import { Detection } from './detection.js';
import { resultMasks, type PlanTerms } from './masking-plans.js';
import type { TargetProfile } from './session-parts.js';

const TEXT = 25;
const email: RowField = { name: 'email', tableOid: 100, attnum: 2, typeOid: TEXT, typeSize: -1, typmod: -1, format: 0 };
const note: RowField = { ...email, name: 'note', attnum: 3 };
const fields = [email, note];

const profileOf = (detection: Detection | null = null): TargetProfile =>
  ({ maskOf: () => ({ mode: 'constant' }), detection }) as Partial<TargetProfile> as TargetProfile;
const profile = profileOf();

const statementOf = (): StatementDescription =>
  ({
    outputs: [
      { taint: 'column', relationOid: 100, attnum: 2, class: 'mail' },
      { taint: 'clean', source: null },
    ],
  }) as Partial<StatementDescription> as StatementDescription;

const types = (): undefined => undefined;
const terms: PlanTerms = { profile, settings: { dateStyle: 'ISO, MDY', intervalStyle: 'postgres', types }, unmask: [] };
const noColumn = (): null => null;

/** Columns as the target announces them again. */
const again = (): RowField[] => fields.map((field) => ({ ...field }));

describe('the masks of a result', () => {
  it('are compiled once for executions that announce the same', () => {
    const statement = statementOf();
    const first = resultMasks(statement, fields, terms, noColumn);
    expect(first.shown?.steps.map(({ kind }) => kind)).toEqual(['fixed', 'keep']);
    expect(first.recorded).toBe(first.shown);
    const same = { ...terms, settings: { ...terms.settings } };
    expect(resultMasks(statement, again(), same, noColumn).shown).toBe(first.shown);
  });

  it.each<[string, Partial<RowField>, Partial<PlanTerms>]>([
    ['another type', { typeOid: 1043 }, {}],
    ['a length', { typmod: 8 }, {}],
    ['another format', { format: 1 }, {}],
    ['another table', { tableOid: 101 }, {}],
    ['another column', { attnum: 7 }, {}],
    ['another name', { name: 'post' }, {}],
    ['another date style', {}, { settings: { ...terms.settings, dateStyle: 'German, DMY' } }],
    ['another interval style', {}, { settings: { ...terms.settings, intervalStyle: 'iso_8601' } }],
    ['another catalog', {}, { settings: { ...terms.settings, types: () => undefined } }],
    ['another target', {}, { profile: profileOf() }],
    ['a grant', {}, { unmask: ['name'] }],
  ])('are compiled anew for %s, and kept beside', (_, field, other) => {
    const statement = statementOf();
    const first = resultMasks(statement, fields, terms, noColumn);
    const changed = [{ ...email, ...field }, note];
    const second = resultMasks(statement, changed, { ...terms, ...other }, noColumn);
    expect(second.recorded).not.toBe(first.recorded);
    expect(resultMasks(statement, changed, { ...terms, ...other }, noColumn).recorded).toBe(second.recorded);
    expect(resultMasks(statement, again(), terms, noColumn).recorded).toBe(first.recorded);
  });

  it('are those of each statement, however alike', () => {
    const first = resultMasks(statementOf(), fields, terms, noColumn);
    expect(resultMasks(statementOf(), fields, terms, noColumn).shown).not.toBe(first.shown);
  });

  it('leave a granted class as it is for the client alone', () => {
    const { shown, recorded } = resultMasks(statementOf(), fields, { ...terms, unmask: ['mail'] }, noColumn);
    expect(shown).toBeNull();
    expect(recorded?.steps.map(({ kind }) => kind)).toEqual(['fixed', 'keep']);
  });

  it('look through the columns that no exception names', () => {
    const excepts = (column: string): boolean => column === 'public.people.note';
    const detection = new Detection([{ names: ['email'], action: 'mask', excepts }]);
    const looking = { ...terms, profile: profileOf(detection) };
    const named = (_: number, attnum: number): string => (attnum === 3 ? 'public.people.note' : 'public.people.other');
    const kinds = (columns: readonly RowField[]): readonly string[] | undefined =>
      resultMasks(statementOf(), columns, looking, named).shown?.steps.map(({ kind }) => kind);
    expect(kinds(fields)).toEqual(['fixed', 'keep']);
    expect(kinds([email, { ...note, attnum: 4 }])).toEqual(['fixed', 'detect']);
    expect(kinds([email, { ...note, tableOid: 0 }])).toEqual(['fixed', 'detect']);
  });
});
