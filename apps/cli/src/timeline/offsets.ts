const units: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** `1h30m`, `2s`, `250ms`, or seconds as a number, in ms; null: none of these. */
export function readDuration(text: string): number | null {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return null;
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    sum += Number(number) * (units.get(unit ?? '') ?? 0);
  return sum;
}

/** A moment of a session: a duration since it began, or a time (ISO 8601), in ms since it began; null: neither. */
export function readMoment(text: string, openedAt: string): number | null {
  const duration = readDuration(text);
  if (duration !== null) return duration;
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return null;
  const at = Date.parse(text) - Date.parse(openedAt);
  return Number.isNaN(at) ? null : at;
}
