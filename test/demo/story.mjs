// How the demonstration is told: chapters, steps and what is shown of them.
import { setTimeout as sleep } from 'node:timers/promises';

/** A story as it is told; `said` is everything that was shown. */
export class Story {
  steps = 0;
  said = '';

  say(text) {
    this.said += `${text}\n`;
    process.stdout.write(`${text}\n`);
  }

  show(label, value) {
    this.say(`     ${label}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }

  /** One step: its sentence, and the proof that it is true. */
  async step(sentence, proof) {
    this.steps += 1;
    const started = Date.now();
    try {
      await proof();
    } catch (error) {
      this.say(`  ✗ ${sentence}`);
      throw error;
    }
    this.say(`  ✓ ${sentence} (${Date.now() - started} ms)`);
  }
}

/** Looks until there is something to see. @throws Error when that takes more than 20 s */
export async function eventually(look) {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (found) return found;
    if (tries > 100) throw new Error('it did not appear in time');
    await sleep(200);
  }
}
