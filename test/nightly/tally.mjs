/** Counts what passed and failed, and says so as it goes. */
export class Tally {
  #passed = 0;
  #failed = 0;
  #since = 0;
  #told = 0;

  begin(name) {
    this.#since = performance.now();
    this.#told = this.#since;
    process.stdout.write(`${name}\n`);
  }

  /** A line of progress, at most one in two seconds. */
  progress(text) {
    const now = performance.now();
    if (now - this.#told < 2_000) return;
    this.#told = now;
    process.stdout.write(`  … ${text} (${this.seconds()} s)\n`);
  }

  /** @param detail said when it failed, and when it passed if there is something to say */
  check(what, passed, detail = '') {
    if (passed) this.#passed += 1;
    else this.#failed += 1;
    process.stdout.write(`  ${passed ? 'ok    ' : 'FAILED'} ${what}${detail === '' ? '' : `: ${detail}`}\n`);
  }

  seconds() {
    return ((performance.now() - this.#since) / 1000).toFixed(1);
  }

  /** Prints the sum. @returns the exit code */
  finish() {
    process.stdout.write(`${this.#passed} passed, ${this.#failed} failed\n`);
    return this.#failed === 0 && this.#passed > 0 ? 0 : 1;
  }
}
