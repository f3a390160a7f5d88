import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root, run } from '../programs.mjs';

/** docker-compose.yml and the Dockerfile, by the tools of their own projects. */
export async function checkCompose(steps) {
  await steps.step('docker-compose.yml and Dockerfile have no findings', async () => {
    const { status, stdout, stderr } = await run(process.execPath, [join(root, 'test', 'interop', 'compose.mjs')]);
    assert.equal(status, 0, stderr + stdout);
  });
}
