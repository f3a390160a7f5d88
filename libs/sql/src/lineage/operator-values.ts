import type { A_Expr } from '@pgsql/types';
import { comparedDefinition } from './definition-values.js';
import { isSafeOperator, mayFailAmong, mayFailAnywhere, mayFailComparing, type Operand } from './implicit-casts.js';
import { requireOperator } from './operators.js';
import { noteGuesses } from './oracles.js';
import { Refused, refusals } from './refusals.js';
import { comparesRows } from './row-types.js';
import { classesOf } from './taint.js';
import { comparesValues, isScalar, isTotalOperator, TYPE } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { bodyOf, onlyFields, stringsOf } from './tree.js';
import { computedValue, isClean, noteEvaluation } from './values.js';

/** Comparisons whose parts are evaluated one after another until one decides. */
function decidesEarly(body: A_Expr): boolean {
  const kind: string = body.kind ?? '';
  return (
    kind === 'AEXPR_IN' || kind.includes('BETWEEN') || [body.lexpr, body.rexpr].some((side) => bodyOf(side, 'RowExpr'))
  );
}

/** Comparisons, by which values of two types are made one. */
const COMPARISONS: ReadonlySet<string> = new Set(['=', '<>', '!=', '<', '<=', '>', '>=']);

/** Whether the operator may fail for some values of its sides, by itself or by a cast that nobody wrote. */
function mayFail(body: A_Expr, name: string, left: Value | null, right: Value): boolean {
  if (left === null) return !isTotalOperator(name, null, right, body.rexpr);
  const sides: readonly [Operand, Operand] = [
    { value: left, node: body.lexpr },
    { value: right, node: body.rexpr },
  ];
  const kind: string = body.kind ?? '';
  if (kind.includes('BETWEEN')) return right.parts?.some((part) => mayFailComparing(sides[0], part)) !== false;
  if (kind === 'AEXPR_IN') return right.parts === undefined || mayFailAmong(sides[0], right.parts);
  const safe = isSafeOperator(name, ...sides);
  if (safe !== null) return !safe;
  if (!COMPARISONS.has(name)) return !isTotalOperator(name, left, right, body.rexpr);
  return kind === 'AEXPR_OP_ANY' || kind === 'AEXPR_OP_ALL' ? mayFailAnywhere(...sides) : mayFailComparing(...sides);
}

/** What a call of an operator carries; that it may fail, and which guesses stand in it, is noted. */
export function operatorValue(tracer: Tracer, body: A_Expr, scope: Scope): Value {
  onlyFields('A_Expr', body, ['kind', 'name', 'lexpr', 'rexpr', 'rexpr_list_start', 'rexpr_list_end', 'location']);
  const names = stringsOf(body.name) ?? [];
  const name = names.at(-1) ?? '';
  if (names.length > 2 || (names.length === 2 && names[0] !== 'pg_catalog'))
    throw new Refused(refusals.operator(names.join('.')));
  const kind: string = body.kind ?? '';
  const between = kind.includes('BETWEEN');
  for (const each of between ? ['<', '<=', '>', '>='] : [name]) requireOperator(tracer.context, each);
  const before = tracer.findings.partial;
  const left = body.lexpr ? tracer.value(tracer, body.lexpr, scope) : null;
  const right = tracer.value(tracer, body.rexpr, scope);
  const sides = left ? [left, right] : [right];
  const compared = between ? null : comparedDefinition(tracer, body, name, sides);
  if (compared) return compared;
  const use = `The operator ${between ? 'BETWEEN' : name}`;
  const tainted = !sides.every(isClean);
  if (tainted && decidesEarly(body) && tracer.findings.partial > before) noteEvaluation(tracer, sides, use);
  const rows = comparesRows(body.lexpr, left) || comparesRows(body.rexpr, right);
  if (rows || mayFail(body, name, left, right)) noteEvaluation(tracer, sides, use);
  else if (name === '||' && sides.some(({ type }) => !isScalar(type))) tracer.findings.partial += 1;
  if (tainted && comparesValues(name)) {
    const [className] = classesOf(tracer, computedValue(tracer, sides).taint);
    const single = comparesFully(name, kind);
    const guesses = [body.lexpr, body.rexpr].filter(
      (_, at) => single || (at === 0 ? left && isClean(left) : isClean(right)),
    );
    noteGuesses(tracer, guesses, scope, className);
  }
  if (kind === 'AEXPR_NULLIF') return computedValue(tracer, sides, left?.type);
  return computedValue(
    tracer,
    sides,
    name === '||' && sides.some(({ type }) => type === TYPE.text) ? TYPE.text : typeOf(name, left, right),
  );
}

/** A constant anywhere beside a comparison is part of a guess; of arithmetic only what stands alone on one side. */
function comparesFully(name: string, kind: string): boolean {
  return kind !== 'AEXPR_OP' || /^(?:=|<>|!=|<=?|>=?|!?~{1,2}\*?|\^@)$/u.test(name);
}

const ANSWERS = /^(?:=|<>|!=|<=?|>=?|!?~{1,2}\*?|\^@|@>|<@|&&|\?[|&]?|BETWEEN)$/u;

/** Of numbers the wider one's type is the result's. */
const WIDER: readonly number[] = [TYPE.int2, TYPE.int4, TYPE.int8, TYPE.numeric];

function typeOf(operator: string, left: Value | null, right: Value): number {
  if (ANSWERS.test(operator)) return TYPE.bool;
  if (operator === '->>' || operator === '#>>') return TYPE.text;
  if (left === null) return operator === '-' && WIDER.includes(right.type) ? right.type : TYPE.unknown;
  if (operator === '->' || operator === '#>') return left.type === TYPE.jsonb ? TYPE.jsonb : TYPE.unknown;
  if (!/^[-+*/%]$/u.test(operator)) return TYPE.unknown;
  const widths = [left, right].map(({ type }) => WIDER.indexOf(type));
  if (!widths.includes(-1)) return WIDER[Math.max(...widths)] ?? TYPE.unknown;
  const moment = left.type === TYPE.timestamp || left.type === TYPE.timestamptz;
  return moment && right.type === TYPE.interval ? left.type : TYPE.unknown;
}
