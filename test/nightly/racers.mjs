import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RACERS = 1_000;

/** The race of the interop tier, with a thousand racers. */
export async function runRacers(tally, { rounds = 1 }) {
  for (let round = 1; round <= rounds; round++) {
    const { code, output } = await vitest();
    const why = output
      .split('\n')
      .filter((line) => /Error|expected|✓|×/u.test(line))
      .slice(-8)
      .join(' ');
    tally.check(`${RACERS} racers on one grant over two worker processes run it exactly once`, code === 0, why.trim());
  }
}

function vitest() {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--project', 'system', 'test/system/approvals-race'],
    {
      cwd: root,
      env: { ...process.env, SALLYPORT_RACERS: String(RACERS), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}
