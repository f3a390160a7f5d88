import type { DetectRules, MaskingPlan, MaskRule, OutputSettings } from '@app/masking';
import type { RowField } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import type { Detection } from './detection.js';
import { maskingPlan } from './result-columns.js';
import type { TargetProfile } from './session-parts.js';

/** Plans of one statement kept: formats, settings and grants of all its sessions. */
const PLANS = 8;

/** What the masks of one result depend on, beside its statement and columns. */
export interface PlanTerms {
  readonly profile: TargetProfile;
  /** its types stand for the catalog they are of */
  readonly settings: OutputSettings;
  /** classes that leave unmasked */
  readonly unmask: readonly string[];
}

/** `schema.table.column` of a column as the catalog has it; null: there is none. */
type ColumnName = (relationOid: number, attnum: number) => string | null;

/** The masks of a result; null: nothing of it is masked or looked through. */
export interface ResultMasks {
  /** what the client is shown */
  readonly shown: MaskingPlan | null;
  /** what the record keeps: no class is granted to it */
  readonly recorded: MaskingPlan | null;
}

interface Kept extends ResultMasks {
  readonly fields: readonly RowField[];
  readonly terms: PlanTerms;
}

/** By the description, which text, catalog and search path make: with what it depends on it is another one. */
const kept = new WeakMap<StatementDescription, Kept[]>();

/**
 * The masks of a result, compiled once for all executions whose columns, settings and grants are the same.
 * @param columnName by the catalog that the settings' types are of
 */
export function resultMasks(
  statement: StatementDescription,
  fields: readonly RowField[],
  terms: PlanTerms,
  columnName: ColumnName,
): ResultMasks {
  const plans = kept.get(statement) ?? [];
  const known = plans.find((plan) => sameTerms(plan.terms, terms) && sameFields(plan.fields, fields));
  if (known !== undefined) return known;
  const made: Kept = { ...compiled(statement, fields, terms, columnName), fields, terms };
  kept.set(statement, [made, ...plans.slice(0, PLANS - 1)]);
  return made;
}

function compiled(
  statement: StatementDescription,
  fields: readonly RowField[],
  { profile, settings, unmask }: PlanTerms,
  columnName: ColumnName,
): ResultMasks {
  const { detection } = profile;
  const detect = detection === null ? null : (field: RowField) => rulesOf(detection, field, columnName);
  const recorded = maskingPlan(statement, fields, profile.maskOf, settings, detect);
  if (recorded === null || unmask.length === 0) return { shown: recorded, recorded };
  const granted = (name: string): MaskRule | null => (unmask.includes(name) ? null : profile.maskOf(name));
  return { shown: maskingPlan(statement, fields, granted, settings, detect), recorded };
}

/** A column that is what a table has may be left alone; of any other it is not known what it is. */
function rulesOf(detection: Detection, { tableOid, attnum }: RowField, columnName: ColumnName): DetectRules | null {
  const isNamed = detection.hasExceptions && tableOid !== 0 && attnum > 0;
  return detection.rulesOf(isNamed ? columnName(tableOid, attnum) : null);
}

function sameTerms(one: PlanTerms, other: PlanTerms): boolean {
  return (
    one.profile === other.profile &&
    one.settings.types === other.settings.types &&
    one.settings.dateStyle === other.settings.dateStyle &&
    one.settings.intervalStyle === other.settings.intervalStyle &&
    one.unmask.length === other.unmask.length &&
    one.unmask.every((name, i) => name === other.unmask[i])
  );
}

function sameFields(some: readonly RowField[], others: readonly RowField[]): boolean {
  if (some === others) return true;
  return some.length === others.length && some.every((field, i) => sameField(field, others[i]!));
}

function sameField(one: RowField, other: RowField): boolean {
  return (
    one.typeOid === other.typeOid &&
    one.typmod === other.typmod &&
    one.format === other.format &&
    one.tableOid === other.tableOid &&
    one.attnum === other.attnum &&
    one.name === other.name
  );
}
