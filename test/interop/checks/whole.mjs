import assert from 'node:assert/strict';
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
