import type { Node } from '@pgsql/types';
import { TYPE } from './total.js';
import type { Value } from './tracer.js';
import { bodyOf } from './tree.js';

const WHOLE: ReadonlySet<number> = new Set([TYPE.int2, TYPE.int4, TYPE.int8]);

function textOf(node: Node | undefined): string | null {
  return bodyOf(bodyOf(node, 'TypeCast')?.arg ?? node, 'A_Const')?.sval?.sval ?? null;
}

/**
 * Calls of functions that fail for no value, as these are written here, may take any memory and time: `replace` with a longer text makes
 * more of some values than of others, and of what it made more again; `substring` with a text is a regular expression.
 */
export function mayGrow(name: string, nodes: readonly Node[], values: readonly Value[]): boolean {
  if (name === 'replace') {
    const [from, to] = [textOf(nodes[1]), textOf(nodes[2])];
    return from === null || to === null || Buffer.byteLength(to) > Buffer.byteLength(from);
  }
  return name === 'substring' && !WHOLE.has(values[1]?.type ?? TYPE.unknown);
}
