import { copyScripts, notifyScripts } from './copy-scripts.js';
import { sqlScripts } from './sql-script.js';
import type { Script } from './step.js';
import { typeScripts } from './type-scripts.js';
import { wireScripts } from './wire-scripts.js';

/** Everything that is sent, in the order in which it is sent. */
export function scripts(): readonly Script[] {
  return [...typeScripts(), ...sqlScripts(), ...wireScripts(), ...copyScripts(), ...notifyScripts()];
}
