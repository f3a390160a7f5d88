import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ConfigError, loadConfig, loadPartialConfig } from '@app/platform';
import { CliError } from './cli.error.js';
import { cloneFolder } from './home.js';

/** The programs that may use the credentials of targets. */
export type GatewayProgram = 'postgres-gateway' | 'kube-gateway';

/**
 * A configuration without its secrets, whole.
 * @throws CliError for a file that only `npm start -- --config FILE` completes: what to do instead
 */
export function wholeConfig(file: string, env: NodeJS.ProcessEnv): ReturnType<typeof loadConfig> {
  try {
    return loadConfig(file, env, 'control');
  } catch (error) {
    if (error instanceof ConfigError && isPartial(file, env))
      throw new CliError(
        `${error.message}\n"npm start -- --config FILE" embeds what FILE leaves out: once it started with this file, run this without --config`,
        1,
        { cause: error },
      );
    throw error;
  }
}

function isPartial(file: string, env: NodeJS.ProcessEnv): boolean {
  try {
    loadPartialConfig(file, env, 'control');
    return true;
  } catch {
    return false;
  }
}

/** How a program is run. */
interface Run {
  readonly env: NodeJS.ProcessEnv;
  /** ms without any sign of it after which it is ended */
  readonly patienceMs: number;
  /** takes a line of its standard error; true: it was no message for people */
  readonly onLine?: (line: string) => boolean;
}

/**
 * Runs a gateway's program once, for an answer on its standard output.
 * @throws CliError with what it said when it fails, or says nothing for too long
 */
export async function gatewayAnswer(program: GatewayProgram, args: readonly string[], run: Run): Promise<string> {
  const main = join(cloneFolder, 'dist', 'apps', program, 'src', 'main.js');
  const child = spawn(process.execPath, [main, ...args], { env: run.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = (): void => void child.kill('SIGKILL');
  let patience = setTimeout(end, run.patienceMs);
  const said: string[] = [];
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  createInterface({ input: child.stderr }).on('line', (line) => {
    clearTimeout(patience);
    patience = setTimeout(end, run.patienceMs);
    if (run.onLine?.(line) !== true) said.push(line);
  });
  try {
    const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    if (code === 0) return out;
    const silent = signal === null ? `it ended with ${code}` : `it said nothing for ${run.patienceMs / 1_000} s`;
    throw new CliError(said.join('\n').trim() || `${program} could not look: ${silent}`);
  } finally {
    clearTimeout(patience);
  }
}
