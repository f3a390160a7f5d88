import assert from 'node:assert/strict';
import { run } from '../programs.mjs';

/** Runs a program that tells its steps itself, in the form of ours, and counts them. */
export async function told(steps, command, args, { given, env = {}, cwd }) {
  const from = performance.now();
  const { status, stdout, stderr } = await run(command, args, {
    env: { ...asEnvironment(given), PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', ...env },
    cwd,
    pass: true,
  });
  const found = [...stdout.matchAll(/^ {3}(ok {3}|FAIL )(.*)$/gmu)];
  steps.total += found.length;
  steps.failures.push(...found.filter(([, how]) => how === 'FAIL ').map(([, , sentence]) => sentence));
  if (status !== 0) assert.ok(steps.failures.length > 0, `${command} ended with ${status}\n${stderr}`);
  assert.ok(found.length > 0, `${command} has told nothing\n${stdout}${stderr}`);
  steps.note(`${given.side}: ${found.length} steps, ${((performance.now() - from) / 1000).toFixed(1)} s`);
  return found.length;
}

/** All of it as JSON, and each value by itself for languages that bring no parser. */
function asEnvironment({ minted = {}, ...given }) {
  const flat = { ...given, minted_user: minted.user, minted_secret: minted.secret, minted_why: minted.why };
  const values = Object.entries(flat).map(([name, value]) => [`INTEROP_${name.toUpperCase()}`, String(value ?? '')]);
  return { INTEROP: JSON.stringify({ ...given, minted }), ...Object.fromEntries(values) };
}

/** As {@link told}, on PostgreSQL itself and then through the gateway, with everything that only the gateway has. */
export async function toldOnBothSides(steps, world, command, args, options = {}) {
  for (const given of [world.directly(), await world.through()]) {
    steps.note(`${given.side}:`);
    await told(steps, command, args, { ...options, given });
  }
}
