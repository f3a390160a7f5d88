import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { clone } from './built.mjs';

/** Every script of test/transparency, where `npm test` runs a few. */
export async function runTransparency(tally) {
  const vitest = join(clone, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', '--project', 'acceptance', 'test/transparency'];
  const child = spawn(process.execPath, args, {
    cwd: clone,
    env: { ...process.env, SALLYPORT_TRANSPARENCY: 'all', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const counts = /^transparency: (.*)$/m.exec(said)?.[1];
  if (code !== 0) process.stdout.write(said);
  tally.check(
    'what comes through the gateway is what the server says, message by message',
    code === 0 && counts !== undefined,
    counts ?? 'nothing was compared',
  );
}
