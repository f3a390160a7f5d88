import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cloneFolder } from './command-line.js';
import { rotateLog } from './log-file.js';
import { QuickstartError } from './quickstart.error.js';

/** The line a process prints when it serves; further members are its own. */
export interface Ready {
  readonly ready: string;
  readonly port: number;
  readonly pid?: number;
  readonly pids?: readonly number[];
  readonly journals?: readonly string[];
}

const readyWithinMs = 120_000;
const shortestPauseMs = 500;
const longestPauseMs = 30_000;

/**
 * One app as a child process: started without a shell, in its own process group (Ctrl-C reaches only us, and the order
 * of stopping is ours), bound to us by its standard input and an IPC channel, which close when we die. One that ends
 * unasked is started again, after a pause that doubles.
 */
export class Child {
  private process: ChildProcess | null = null;
  private stopping = false;
  private pauseMs = shortestPauseMs;
  private timer: NodeJS.Timeout | null = null;
  private latest: Ready | null = null;

  constructor(
    readonly name: 'postgres-gateway' | 'kube-gateway' | 'control-api',
    private readonly configFile: string,
    private readonly logFile: string,
    private readonly say: (text: string) => void,
    private readonly changed: () => void,
  ) {}

  /** What it said when it was last ready. */
  get ready(): Ready | null {
    return this.latest;
  }

  /** @throws QuickstartError with the end of its log when it ends before it is ready */
  async start(): Promise<Ready> {
    rotateLog(this.logFile);
    const ready = await this.launch();
    this.latest = ready;
    return ready;
  }

  /** Asks it to end and, when `graceMs` are over, ends it with all of its group. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    if (this.timer !== null) clearTimeout(this.timer);
    const child = this.process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const force = setTimeout(() => killGroup(child), graceMs);
    await ended;
    clearTimeout(force);
  }

  private launch(): Promise<Ready> {
    const log = openSync(this.logFile, 'a', 0o600);
    const from = statSync(this.logFile).size;
    const entry = join(cloneFolder, 'dist', 'apps', this.name, 'src', 'main.js');
    const child = spawn(process.execPath, [entry, '--config', this.configFile], {
      cwd: cloneFolder,
      detached: true,
      stdio: ['pipe', 'pipe', log, 'ipc'],
    });
    closeSync(log);
    child.stdin?.on('error', () => undefined);
    this.process = child;
    return new Promise((resolve, reject) => {
      let isReady = false;
      const late = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
      if (child.stdout)
        createInterface({ input: child.stdout }).on('line', (line) => {
          const said = readyLine(line, this.name);
          if (said === null) return;
          if (isReady) {
            // a worker of it died and was started anew: its process ids changed
            this.latest = said;
            this.changed();
            return;
          }
          isReady = true;
          clearTimeout(late);
          // one that stays up for a minute has earned a short pause again
          setTimeout(() => (this.pauseMs = shortestPauseMs), 60_000).unref();
          resolve(said);
        });
      child.once('error', (error) => reject(new QuickstartError(`${this.name} cannot be started: ${error.message}`)));
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        killGroup(child);
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        if (isReady) this.again(`${this.name} ended ${how}`);
        else reject(new QuickstartError(`${this.name} ended ${how} before it was ready:\n${this.logSince(from)}`));
      });
    });
  }

  private again(what: string): void {
    if (this.stopping) return;
    this.say(`${what}; starting it again in ${this.pauseMs / 1000} s (log: ${this.logFile})`);
    this.timer = setTimeout(() => void this.restart(), this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, longestPauseMs);
  }

  private async restart(): Promise<void> {
    try {
      this.latest = await this.launch();
      this.say(`${this.name} is up again`);
      this.changed();
    } catch (error) {
      this.again((error as Error).message);
    }
  }

  private logSince(offset: number): string {
    const lines = readFileSync(this.logFile).subarray(offset).toString('utf8').trim().split('\n');
    return lines.slice(-12).join('\n') || `nothing in ${this.logFile}`;
  }
}

function readyLine(line: string, name: string): Ready | null {
  try {
    const said = JSON.parse(line) as Partial<Ready> | null;
    return said?.ready === name && typeof said.port === 'number' ? (said as Ready) : null;
  } catch {
    return null;
  }
}

/** Workers of a process that was killed may linger; the group is ours alone. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nobody is left
  }
}
