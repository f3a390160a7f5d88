import type { SubLink } from '@pgsql/types';
import { cleanValue, computedValue, fieldValue, isClean, noteEvaluation } from './values.js';
import { definitionsArray } from './definition-values.js';
import { mayFailComparing, type Operand } from './implicit-casts.js';
import { requireOperator } from './operators.js';
import { noteGuesses } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { holding, isRowType } from './row-types.js';
import { classesOf, unnamed } from './taint.js';
import { isScalar, isTotalOperator, TYPE } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { bodyOf, onlyFields, stringsOf } from './tree.js';

function operatorOf(tracer: Tracer, link: SubLink): string {
  const names = stringsOf(link.operName) ?? [];
  if (names.length > 2 || (names.length === 2 && names[0] !== 'pg_catalog'))
    throw new Refused(refusals.operator(names.join('.')));
  const name = names.at(-1) ?? '=';
  requireOperator(tracer.context, name);
  return name;
}

/** Whether a value, or one row of values, may fail to be compared with the rows of a query. */
function mayFailRowByRow(tested: Operand, values: readonly Value[]): boolean {
  const left = tested.value.parts ?? [tested];
  return values.some((value, at) => {
    const side = left[at];
    return side === undefined || mayFailComparing(side, { value, node: undefined });
  });
}

/** A query inside of an expression; the conditions in it are noted wherever it stands. */
export function traceSubLink(tracer: Tracer, link: SubLink, scope: Scope): Value {
  onlyFields('SubLink', link, ['subLinkType', 'subLinkId', 'testexpr', 'operName', 'subselect', 'location']);
  const query = bodyOf(link.subselect, 'SelectStmt');
  if (!query) throw new Refused(refusals.unknownNode('SubLink'));
  const before = tracer.findings.partial;
  const fields = tracer.query(tracer, query, scope);
  const inside = tracer.findings.partial > before;
  // where a protected value decides whether it runs, time, locks and counters of the server tell that it did
  const after = (tracer.findings.partial += 1);
  // whether any row is there, whatever it holds
  if (link.subLinkType === 'EXISTS_SUBLINK') return cleanValue(TYPE.bool);
  const values = fields.map((field) => fieldValue(tracer, field, 'A subquery'));
  const type: string = link.subLinkType ?? '';
  switch (type) {
    case 'EXPR_SUBLINK': {
      const [only, ...more] = values;
      if (!only || more.length > 0) return computedValue(tracer, values);
      return { ...only, taint: unnamed(only.taint) };
    }
    case 'ARRAY_SUBLINK':
      // arrays in an array have to be of one size
      if (!values.every(({ taint, type }) => taint.taint === 'definition' || isScalar(type) || isRowType(type)))
        noteEvaluation(tracer, values, 'ARRAY');
      return definitionsArray(values) ?? computedValue(tracer, values, holding(values, TYPE.unknown));
    case 'ANY_SUBLINK':
    case 'ALL_SUBLINK': {
      const operator = operatorOf(tracer, link);
      const tested = tracer.value(tracer, link.testexpr, scope);
      const sides = [tested, ...values];
      const use = 'IN, ANY or ALL';
      if (sides.every(isClean)) return cleanValue(TYPE.bool);
      // the query runs until a row decides
      if (inside || tracer.findings.partial > after) noteEvaluation(tracer, sides, use);
      const rows = sides.some(({ type }) => isRowType(type)) && bodyOf(link.testexpr, 'RowExpr') === null;
      if (
        rows ||
        values.some(({ type }) => isRowType(type)) ||
        !isTotalOperator(operator, tested, computedValue(tracer, values), undefined)
      )
        noteEvaluation(tracer, sides, use);
      else if (mayFailRowByRow({ value: tested, node: link.testexpr }, values)) noteEvaluation(tracer, sides, use);
      const [className] = classesOf(tracer, computedValue(tracer, sides).taint);
      noteGuesses(tracer, [link.testexpr, link.subselect], scope, className);
      return computedValue(tracer, sides, TYPE.bool);
    }
    default:
      throw new Refused(refusals.unknownNode('SubLink'));
  }
}
