import type { Node } from '@pgsql/types';
import type { CatalogRelation } from './catalog.js';
import { copiedColumns } from './copied-columns.js';
import { copyOptions } from './copy-options.js';
import type { CopyColumn, CopyDescription, OutputColumn } from './description.js';
import type { LineageResult } from './lineage/index.js';
import { resolveRelation, type KnowledgeIndex } from './resolve.js';

/** Type OID of a column whose type is not known here. */
const UNKNOWN_TYPE = 0;

function tableColumns(
  index: KnowledgeIndex,
  relation: CatalogRelation,
  names: readonly string[] | null,
  outputs: readonly OutputColumn[] | null,
): CopyColumn[] | null {
  const taints = index.taintsOf(relation)?.columns;
  return (
    copiedColumns(relation, names)?.map(({ name, typeOid, typmod, attnum }, position) => {
      // what leaves is what lineage says of it, which knows more than the closure of protected columns
      const taint = outputs?.[position] ?? taints?.get(attnum) ?? { taint: 'clean' };
      return {
        name,
        typeOid,
        typmod,
        class: taint.taint === 'column' ? taint.class : null,
        ...(taint.taint === 'clean' || taint.taint === 'column' ? {} : { hidden: true as const }),
      };
    }) ?? null
  );
}

/** A column of a query is the column it is proven to be; of any other the type is not known. */
function queryColumn(index: KnowledgeIndex, name: string, output: OutputColumn): CopyColumn {
  const source = output.taint === 'column' ? output : output.taint === 'clean' ? output.source : null;
  const column =
    source === null
      ? undefined
      : index.relationsByOid.get(source.relationOid)?.columns.find(({ attnum }) => attnum === source.attnum);
  return {
    name,
    typeOid: column?.typeOid ?? UNKNOWN_TYPE,
    typmod: column?.typmod ?? -1,
    class: output.taint === 'column' ? output.class : null,
    // the mask of a value that somebody chose is the answer to a guess
    ...(output.taint === 'clean' || (output.taint === 'column' && output.mixed !== true)
      ? {}
      : { hidden: true as const }),
  };
}

function stringsOf(nodes: readonly Node[]): string[] | null {
  const names = nodes.map((node) => ('String' in node ? node.String.sval : undefined));
  return names.every((name) => name !== undefined) ? names : null;
}

/**
 * What a COPY between server and client moves, and how it is written. Null: the statement is none.
 * @param traced null on a target without protection
 */
export function copyDescription(
  node: Node,
  index: KnowledgeIndex,
  searchPath: readonly string[] | null,
  traced: LineageResult | null,
): CopyDescription | null {
  if (!('CopyStmt' in node)) return null;
  const { relation: range, attlist, options, is_from: isFrom, filename, is_program: isProgram } = node.CopyStmt;
  if (filename !== undefined || isProgram === true) return null;
  const { shape } = copyOptions(options, isFrom === true);
  const does = isFrom === true ? 'in' : 'out';
  if (range) {
    const { catalogname: database, schemaname: schema, relname: name } = range;
    const other = database !== undefined && database !== index.catalog.database;
    const relation = other ? null : resolveRelation(index, searchPath, schema ?? null, name ?? '');
    const names = attlist ? stringsOf(attlist) : null;
    const known = relation !== null && relation !== 'unknown-path' && (names !== null || !attlist);
    return {
      does,
      shape,
      columns: known ? tableColumns(index, relation, names, does === 'out' ? (traced?.outputs ?? null) : null) : null,
    };
  }
  const { outputs, names } = traced ?? { outputs: null, names: null };
  const columns = outputs?.map((output, i) => queryColumn(index, names?.[i] ?? '?column?', output)) ?? null;
  return { does, shape, columns };
}
