import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readQuickstartFile } from '@app/platform';
import type { QuickstartFile } from '@app/platform';

/** What runs on this home, or null. */
export function runningOn(home: string): QuickstartFile | null {
  const file = join(home, 'quickstart.json');
  return existsSync(file) ? readQuickstartFile(file) : null;
}
