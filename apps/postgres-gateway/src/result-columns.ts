import {
  compileMaskingPlan,
  type DetectRules,
  type MaskingPlan,
  type MaskRule,
  type OutputSettings,
} from '@app/masking';
import type { RowField } from '@app/pg-wire';
import type { OutputColumn, StatementDescription } from '@app/sql';

/** A protected column by (relation OID, attnum), as the knowledge in force says. */
export type IsProtected = (relationOid: number, attnum: number) => boolean;

/**
 * Holds what the target announces against what was proven before the statement ran: number of columns, and where each comes from.
 * @returns why they do not fit; null: they do. A misfit means that the proof was about other tables than the target reads
 */
export function misfit(
  statement: StatementDescription,
  fields: readonly RowField[],
  isProtected: IsProtected,
): string | null {
  const outputs = statement.outputs;
  if (outputs === null) {
    // a write without RETURNING describes no column at all, whatever it touches
    if (fields.length === 0 && !statement.returnsRows) return null;
    const fits = statement.lineage === 'clean' && !namesProtected(fields, isProtected);
    return fits ? null : 'a protected column appeared where none was proven';
  }
  if (outputs.length !== fields.length) return `${fields.length} columns came where ${outputs.length} were expected`;
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i]!;
    const field = fields[i]!;
    if (output.taint === 'column') {
      // the mask is the one of the class, whatever the target calls the column
      if (output.anonymous === true) continue;
      if (field.tableOid !== output.relationOid || field.attnum !== output.attnum)
        return `column ${i + 1} is not the protected column it was expected to be`;
    } else if (output.taint === 'clean') {
      if (field.tableOid !== 0 && isProtected(field.tableOid, field.attnum))
        return `column ${i + 1} is a protected column that was expected to be clean`;
      if (output.source && field.tableOid !== 0 && field.tableOid !== output.source.relationOid)
        return `column ${i + 1} comes from another table than expected`;
    } else if (output.taint === 'definition' && field.tableOid !== 0 && isProtected(field.tableOid, field.attnum))
      // its mask keeps all but literals; the constant and NULL that stand for other computed values keep nothing
      return `column ${i + 1} is a protected column that was expected to be a definition`;
  }
  return null;
}

/** Whether a protected column is among them. */
function namesProtected(fields: readonly RowField[], isProtected: IsProtected): boolean {
  return fields.some((field) => field.tableOid !== 0 && isProtected(field.tableOid, field.attnum));
}

/** Whether the values of the column leave as they are where the classes of `unmask` are granted. */
export function passesUnmasked(output: OutputColumn, unmask: readonly string[]): boolean {
  switch (output.taint) {
    case 'clean':
      return true;
    case 'column':
      return unmask.includes(output.class);
    case 'derived':
      return output.classes.every((name) => unmask.includes(name));
    case 'definition':
    case 'opaque':
      return false;
  }
}

/** A pseudonym of a value that somebody chose is the answer to a guess. */
function maskAmong(mask: MaskRule | null, isMixed: boolean): MaskRule | null {
  return isMixed && mask?.mode === 'pseudonym' ? { mode: 'same' } : mask;
}

/** What is computed from protected values is never a part of them, and its NULLs are answers: every row gets the same. */
function maskFor(output: OutputColumn, maskOf: (protectedClass: string) => MaskRule | null): MaskRule | null {
  switch (output.taint) {
    case 'clean':
      return null;
    case 'column':
      return maskAmong(maskOf(output.class), output.mixed === true);
    case 'derived':
      return output.classes.every((name) => maskOf(name) === null) ? null : { mode: 'same' };
    case 'definition':
      return { mode: 'definition', names: output.names === true };
    case 'opaque':
      return { mode: 'null' };
  }
}

/**
 * The masks of a result; null: every column passes as it is.
 * @param maskOf null for a class that passes unmasked
 * @param detect what is looked for in values of a column that is proven clean; null: nothing
 */
export function maskingPlan(
  statement: StatementDescription,
  fields: readonly RowField[],
  maskOf: (protectedClass: string) => MaskRule | null,
  settings: OutputSettings,
  detect: ((field: RowField) => DetectRules | null) | null = null,
): MaskingPlan | null {
  const { outputs } = statement;
  if (detect === null && (outputs === null || outputs.every(({ taint }) => taint === 'clean'))) return null;
  const plan = compileMaskingPlan(
    fields.map((field, i) => {
      const output = outputs?.[i];
      return {
        name: field.name,
        typeOid: field.typeOid,
        typmod: field.typmod,
        format: field.format === 1 ? 1 : 0,
        mask: output === undefined ? null : maskFor(output, maskOf),
        // what people agreed to show they agreed to show whole
        detect: output === undefined || output.taint === 'clean' ? (detect?.(field) ?? null) : null,
        settings,
      };
    }),
  );
  return plan.clean ? null : plan;
}

/** Columns with the formats a Bind asked for: none is text, one is for all, otherwise one each. */
export function withFormats(fields: readonly RowField[], formats: readonly number[]): readonly RowField[] {
  if (formats.length === 0 || (formats.length === 1 && formats[0] === 0)) return fields;
  return fields.map((field, i) => ({ ...field, format: (formats.length === 1 ? formats[0] : formats[i]) ?? 0 }));
}
