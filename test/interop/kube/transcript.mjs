import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from '../../kube-server/kubectl.mjs';
import { run as runProgram } from '../programs.mjs';
import { normalise } from './normalise.mjs';

/**
 * Runs the steps of a scenario with one kubectl on one side.
 * @param side `{ kubeconfig, server, namespace, folder }`
 * @returns of each step its outcome as text, in which nothing of the side is left
 */
export async function transcribe(steps, file, side) {
  mkdirSync(side.folder, { recursive: true });
  const of = { ...side, file, home: side.folder };
  const fill = (arg) => arg.replaceAll('NAMESPACE', side.namespace);
  const run = (args, options = {}) => kubectl(file, args.map(fill), { ...of, ...options });
  const env = { KUBECONFIG: side.kubeconfig, HOME: side.folder };
  const program = (name, args, cwd) => runProgram(name, args, { cwd, env });
  const outcomes = [];
  for (const { say, args, body, status = 0, of: pick = (text) => text, ...options } of steps) {
    let outcome;
    try {
      if (body !== undefined) outcome = { text: normalise(await body({ ...of, run, program }), side), ok: true };
      else {
        const ended = await run(args, options);
        const text = `exit ${ended.status}\n${pick(normalise(ended.stdout.toString(), side))}\n${normalise(ended.stderr, side)}`;
        outcome = { text, ok: status === null || ended.status === status };
      }
    } catch (error) {
      outcome = { text: `${say}: ${error.message}`, ok: false };
    }
    outcomes.push({ say, ...outcome });
  }
  return outcomes;
}

/** One step for each of a scenario: it worked directly, and ended through the gateway as it did directly. */
export async function compare(steps, prefix, direct, through) {
  for (const [i, expected] of direct.entries()) {
    await steps.step(`${prefix} ${expected.say}`, () => {
      assert.ok(expected.ok, `directly:\n${expected.text}`);
      assert.equal(through[i].text, expected.text);
    });
  }
}

/** Folder of one side in the scratch folder of a check. */
export const folderOf = (scratch, ...names) => join(scratch, ...names);
