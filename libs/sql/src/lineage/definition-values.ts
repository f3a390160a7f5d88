import type { A_Expr, FuncCall, Node } from '@pgsql/types';
import { takesTree } from './definition-functions.js';
import { noteOracle } from './oracles.js';
import { refusals } from './refusals.js';
import { TYPE } from './total.js';
import type { Scope, Tracer, Value } from './tracer.js';
import { bodyOf, onlyFields } from './tree.js';
import { cleanValue, computedValue, isClean, noteEvaluation } from './values.js';

/** Of functions that print definitions these fail for some arguments; the others give NULL. */
const MAY_FAIL: ReadonlySet<string> = new Set(['pg_get_expr', 'pg_get_viewdef']);

/** Whether a default is the next number of a sequence: drivers ask for it. No literal is told by these patterns. */
const SEQUENCE_PATTERNS: ReadonlySet<string> = new Set([
  'nextval%',
  'nextval(%',
  "nextval('%",
  '%nextval%',
  '%nextval(%',
]);

const CUTS: ReadonlySet<string> = new Set(['substring', 'substr']);

const EQUALITIES: ReadonlySet<string> = new Set(['AEXPR_OP', 'AEXPR_IN', 'AEXPR_DISTINCT', 'AEXPR_NOT_DISTINCT']);

/** A call of a function that prints a definition: of an object told by number or name, or of a tree that the catalog keeps. */
export function definitionValue(tracer: Tracer, call: FuncCall, name: string, scope: Scope): Value {
  onlyFields('FuncCall', call, ['funcname', 'args', 'funcformat', 'location']);
  const values = (call.args ?? []).map((node) => tracer.value(tracer, node, scope));
  const { findings } = tracer;
  findings.touches = true;
  const isKnown = (value: Value, at: number): boolean =>
    isClean(value) || (takesTree(name, at) && value.taint.taint === 'definition');
  if (!values.every(isKnown)) {
    noteEvaluation(tracer, values, `The function ${name}`);
    return { ...computedValue(tracer, values, TYPE.text), taint: { taint: 'opaque' } };
  }
  if (MAY_FAIL.has(name)) findings.partial += 1;
  // nobody can make functions here to compare others with
  const ordered = name === 'pg_get_function_arguments';
  return { taint: { taint: 'definition' }, type: TYPE.text, label: 'of a definition', ordered };
}

/**
 * The beginning of a definition, which is masked like a whole one, or one without the double quotes around it, of which a name alone is
 * shown; null: another call.
 */
export function definitionPart(name: string, values: readonly Value[], nodes: readonly Node[]): Value | null {
  const [first, ...others] = values;
  if (first?.taint.taint !== 'definition' || !others.every(isClean)) return null;
  const second = bodyOf(nodes[1], 'A_Const');
  const begins = name === 'rtrim' || name === 'left' || (CUTS.has(name) && second?.ival?.ival === 1);
  if (begins) return { ...first, type: TYPE.text, ordered: false };
  if (name !== 'btrim' || second?.sval?.sval !== '"') return null;
  return { ...first, taint: { taint: 'definition', names: true }, type: TYPE.text, ordered: false };
}

/** An array of definitions is masked element by element; null: it is something else. */
export function definitionsArray(values: readonly Value[]): Value | null {
  const [only, ...more] = values;
  return only?.taint.taint === 'definition' && more.length === 0 ? { ...only, type: TYPE.unknown } : null;
}

/**
 * A whole definition compared by = or <> with something clean, which is noted as an equality and else tells nothing, or held against
 * one of the patterns for sequences; null: another comparison.
 */
export function comparedDefinition(
  tracer: Tracer,
  body: A_Expr,
  operator: string,
  sides: readonly Value[],
): Value | null {
  if (sides.length !== 2 || !sides.some(({ taint }) => taint.taint === 'definition')) return null;
  if (!sides.every((side) => isClean(side) || side.taint.taint === 'definition')) return null;
  if (body.kind === 'AEXPR_LIKE') return isPattern(body.rexpr) ? cleanValue(TYPE.bool) : null;
  if (!EQUALITIES.has(body.kind ?? '') || (operator !== '=' && operator !== '<>')) return null;
  noteOracle(tracer, 'equality', sides, (column) => refusals.uses(`The operator ${operator}`, column));
  return cleanValue(TYPE.bool);
}

function isPattern(node: Node | undefined): boolean {
  const pattern = bodyOf(bodyOf(node, 'TypeCast')?.arg ?? node, 'A_Const')?.sval?.sval;
  return pattern !== undefined && SEQUENCE_PATTERNS.has(pattern);
}
