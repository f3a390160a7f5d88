import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { clone } from './built.mjs';

const COUNT = 20_000;
/** what sqlsmith writes is long: a statement of it takes as long as ten others */
const SQLSMITH = 1 / 20;

/** The comparison of `npm test` with a hundred times as many statements, and with those of sqlsmith where it is installed. */
export async function runDifferential(tally, { seed = 1, count = COUNT, postgres }) {
  const env = {
    ...process.env,
    SALLYPORT_DIFFERENTIAL: String(count),
    SALLYPORT_SQLSMITH: String(Math.ceil(count * SQLSMITH)),
    SALLYPORT_SEED: String(seed),
    ...(postgres && { SALLYPORT_POSTGRES: postgres }),
    NO_COLOR: '1',
  };
  const vitest = join(clone, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'acceptance', 'test/differential'], {
    cwd: clone,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.stdout.write(`  seed ${seed}, ${count} statements\n`);
  const lines = [];
  let rest = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      rest += chunk;
      const whole = rest.split('\n');
      rest = whole.pop() ?? '';
      for (const line of whole) tell(line);
    });
  }
  function tell(line) {
    lines.push(line);
    const words = /^differential: (.*)$/.exec(line)?.[1];
    if (words?.startsWith('… ')) tally.progress(words.slice(2));
    else if (words !== undefined) process.stdout.write(`    ${words}\n`);
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) process.stdout.write(`${lines.join('\n')}\n`);
  const countsOf = (name) => lines.map((line) => line.split(`differential: ${name}: `)[1]).find(Boolean);
  const compared = countsOf(`seed ${seed}`);
  tally.check(
    `of ${count} statements nothing is said to be clean that the server computes from protected columns`,
    code === 0 && compared !== undefined,
    compared ?? 'nothing was compared',
  );
  const others = countsOf('sqlsmith');
  tally.check(
    'nor of those that sqlsmith writes',
    code === 0 && others !== undefined,
    others ?? 'nothing was compared',
  );
}
