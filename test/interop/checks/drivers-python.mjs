import { join } from 'node:path';
import { python, root } from '../programs.mjs';
import { toldOnBothSides } from '../drivers/told.mjs';

const folder = join(root, 'test', 'interop', 'python');

const byScript = (name) => async (steps, sallyports) => {
  const program = await python(join(folder, 'drivers.txt'));
  await toldOnBothSides(steps, await sallyports.drivers(), program, [join(folder, name)]);
};

/** asyncpg: binary, prepared, pools with a password callback. */
export const checkAsyncpg = byScript('asyncpg_check.py');
