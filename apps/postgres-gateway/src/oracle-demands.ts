import type { OracleDemand } from '@app/gate';
import type { ProtectConfig } from '@app/platform';
import type { Oracle, OracleKind } from '@app/policy';
import type { OracleUse, StatementDescription } from '@app/sql';

type OracleSetting = ProtectConfig['oracles'][OracleKind];

/** What becomes of one kind of use of a class. */
export type OracleSettings = (protectedClass: string, kind: OracleKind) => OracleSetting;

/** From the loosest to the strictest; of two counts the one that lets less pass per time. */
function strictness(setting: OracleSetting): number {
  if (typeof setting === 'object') return 1 + 1 / (1 + setting.count / setting.per);
  return { allow: 0, hold: 3, refuse: 4 }[setting];
}

/** The settings of all entries of `protect`: of several for one class the strictest; of a class nobody named nothing passes. */
export function oracleSettings(protect: readonly Pick<ProtectConfig, 'class' | 'oracles'>[]): OracleSettings {
  const byClass = new Map<string, Pick<ProtectConfig, 'oracles'>[]>();
  for (const entry of protect) byClass.set(entry.class, [...(byClass.get(entry.class) ?? []), entry]);
  return (protectedClass, kind) => {
    const [first, ...others] = (byClass.get(protectedClass) ?? []).map(({ oracles }) => oracles[kind]);
    if (first === undefined) return 'refuse';
    return others.reduce((one, other) => (strictness(other) > strictness(one) ? other : one), first);
  };
}

/** What a statement lets its author learn, each kind and class once; null: not known, since it was not read to its end. */
export function oraclesOf({ lineage, oracles }: StatementDescription): readonly Oracle[] | null {
  if (lineage === 'refused') return null;
  return pairs(oracles).map(({ kind, class: name }) => ({ kind, class: name }));
}

/** A kind and class with the first use of it, and how many there are in the statement. */
interface Pair extends Oracle {
  readonly use: OracleUse;
  readonly times: number;
}

function pairs(oracles: readonly OracleUse[]): Pair[] {
  const found = new Map<string, Pair>();
  for (const use of oracles)
    for (const name of use.classes) {
      const key = `${use.kind} ${name}`;
      const { use: first, times } = found.get(key) ?? { use, times: 0 };
      found.set(key, { kind: use.kind, class: name, use: first, times: times + (use.times ?? 1) });
    }
  return [...found.values()];
}

/** Those uses that do not simply pass. What is held is so by a rule, which asks people. */
export function oracleDemands({ oracles }: StatementDescription, settings: OracleSettings): readonly OracleDemand[] {
  return pairs(oracles).flatMap(({ kind, class: name, use, times }): OracleDemand[] => {
    const setting = settings(name, kind);
    if (setting === 'allow' || setting === 'hold') return [];
    const { reason, hint } = use.refusal;
    if (setting === 'refuse')
      return [
        {
          kind,
          class: name,
          times,
          allows: 'nothing',
          refusal: {
            code: 'masking',
            message: reason,
            hint: `${hint} (The setting oracles.${kind} of the protected class ${JSON.stringify(name)} says whether this passes.)`,
            retry: 'after-change',
          },
        },
      ];
    return [
      {
        kind,
        class: name,
        times,
        allows: setting,
        refusal: {
          code: 'masking',
          message: `${reason.replace(/\.?$/, '.')} This passes ${setting.count} times in ${spoken(setting.per)} for one person, and ${times > 1 ? `this statement does it ${times} times` : 'did'}.`,
          hint: `${hint} Or send it again later. (The setting oracles.${kind} of the protected class ${JSON.stringify(name)} says how often this passes.)`,
          retry: 'later',
        },
      },
    ];
  });
}

function spoken(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ] as const;
  const [unit, name] = units.find(([size]) => ms % size === 0) ?? [1, 'millisecond'];
  const count = ms / unit;
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}

const REVEALS: Readonly<Record<OracleKind, string>> = {
  equality: 'whether a value is the one that was sent along',
  predicate: 'which rows fulfil a condition on the value, and so a part of it with each statement',
  join: 'which rows have the same value as others',
  ordering: 'how the values are ordered, and so where each lies between known ones',
  grouping: 'which rows have equal values, and how many values there are',
  evaluation: 'what an error, an effect or the time of a computation tells of the value',
};

/** What reviewers are told of it, whole sentences: the values stay masked, and yet. */
export function oracleNotes({ oracles }: StatementDescription): readonly string[] {
  return pairs(oracles).map(
    ({ kind, class: name }) =>
      `It does not show values of the protected class ${JSON.stringify(name)}, and still tells ${REVEALS[kind]} (${kind}).`,
  );
}
