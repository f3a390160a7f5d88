import type { Node } from '@pgsql/types';
import { expandStar, resolveColumn } from './columns.js';
import { isClean, selectedField, wholeRow } from './values.js';
import { figureName } from './figure-name.js';
import { Refused, refusals } from './refusals.js';
import type { Field, Scope, Tracer } from './tracer.js';
import { bodyOf, nodeParts, onlyFields, stringsOf } from './tree.js';

function refuseBlocked(field: Field): Field {
  if (field.taint.taint === 'blocked') throw new Refused(refusals.blockedColumn(field.taint.label));
  return field;
}

function traceTarget(tracer: Tracer, node: Node, scope: Scope): readonly Field[] {
  const target = bodyOf(node, 'ResTarget');
  if (!target) throw new Refused(refusals.unknownNode(nodeParts(node)[0]));
  onlyFields('ResTarget', target, ['name', 'val', 'location']);
  const ref = bodyOf(target.val, 'ColumnRef');
  const fields = ref?.fields ?? [];
  const star = ref !== null && fields.length > 0 && bodyOf(fields.at(-1), 'A_Star') !== null;
  if (star) {
    const names = stringsOf(fields.slice(0, -1));
    if (!names) throw new Refused(refusals.unknownNode('column reference'));
    return expandStar(tracer, scope, names).map(refuseBlocked);
  }
  const name = target.name ?? figureName(target.val);
  const names = ref ? stringsOf(fields) : null;
  if (names) {
    const meaning = resolveColumn(tracer, scope, names);
    if (meaning.kind === 'field') return [{ ...refuseBlocked(meaning.field), name }];
  }
  const selection = bodyOf(target.val, 'A_Indirection');
  if (selection?.indirection?.some((step) => bodyOf(step, 'A_Star'))) {
    const row = selection.indirection.length === 1 ? wholeRow(tracer, selection.arg, scope) : null;
    if (!row) throw new Refused(refusals.unknownNode('(row).*'));
    onlyFields('A_Indirection', selection, ['arg', 'indirection']);
    return row.map(refuseBlocked);
  }
  const selected = selectedField(tracer, target.val, scope);
  if (selected) return [{ ...refuseBlocked(selected), name }];
  const value = tracer.value(tracer, target.val, scope);
  const made = isClean(value) && target.val ? { made: [target.val] } : {};
  return [
    {
      name,
      taint: value.taint,
      type: value.type,
      label: value.label,
      ordered: value.ordered === true,
      plainOnly: null,
      ...made,
    },
  ];
}

/** The output columns of a target list or RETURNING, stars expanded; an expression is what it carries. */
export function traceTargets(tracer: Tracer, nodes: readonly Node[] | undefined, scope: Scope): Field[] {
  return (nodes ?? []).flatMap((node) => traceTarget(tracer, node, scope));
}
