import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** What `quickstart.json` says, as far as black-box tests use it (docs/quickstart.schema.json has all of it). */
export interface QuickstartFile {
  readonly version: 1;
  readonly pid: number;
  readonly home: string;
  readonly config: string;
  readonly ca: string;
  readonly postgres: { readonly host: string; readonly port: number; readonly tls: 'required' };
  readonly kubernetes: { readonly url: string; readonly prefix: string } | null;
  readonly control: { readonly url: string; readonly openapi: string; readonly ready: string };
  readonly metrics: readonly string[];
  readonly issuer: { readonly url: string; readonly audience: string; readonly clientId: string } | null;
  readonly people: readonly QuickstartPerson[];
  readonly targets: readonly {
    readonly name: string;
    readonly kind: 'postgres';
    readonly dsn: string;
    readonly direct: { readonly url: string; readonly superuserUrl: string | null; readonly log: string | null };
    readonly protected: readonly string[];
  }[];
  readonly audit: {
    readonly readerUrl: string | null;
    readonly superuserUrl: string | null;
    readonly journals: readonly string[];
  };
  readonly queue: string | null;
  readonly processes: Readonly<Record<'postgres-gateway' | 'control-api', readonly number[]>> & {
    readonly 'kube-gateway'?: readonly number[];
  };
}

export interface QuickstartPerson {
  readonly name: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly agent: string | null;
  readonly token: string;
  readonly expiresAt: string;
  readonly kubeconfig: string | null;
}

/** A Sallyport that runs for a test. */
export interface RunningSallyport {
  readonly file: QuickstartFile;
  /** everything it has printed so far */
  output(): string;
  /** Reads `quickstart.json` again: pids change when a process was started anew. */
  reread(): QuickstartFile;
  /** Waits for an end that a test brings about by other means. */
  ended(): Promise<number | null>;
  /** Stops it with SIGTERM and removes the home unless it was given; resolves with the exit code. */
  stop(): Promise<number | null>;
}

export interface StartSallyportOptions {
  /** text of a configuration file */
  readonly config?: string;
  /** kept after `stop`; without it a temporary one */
  readonly home?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const clone = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const startWithinMs = 150_000;

/** Builds what is not built. Several test runs may call it at once. */
export async function ensureBuilt(): Promise<void> {
  await promisify(execFile)(process.execPath, [join(clone, 'tools', 'ensure.mjs'), '--quiet', '--build'], {
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** A temporary folder that others may pass through: as root the database servers run as another user. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  chmodSync(folder, 0o711);
  return folder;
}

/**
 * Starts the built quickstart on free ports and waits until it is ready. It dies with this process.
 * @throws Error with its output when it ends before it is ready
 */
export async function startSallyport(options: StartSallyportOptions = {}): Promise<RunningSallyport> {
  await ensureBuilt();
  const scratch = scratchFolder();
  const home = options.home ?? join(scratch, 'home');
  const args = ['--home', home, '--ports', 'auto', ...(options.args ?? [])];
  if (options.config !== undefined) {
    const configFile = join(scratch, 'own.yaml');
    writeFileSync(configFile, options.config);
    args.push('--config', configFile);
  }
  const main = join(clone, 'dist', 'apps', 'quickstart', 'src', 'main.js');
  const child = spawn(process.execPath, [main, ...args], {
    cwd: clone,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  let isOver = false;
  void ended.then(() => (isOver = true));
  const file = join(home, 'quickstart.json');
  const read = () => JSON.parse(readFileSync(file, 'utf8')) as QuickstartFile;
  // one that was killed has left its file behind, which goes at any moment
  const isReady = () => {
    try {
      return read().pid === child.pid;
    } catch {
      return false;
    }
  };
  for (const end = Date.now() + startWithinMs; !isReady(); await new Promise((r) => setTimeout(r, 50))) {
    if (isOver || Date.now() > end) {
      child.kill('SIGKILL');
      rmSync(scratch, { recursive: true, force: true });
      throw new Error(`Sallyport did not become ready${isOver ? ` (exit ${await ended})` : ''}:\n${output}`);
    }
  }
  return {
    file: read(),
    output: () => output,
    reread: read,
    ended: () =>
      ended.then((code) => {
        rmSync(scratch, { recursive: true, force: true });
        return code;
      }),
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(scratch, { recursive: true, force: true });
      return code;
    },
  };
}

/** The entry of a person; without `agent` the person themselves. */
export function personOf(file: QuickstartFile, name: string, agent: string | null = null): QuickstartPerson {
  const person = file.people.find((someone) => someone.name === name && someone.agent === agent);
  if (person === undefined) throw new Error(`quickstart.json has no ${name}`);
  return person;
}
