import type { Node } from '@pgsql/types';
import type { MaskingRefusal, OracleKind, OutputColumn } from '../description.js';
import { resolveColumn } from './columns.js';
import { Refused } from './refusals.js';
import { classesOf } from './taint.js';
import type { Scope, Tracer } from './tracer.js';
import { bodyOf, isFields, stringsOf } from './tree.js';

/** Uses that decide which rows a statement touches. */
const DECIDING: ReadonlySet<OracleKind> = new Set(['equality', 'predicate', 'join']);

/** What an oracle is made of: a value or a field. */
export interface Telling {
  readonly taint: OutputColumn;
  readonly label: string | null;
}

/**
 * Notes a use by which the author may learn of values that are not shown, unless they are clean; each (kind, classes) once, with
 * how often.
 * @param refusal what is said where policy refuses the kind, given the label of a protected column
 */
export function noteOracle(
  tracer: Tracer,
  asked: OracleKind,
  values: readonly Telling[],
  refusal: (column: string) => MaskingRefusal,
): void {
  const classes = [...new Set(values.flatMap(({ taint }) => classesOf(tracer, taint)))].sort();
  const { findings } = tracer;
  if (values.some(({ taint }) => taint.taint !== 'clean')) findings.touches = true;
  if (classes.length === 0) return;
  const whole = values.every(({ taint }) => taint.taint === 'clean' || taint.taint === 'definition');
  // definitions that are grouped are told apart as wholes, and are no rows of anybody
  const kind = whole && asked === 'grouping' ? 'equality' : asked;
  for (const name of whole ? [] : classes) {
    findings.reads.add(name);
    if (DECIDING.has(kind)) findings.filters.add(name);
  }
  const known = findings.oracles.findIndex(
    (each) => each.kind === kind && each.classes.join('\0') === classes.join('\0'),
  );
  const former = findings.oracles[known];
  if (former !== undefined) {
    findings.oracles[known] = { ...former, times: (former.times ?? 1) + 1 };
    return;
  }
  const label = values.find((each) => each.taint.taint !== 'clean' && each.label !== null)?.label;
  findings.oracles.push({ kind, classes, refusal: refusal(label ?? `of class ${classes.join(', ')}`) });
}

/** The nodes of the statement whose values a column of a query is, when the statement brings them itself. */
function madeBy(tracer: Tracer, node: unknown, scope: Scope): readonly Node[] {
  const names = stringsOf(bodyOf({ ColumnRef: node } as unknown as Node, 'ColumnRef')?.fields);
  if (!names) return [];
  try {
    const meaning = resolveColumn(tracer, scope, names);
    return meaning.kind === 'field'
      ? (meaning.field.made ?? [])
      : meaning.item.fields.flatMap(({ made }) => made ?? []);
  } catch (error) {
    if (error instanceof Refused) return [];
    throw error;
  }
}

/**
 * Notes the constants and parameters in `nodes` as values of the class: they are guesses of protected values, or become ones, and
 * neither the record nor a reviewer sees them. Columns that stand for constants of the statement count as these.
 */
export function noteGuesses(
  tracer: Tracer,
  nodes: readonly (Node | undefined)[],
  scope: Scope | null,
  className: string | undefined,
): void {
  if (className === undefined) return;
  const { literals, parameters } = tracer.findings;
  const pending: unknown[] = [...nodes];
  const seen = new Set<unknown>();
  for (let next = pending.pop(); pending.length > 0 || next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    if (Array.isArray(next)) {
      pending.push(...(next as unknown[]));
      continue;
    }
    for (const [kind, body] of Object.entries(next)) {
      if (!isFields(body)) {
        if (Array.isArray(body)) pending.push(body);
      } else if (kind === 'A_Const') {
        const location = typeof body['location'] === 'number' ? body['location'] : 0;
        if (location >= 0 && !tracer.noted.has(location)) {
          tracer.noted.add(location);
          literals.push({ location, class: className });
        }
      } else if (kind === 'ParamRef') {
        const number = typeof body['number'] === 'number' ? body['number'] : 0;
        if (!parameters.has(number)) parameters.set(number, className);
      } else {
        if (kind === 'ColumnRef' && scope !== null) pending.push(...madeBy(tracer, body, scope));
        pending.push(body);
      }
    }
  }
}
