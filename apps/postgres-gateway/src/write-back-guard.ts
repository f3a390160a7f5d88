import type { DescribedRefusal } from '@app/gate';
import type { Principal } from '@app/identity';
import { maskLikeness, type MaskLikeness, type MaskRule, type UserTypes, type WrittenInto } from '@app/masking';
import type { ProtectConfig } from '@app/platform';
import type { CopyColumn, StatementDescription, WrittenValue } from '@app/sql';
import type { MaskedPlace, MaskedReads } from './masked-reads.js';

/** The value of one $n as it was bound. */
export interface BoundValue {
  /** null: NULL */
  readonly bytes: Buffer | null;
  readonly format: 0 | 1;
  /** as declared or announced; 0: not known */
  readonly typeOid: number;
}

/** What the guard goes by, the same for all sessions of a target. */
export interface WriteBackRules {
  /** whether masks may be written into columns of a class */
  readonly refuses: (protectedClass: string) => boolean;
  readonly reads: MaskedReads;
}

/** Who writes where. */
export interface Writer {
  readonly principal: Principal;
  readonly target: string;
  readonly maskOf: (protectedClass: string) => MaskRule;
  readonly types?: UserTypes;
}

/** Which classes are guarded: of several entries of `protect` for one class the strictest; one that nobody named is. */
export function guardedClasses(
  protect: readonly Pick<ProtectConfig, 'class' | 'writeBack'>[],
): WriteBackRules['refuses'] {
  const byClass = new Map<string, boolean>();
  for (const { class: name, writeBack } of protect)
    byClass.set(name, (byClass.get(name) ?? false) || writeBack === 'refuse');
  return (protectedClass) => byClass.get(protectedClass) ?? true;
}

/**
 * Why a statement may not write what it writes: a mask in the place of a real value, or what looks like a mask that the same person was
 * given of that very column. Constants of a text are looked at when it is described, bound values with each Bind.
 * @param bound the value of $n; null: it is not bound yet
 * @returns null: it may
 */
export function writeBackRefusal(
  { written }: StatementDescription,
  bound: ((number: number) => BoundValue | undefined) | null,
  writer: Writer,
  rules: WriteBackRules,
): DescribedRefusal | null {
  for (const each of written ?? []) {
    if (!rules.refuses(each.class)) continue;
    const likeness = likenessOf(each, bound, writer);
    if (likeness === 'mask') return maskRefusal(each.column, each.class);
    const mayBeOne = likeness === 'plausible' && each.direct && each.replaces;
    if (mayBeOne && rules.reads.gave(writer.principal, writer.target, each)) return plausibleRefusal(each);
  }
  return null;
}

function likenessOf(
  { value, typeOid, typmod, class: name }: WrittenValue,
  bound: ((number: number) => BoundValue | undefined) | null,
  { maskOf, types }: Writer,
): MaskLikeness {
  const into = { typmod, mask: maskOf(name), ...(types === undefined ? {} : { types }) };
  if ('literal' in value) {
    // the values of a text are bound to nothing: they were looked at when it was described
    if (bound !== null) return 'value';
    return maskLikeness(value.literal === null ? null : Buffer.from(value.literal), { ...into, typeOid, format: 0 });
  }
  const one = bound?.(value.parameter);
  if (one === undefined) return 'value';
  // in binary the bytes are those of the parameter's own type
  const ofValue = one.format === 1 && one.typeOid !== 0 ? one.typeOid : typeOid;
  return maskLikeness(one.bytes, { ...into, typeOid: ofValue, format: one.format });
}

function leaveOut(column: string, protectedClass: string): string {
  const name = JSON.stringify(column.split('.').at(-1));
  return `Leave ${name} out of SET, or out of the columns that are written: it then keeps its value. (The setting writeBack of the protected class ${JSON.stringify(protectedClass)} says whether masks may be written.)`;
}

/** Told also where a row of a COPY has one. */
export function maskRefusal(column: string, protectedClass: string): DescribedRefusal {
  return {
    code: 'masking',
    message: `The value for ${column} is one masked by the gateway: stored, it would replace the real one.`,
    hint: leaveOut(column, protectedClass),
    retry: 'after-change',
  };
}

function plausibleRefusal({ column, class: name }: WrittenValue): DescribedRefusal {
  return {
    code: 'masking',
    message: `The value for ${column} is what the gateway shows in the place of the real one, and you were given such values of this column: stored, it would replace the real one.`,
    hint: leaveOut(column, name),
    retry: 'after-change',
  };
}

/** Columns of which a statement hands out masked values. @param unmask classes that leave unmasked */
export function maskedPlaces(
  { lineage, outputs, copy }: StatementDescription,
  unmask: readonly string[],
): readonly MaskedPlace[] {
  if (lineage !== 'touches') return [];
  const copied = copy?.does === 'out' ? (copy.columns ?? []) : [];
  return [
    ...(outputs ?? []).flatMap((output): MaskedPlace[] =>
      output.taint === 'column' && !unmask.includes(output.class) ? [output] : [],
    ),
    ...copied.flatMap(({ class: name }): MaskedPlace[] =>
      name === null || unmask.includes(name) ? [] : [{ class: name }],
    ),
  ];
}

/** What columns of a COPY FROM STDIN may not get; null: none is guarded. */
export function copiedInto(
  columns: readonly CopyColumn[],
  format: 0 | 1,
  maskOf: (protectedClass: string) => MaskRule,
  refuses: WriteBackRules['refuses'],
): readonly (WrittenInto | null)[] | null {
  const into = columns.map(({ typeOid, typmod, class: name }): WrittenInto | null =>
    name === null || !refuses(name) ? null : { typeOid, typmod, format, mask: maskOf(name) },
  );
  return into.some((each) => each !== null) ? into : null;
}
