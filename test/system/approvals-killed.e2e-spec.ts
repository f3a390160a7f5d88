import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clone, ensureBuilt } from '../support/quickstart.js';

// A hundredth of `npm run nightly -- approvals`: one kill -9 of each, at the step where a use may burn.

const WITHIN_MS = 540_000;

describe('an approval', () => {
  it(
    'is neither lost, nor used twice, nor without record when the gateway or the audit database dies as it is used',
    async () => {
      await ensureBuilt();
      const script = join(clone, 'test', 'approvals', 'approvals.mjs');
      const victims = ['--only', 'gateway worker', '--only', 'PostgreSQL of the record'];
      const running = promisify(execFile)(process.execPath, [script, ...victims, '--at', 'consumed'], { cwd: clone });
      const { code, stdout } = await running.then(
        ({ stdout: text }) => ({ code: 0, stdout: text }),
        (error: { readonly code: number; readonly stdout: string }) => ({ code: error.code, stdout: error.stdout }),
      );
      expect(code, stdout).toBe(0);
    },
    WITHIN_MS,
  );
});
