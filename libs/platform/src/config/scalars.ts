import { z } from 'zod';
import { compileNetwork, NetworkError } from '../network.js';

const millisecondsPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const bytesPer: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1_024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

interface Bounds {
  readonly min: string;
  readonly max: string;
}

/** Reads `250ms`, `60s`, `15m`, `12h`, `400d` as milliseconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  return parseUnit(text, /^(\d{1,12})(ms|s|m|h|d)$/, millisecondsPer);
}

/** Reads `512B`, `64KiB`, `256MiB`, `1GiB` (also `kB`, `MB`, `GB`) as bytes; undefined when it is none of these. */
export function parseSize(text: string): number | undefined {
  return parseUnit(text, /^(\d{1,12})(B|kB|MB|GB|KiB|MiB|GiB)$/, bytesPer);
}

function parseUnit(text: string, shape: RegExp, factors: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = shape.exec(text) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  return Number(digits) * (factors[unit] ?? Number.NaN);
}

/** A length of time between two bounds; loaded as milliseconds. */
export function duration(bounds: Bounds) {
  return quantity('duration', parseDuration, bounds, 'write a number and a unit, such as 250ms, 60s, 15m, 12h or 400d');
}

/** A number of bytes between two bounds; loaded as bytes. */
export function size(bounds: Bounds) {
  return quantity('size', parseSize, bounds, 'write a number and a unit, such as 64KiB, 256MiB or 1GiB');
}

function quantity(title: string, parse: (text: string) => number | undefined, { min, max }: Bounds, hint: string) {
  const low = parse(min) ?? Number.NaN;
  const high = parse(max) ?? Number.NaN;
  return z
    .string({ error: () => `must be a ${title}: ${hint}` })
    .meta({ title: `${title} ${min} – ${max}` })
    .transform((text, context) => {
      const value = parse(text);
      if (value === undefined) context.addIssue({ code: 'custom', message: `is not a ${title}: ${hint}` });
      else if (value < low || value > high)
        context.addIssue({ code: 'custom', message: `must lie between ${min} and ${max}` });
      else return value;
      return z.NEVER;
    });
}

/** A whole number between two bounds. */
export function count(min: number, max: number) {
  return z
    .int()
    .min(min)
    .max(max)
    .meta({ title: `number ${min} – ${max}` });
}

export const port = () => count(1, 65_535);

/** Text without control characters, as names, globs and messages are. */
export function text(maximum = 255) {
  return z
    .string()
    .min(1, 'must not be empty')
    .max(maximum, `must not be longer than ${maximum} characters`)
    .refine((value) => !/\p{Cc}/u.test(value), 'must not contain control characters')
    .meta({ title: 'text' });
}

/** One text or a list of them; loaded as a list. */
export function oneOrMany<T extends z.ZodType<string, string>>(item: T) {
  return z
    .union([item, z.array(item).min(1, 'must name at least one; leave the key out to mean all')], {
      error: 'must be a text or a list of texts',
    })
    .transform((value): z.output<T>[] => (Array.isArray(value) ? value : [value]));
}

/** `10.0.0.0/8`, `2001:db8::/32` or one address; loaded as the text. */
export function network() {
  return z
    .string()
    .superRefine((value, context) => {
      const message = networkProblem(value);
      if (message !== null) context.addIssue({ code: 'custom', message });
    })
    .meta({ title: 'network' });
}

function networkProblem(value: string): string | null {
  try {
    compileNetwork(value);
    return null;
  } catch (error) {
    if (error instanceof NetworkError) return error.message;
    throw error;
  }
}
