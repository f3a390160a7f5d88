import { javaProgram } from '../drivers/java.mjs';
import { toldOnBothSides } from '../drivers/told.mjs';

/** pgjdbc: server-prepared statements after five executions, fetch sizes, CopyManager, metadata. */
export async function checkPgjdbc(steps, sallyports) {
  const program = await javaProgram();
  await toldOnBothSides(steps, await sallyports.drivers(), 'java', program);
}
