import type { Node } from '@pgsql/types';
import { isScalar, TYPE } from './total.js';
import type { Value } from './tracer.js';
import { bodyOf, nodeParts } from './tree.js';

/** Arrays of rows, and rows of which a part may be a row, an array or JSON: the type that the server calls record[]. */
export const ROWS = 2287;

/** Rows of which no part is one, of any types otherwise; the server knows no such type. */
const LOOSE_ROW = -TYPE.record;

/**
 * Whether the values may be anonymous rows, or hold some. Two of them are compared part by part, and the first parts that differ in type,
 * or whose type cannot be compared, are an error, unless the parts before them have decided.
 */
export function isRowType(type: number): boolean {
  return type === TYPE.record || type === ROWS || type === LOOSE_ROW;
}

/** The type of what holds values of these types: `otherwise` unless a row may be among them. */
export function holding(values: readonly Value[], otherwise: number): number {
  return values.some(({ type }) => isRowType(type)) ? ROWS : otherwise;
}

/** The type of `ROW(…)`. */
export function rowType(values: readonly Value[]): number {
  return holding(values, values.every(({ type }) => isScalar(type)) ? TYPE.record : LOOSE_ROW);
}

/** Whether a side of a comparison is a row while the statement runs: `ROW(a, b) = ROW(c, d)` is split when it is read. */
export function comparesRows(node: Node | undefined, value: Value | null): boolean {
  if (value === null || !isRowType(value.type)) return false;
  return value.type === ROWS || !isRowConstructor(node);
}

function isRowConstructor(node: Node | undefined): boolean {
  return node !== undefined && nodeParts(node)[0] === 'RowExpr';
}

/** The type of a list behind IN, whose items are compared one by one. */
export function listType(nodes: readonly Node[], values: readonly Value[]): number {
  return nodes.some((node, at) => comparesRows(node, values[at] ?? null)) ? ROWS : TYPE.unknown;
}

/** The items of a list, for `listType`. */
export function listItems(node: Node): readonly Node[] {
  return bodyOf(node, 'List')?.items ?? [];
}
