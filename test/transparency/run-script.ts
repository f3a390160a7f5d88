import { type ServerFrame, summary, type WireClient } from '../support/wire-client.js';
import { firstDifference } from './compare.js';
import { type Difference, differenceOf } from './differences.js';
import type { Side, Sides } from './sides.js';
import type { Script, Step } from './step.js';

/** What came of one script. */
export interface ScriptResult {
  /** exchanges compared, by kind */
  readonly compared: ReadonlyMap<string, number>;
  /** SQLSTATEs that both answered with */
  readonly states: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
  readonly refused: readonly Difference[];
  readonly differences: readonly string[];
}

/** Sends every step of a script to both sides and compares what comes back. A step that is refused on purpose goes to the gateway only. */
export async function runScript(script: Script, { direct, through }: Sides): Promise<ScriptResult> {
  const [server, gateway] = [new SideOfScript(direct, script), new SideOfScript(through, script)];
  const compared = new Map<string, number>();
  const states = new Set<string>();
  const tags = new Set<string>();
  const refused: Difference[] = [];
  const differences: string[] = [];
  let row: readonly (Buffer | null)[] = [];
  try {
    for (const step of script.steps) {
      const frames = typeof step.send === 'function' ? step.send(row) : step.send;
      const meant = differenceOf(step.says);
      if (meant !== null) {
        const codes = summary(await gateway.take(step, frames)).errors.map(({ code }) => code);
        if (codes.join() === meant.code) refused.push(meant);
        else differences.push(`${step.says}\n  is to be refused with ${meant.code}, not answered by ${codes.join()}`);
        continue;
      }
      const [expected, found] = await Promise.all([server.take(step, frames), gateway.take(step, frames)]);
      compared.set(step.kind, (compared.get(step.kind) ?? 0) + 1);
      const difference = firstDifference(expected, found);
      if (difference !== null) differences.push(`${step.kind}, session ${step.session}: ${step.says}\n${difference}`);
      const { raw, errors, tags: done } = summary(expected);
      row = raw.at(-1) ?? row;
      for (const { code } of errors) states.add(code);
      for (const tag of done) tags.add(tag.replace(/( \d+)+$/, ''));
    }
  } finally {
    server.close();
    gateway.close();
  }
  return { compared, states, tags, refused, differences };
}

/** The sessions that a script has at one side, opened when they are first spoken in. */
class SideOfScript {
  readonly #side: Side;
  readonly #script: Script;
  readonly #sessions = new Map<string, WireClient>();

  constructor(side: Side, script: Script) {
    this.#side = side;
    this.#script = script;
  }

  async take(step: Step, frames: readonly Buffer[]): Promise<readonly ServerFrame[]> {
    const answer: ServerFrame[] = [];
    let wire = this.#sessions.get(step.session);
    if (wire === undefined) {
      const opened = await this.#side.open(this.#script.startup ?? {});
      ({ wire } = opened);
      this.#sessions.set(step.session, wire);
      answer.push(...opened.greeting);
    }
    if (frames.length > 0) wire.send(...frames);
    while (step.until !== '') {
      let next: ServerFrame;
      try {
        next = await wire.next();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // said in the place of a message, so that it shows where the answer ends
        answer.push({ type: '!', body: Buffer.from(error.message) });
        break;
      }
      answer.push(next);
      if (step.until.includes(next.type)) break;
    }
    if (step.blocks === true) await this.#waitForLock();
    return answer;
  }

  /** Until somebody has waited for a lock for longer than the server waits before it looks for deadlocks. */
  async #waitForLock(): Promise<void> {
    const end = Date.now() + 20_000;
    for (;;) {
      const waiting = await this.#side.ask(
        "SELECT 1 FROM pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '250 ms'",
      );
      if (waiting.length > 0) return;
      if (Date.now() > end) throw new Error(`nobody waits for a lock at ${this.#side.name}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  close(): void {
    for (const wire of this.#sessions.values()) wire.destroy();
  }
}
