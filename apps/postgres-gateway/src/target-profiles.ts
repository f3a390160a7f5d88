import { createHash } from 'node:crypto';
import { compileGlob } from '@app/identity';
import { maskRuleFromConfig, type MaskRule, Pseudonyms } from '@app/masking';
import type { SallyportConfig } from '@app/platform';
import type { ProtectionRule } from '@app/sql';
import type { PostgresTarget } from '@app/targets';
import type { MaskedReads } from './masked-reads.js';
import { detectionOf } from './detection.js';
import { oracleSettings } from './oracle-demands.js';
import { rowsKept } from './rows-kept.js';
import type { TargetProfile } from './session-parts.js';
import { splitTarget } from './split-target.js';
import { guardedClasses } from './write-back-guard.js';

type Protect = SallyportConfig['protect'];

/** What entries of `protect` say of where classes live. */
export type ProtectedPlaces = readonly Pick<Protect[number], 'class' | 'columns'>[];

/** The protection rules that name columns of one target; empty: the target has none. */
export function protectionRules(protect: ProtectedPlaces, target: string): ProtectionRule[] {
  return protect.flatMap((entry) => {
    const columns = entry.columns.flatMap((column) => {
      const [pattern, rest] = splitTarget(column);
      return compileGlob(pattern).matches(target) ? [rest] : [];
    });
    return columns.length > 0 ? [{ class: entry.class, columns }] : [];
  });
}

/** The mask of each protected class. @param secret of the tenant: who does not have it can neither make nor compare pseudonyms */
export function masksByClass(protect: Protect, secret: () => Uint8Array): ReadonlyMap<string, MaskRule> {
  return new Map(
    protect.map((entry) => [
      entry.class,
      maskRuleFromConfig(entry.mask, (shape) => new Pseudonyms(secret(), entry.class, shape)),
    ]),
  );
}

/** What every session of a target works by; made once per target. @param masks see `masksByClass` */
export function targetProfile(
  target: PostgresTarget,
  { protect, detect }: Pick<SallyportConfig, 'protect' | 'detect'>,
  masks: ReadonlyMap<string, MaskRule>,
  reads: MaskedReads,
  chunk: { readonly bytes: number; readonly for: number },
): TargetProfile {
  const strict = protectionRules(protect, target.name).length > 0;
  const inForce = protect.map(({ class: name, mask }) => ({ name, mask: mask ?? null }));
  return {
    target,
    strict,
    detection: detectionOf(detect, target.name, strict),
    masks: createHash('sha256')
      .update(JSON.stringify({ columns: protectionRules(protect, target.name), masks: inForce }))
      .digest('hex'),
    // a class without a rule of its own cannot come out of the closure; the strongest mask all the same
    maskOf: (protectedClass) => masks.get(protectedClass) ?? { mode: 'null' },
    oracles: oracleSettings(protect),
    writeBack: { refuses: guardedClasses(protect), reads },
    keepRows: rowsKept(target.record),
    chunkBytes: chunk.bytes,
    chunkMs: chunk.for,
  };
}
