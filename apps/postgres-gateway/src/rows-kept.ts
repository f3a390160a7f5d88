import type { RecordingLevel } from '@app/targets';

/** How many rows of a result a recording level keeps. */
export function rowsKept(level: RecordingLevel): number {
  if (level === 'none') return 0;
  return level === 'all' ? Number.MAX_SAFE_INTEGER : level.first;
}
