import { hostname } from 'node:os';
import { type AuditDatabase, TargetCheckStore } from '@app/store';
import { type Finding, remedyOf, type Target, type TargetReport } from '@app/targets';
import type { WorkerSettings } from './worker-settings.js';

/** Sessions come first when a gateway starts. */
const FIRST_MS = 1_000;
/** How often wishes are looked for, ms. */
const WISHES_MS = 2_000;
/** Rights change beside the gateway. */
const AGAIN_MS = 3_600_000;
/** Targets looked at side by side. */
const AT_ONCE = 2;

/**
 * Looks at the gateway's targets soon after the start, every hour and when somebody asks; tells the log what it found, and the audit
 * database, where the control API reads it. One worker does so for all: only gateways have the credentials of targets.
 */
export class TargetChecks<T extends Target> {
  readonly #settings: WorkerSettings;
  readonly #store: TargetCheckStore;
  readonly #targets: readonly T[];
  readonly #check: (target: T) => Promise<TargetReport>;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #gateway: string;
  readonly #told = new Map<string, ReadonlySet<string>>();
  #queue: T[] = [];
  #busy = 0;
  #stopped = false;

  /** @param check looks at one target; its failures are findings */
  constructor(
    settings: WorkerSettings,
    database: AuditDatabase,
    targets: readonly T[],
    check: (target: T) => Promise<TargetReport>,
  ) {
    this.#settings = settings;
    this.#store = new TargetCheckStore(database);
    this.#targets = targets;
    this.#check = check;
    this.#gateway = `${settings.name} on ${hostname()}`;
  }

  start(): void {
    if (this.#settings.slot !== 0 || this.#targets.length === 0) return;
    this.#timers.push(
      setTimeout(() => this.#enqueue(this.#targets), FIRST_MS).unref(),
      setInterval(() => this.#enqueue(this.#targets), AGAIN_MS).unref(),
      setInterval(() => void this.#wishes(), WISHES_MS).unref(),
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #wishes(): Promise<void> {
    try {
      const wished = await this.#store.wished(this.#gateway);
      this.#enqueue(this.#targets.filter(({ name }) => wished.includes(name)));
    } catch {
      // the database is away: whoever reads its deny-list says so
    }
  }

  #enqueue(targets: readonly T[]): void {
    for (const target of targets) if (!this.#queue.includes(target)) this.#queue.push(target);
    while (this.#busy < AT_ONCE && this.#queue.length > 0) void this.#next();
  }

  async #next(): Promise<void> {
    const target = this.#queue.shift();
    if (target === undefined || this.#stopped) return;
    this.#busy += 1;
    try {
      const report = await this.#check(target);
      if (this.#stopped) return;
      this.#tell(report);
      await this.#store.save(report, this.#gateway);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#stopped)
        this.#settings.logger.warn(`target ${target.name}: its findings could not be kept (${reason})`);
    } finally {
      this.#busy -= 1;
      if (this.#queue.length > 0) void this.#next();
    }
  }

  /** What is new since the last time; what the configuration says was said at the start. */
  #tell({ target, findings }: TargetReport): void {
    const before = this.#told.get(target);
    const now = new Set<string>();
    for (const finding of findings) {
      if (finding.severity === 'note' || finding.code === 'configuration') continue;
      now.add(finding.what);
      if (before?.has(finding.what)) continue;
      this.#settings.logger.warn(`checked target ${target}, found: ${wordsOf(finding)}`, {
        finding: finding.code,
        severity: finding.severity,
      });
    }
    for (const what of before ?? [])
      if (!now.has(what)) this.#settings.logger.log(`checked target ${target}, no longer so: ${what}`);
    this.#told.set(target, now);
  }
}

function wordsOf(finding: Finding): string {
  const remedy = remedyOf(finding);
  return `${finding.what}; ${finding.why}${remedy === '' ? '' : `. Remedy: ${remedy}`}`;
}
