import { goProgram } from '../drivers/go.mjs';
import { toldOnBothSides } from '../drivers/told.mjs';

/** pgx v5: cached statements, batches and pipelines, binary copies, direct TLS, protocol 3.2. */
export async function checkPgx(steps, sallyports) {
  const { program, why } = await goProgram();
  if (program === null) steps.skip(why);
  else await toldOnBothSides(steps, await sallyports.drivers(), program, []);
}
