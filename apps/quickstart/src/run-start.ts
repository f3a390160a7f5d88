import { rmSync } from 'node:fs';
import { writeQuickstartFile } from '@app/platform';
import { readCommandLine, startHelp } from './command-line.js';
import { describeStart } from './described-start.js';
import type { StartedParts } from './described-start.js';
import { greet } from './greeting.js';
import { writeKubeconfigs } from './person-kubeconfig.js';
import { Narrator } from './narrator.js';
import { watchParent } from './parent-watch.js';
import { Start } from './start.js';
import { Stops } from './stops.js';

const stopWithinMs = 15_000;

/** Runs `npm start` until it is told to stop. @throws QuickstartError, ConfigError when it cannot start */
export async function runStart(args: readonly string[]): Promise<void> {
  const options = readCommandLine(args, process.env, process.cwd());
  if (options.help) {
    process.stdout.write(startHelp);
    return;
  }
  const narrator = new Narrator(process.stdout, options.quiet, process.env);
  const stops = new Stops((name, error) => narrator.warn(`${name}: ${(error as Error).message}`));
  let parts: StartedParts | null = null;
  const tell = () => {
    if (parts !== null && !stops.begun) writeQuickstartFile(parts.home.file, describeStart(parts, Date.now()));
  };
  const end = (reason: string, code: number) => void stop(narrator, stops, parts, reason, code);
  handleSignals(stops, end);
  watchParent((who) => end(`${who} is gone`, 0));
  try {
    parts = await new Start(options, narrator, stops, (what) => end(what, 1), tell).run();
  } catch (error) {
    if (stops.begun) return;
    await stops.run();
    throw error;
  }
  if (stops.begun) return;
  writeKubeconfigs(parts);
  tell();
  greet(narrator, describeStart(parts, Date.now()));
}

function handleSignals(stops: Stops, end: (reason: string, code: number) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // npm passes Ctrl-C on, so that it may arrive twice at once; somebody who presses it again later means it
      if (stops.begun && performance.now() - stopBegan > 1_500) process.exit(1);
      if (!stops.begun) stopBegan = performance.now();
      end(signal === 'SIGINT' ? 'stopping' : `stopping (${signal})`, 0);
    });
}

let stopBegan = 0;

async function stop(
  narrator: Narrator,
  stops: Stops,
  parts: StartedParts | null,
  reason: string,
  code: number,
): Promise<void> {
  if (stops.begun) return;
  narrator.note(`\n${reason} …`);
  if (code !== 0) narrator.warn(reason);
  setTimeout(() => process.exit(1), stopWithinMs).unref();
  if (parts !== null) rmSync(parts.home.file, { force: true });
  await stops.run();
  narrator.note('stopped');
  process.exit(code);
}
