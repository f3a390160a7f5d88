import { z } from 'zod';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration as people write it, `30m`, as milliseconds. @param most ms @param mostText the same for people */
export function duration(most: number, mostText: string) {
  return z
    .string()
    .transform((text, context) => {
      const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
      const value = Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
      if (value > 0 && value <= most) return value;
      context.addIssue({ code: 'custom', message: `must be a duration such as 90s, 30m or 2h, at most ${mostText}` });
      return z.NEVER;
    })
    .describe(`A duration such as 90s, 30m or 2h, at most ${mostText}.`);
}
