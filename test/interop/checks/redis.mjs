import assert from 'node:assert/strict';
import { redisProgram, root, run } from '../programs.mjs';

const specs = ['apps/control-api/src/queue/job-backend', 'apps/control-api/src/queue/background-work'];

/** The queue's specs on a real Redis and on PostgreSQL: `npm test` leaves Redis out where there is none. */
export async function checkRedis(steps) {
  let version = '';
  await steps.step('there is a Redis', async () => {
    ({ version } = await redisProgram());
    assert.match(version, /^\d+\./u);
  });
  await steps.step('the queue of approvals on Redis and on PostgreSQL: flushed, killed, restarted', async () => {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration', '--reporter', 'verbose'];
    const { status, stdout, stderr } = await run(process.execPath, [...vitest, ...specs], {
      env: { NO_COLOR: '1' },
      cwd: root,
    });
    const told = stdout + stderr;
    assert.equal(status, 0, told);
    assert.match(told, /Redis/iu);
    assert.doesNotMatch(told, /redis-server is not installed|\d+ skipped/u, told);
    process.stdout.write(`   Redis ${version}: ${/Tests +(.*)/u.exec(told)?.[1] ?? ''}\n`);
  });
}
