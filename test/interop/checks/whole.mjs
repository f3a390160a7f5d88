import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clone } from '../../nightly/built.mjs';
import { shortSoak } from '../../nightly/soak.mjs';
import { runTransparency } from '../../nightly/transparency.mjs';

/** Takes the checks of a nightly run as steps. */
class TallyOfSteps {
  #steps;
  #waiting = Promise.resolve();

  constructor(steps) {
    this.#steps = steps;
  }

  progress() {}

  check(what, passed, detail = '') {
    const sentence = detail === '' || !passed ? what : `${what}: ${detail}`;
    this.#waiting = this.#waiting.then(() => this.#steps.step(sentence, () => assert.ok(passed, detail)));
  }

  told() {
    return this.#waiting;
  }
}

/** `npm run nightly -- soak` in seconds: few connections, one worker killed. */
export async function checkSoak(steps) {
  const tally = new TallyOfSteps(steps);
  await shortSoak(tally);
  await tally.told();
}

/** Every script of test/transparency. */
export async function checkTransparency(steps) {
  const tally = new TallyOfSteps(steps);
  await runTransparency(tally);
  await tally.told();
}

/** The black-box specs that take too long for `npm test`: each is a step. */
export async function checkSystem(steps) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-system-'));
  try {
    const report = join(folder, 'report.json');
    const vitest = join(clone, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [vitest, 'run', '--project', 'system', '--reporter', 'json', '--outputFile', report];
    const child = spawn(process.execPath, args, { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'] });
    const code = await new Promise((resolve) => child.once('close', resolve));
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    for (const { name, message, assertionResults, startTime, endTime } of testResults) {
      const file = name.slice(clone.length + 1);
      steps.note(`${file}: ${((endTime - startTime) / 1_000).toFixed(1)} s`);
      if (assertionResults.length === 0) steps.failed(file, new Error(message || 'no test of it ran'));
      for (const { fullName, status, failureMessages } of assertionResults)
        await steps.step(fullName, () => assert.equal(status, 'passed', `${file}: ${failureMessages.join('\n')}`));
    }
    if (code !== 0 && steps.failures.length === 0) throw new Error(`vitest ended with ${code}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
