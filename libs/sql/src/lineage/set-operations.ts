import type { Node, SelectStmt } from '@pgsql/types';
import { mayFailTogether } from './implicit-casts.js';
import { noteGuesses, noteOracle } from './oracles.js';
import { refusals } from './refusals.js';
import { classesOf } from './taint.js';
import type { Field, Tracer } from './tracer.js';
import { bodyOf } from './tree.js';
import { chosenValue, fieldValue, isClean, noteEvaluation } from './values.js';

/** The constant without a type of its own that the column is. */
function writtenIn(field: Field | undefined): Node | undefined {
  const [made, ...more] = field?.made ?? [];
  const constant = bodyOf(made, 'A_Const');
  return more.length === 0 && (constant?.sval || constant?.isnull) ? made : undefined;
}

/** One column of several rows or queries: what they put there. */
function combined(tracer: Tracer, name: string, fields: readonly Field[], use: string): Field {
  const values = fields.map((field) => fieldValue(tracer, field, use));
  const operands = values.map((each, at) => ({ value: each, node: writtenIn(fields[at]) }));
  if (mayFailTogether(operands)) noteEvaluation(tracer, values, use);
  const value = chosenValue(tracer, values);
  if (!isClean(value))
    noteGuesses(
      tracer,
      fields.flatMap((field) => field.made ?? []),
      null,
      classesOf(tracer, value.taint)[0],
    );
  const made = isClean(value) ? fields.flatMap((field) => field.made ?? []) : [];
  return {
    name,
    taint: value.taint,
    type: value.type,
    label: value.label,
    plainOnly: null,
    ...(made.length > 0 && { made }),
  };
}

/** The columns of a set operation; all but UNION ALL compare the rows. */
export function combineSides(
  tracer: Tracer,
  stmt: Pick<SelectStmt, 'op' | 'all'>,
  left: readonly Field[],
  right: readonly Field[],
): readonly Field[] {
  const fields = left.map((field, position) =>
    combined(tracer, field.name, [field, ...right.slice(position, position + 1)], 'A set operation'),
  );
  if (!(stmt.op === 'SETOP_UNION' && stmt.all === true)) {
    const values = fields.map((field) => fieldValue(tracer, field, 'A set operation'));
    noteOracle(tracer, 'grouping', values, refusals.setOperation);
  }
  return fields;
}
