import cluster, { type Worker } from 'node:cluster';
import { watchFile } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  ConfigError,
  createLogger,
  installShutdown,
  loadConfig,
  type Logger,
  type SallyportConfig,
} from '@app/platform';
import { closeWhatIsNotTaken } from './handed-connections.js';
import { journalSlot } from './own-journal.js';
import type { GatewayName, WorkerSettings } from './worker-settings.js';

/** A gateway as its process sees it. */
export interface GatewayApp {
  readonly name: GatewayName;
  /** what it does, one sentence, for `--help` */
  readonly purpose: string;
  /** section of the configuration that says where it listens */
  readonly section: 'postgres' | 'kubernetes';
  /** Starts one worker: the record first, then the port. */
  start(settings: WorkerSettings): Promise<StartedWorker>;
}

/** One worker that serves. */
export interface StartedWorker {
  readonly port: number;
  /** reads the policy again; never throws */
  reload(): void;
  /** a word of another worker ({@link WorkerSettings.tellOthers}) */
  told(word: string): void;
  close(): Promise<void>;
}

const RESTART_FIRST_MS = 200;
const RESTART_MOST_MS = 10_000;
const WATCH_MS = 2_000;

/** What a worker tells the primary. */
type FromWorker = { readonly ready: number } | { readonly failed: string } | { readonly word: string };

/** What the primary tells a worker. */
type ToWorker = { readonly reload: true } | { readonly stop: true } | { readonly word: string };

/**
 * Runs a gateway: N workers on one port, each with its own journal; one that dies is started again in the same slot. Reads
 * `--config FILE` or SALLYPORT_CONFIG, prints one line of JSON when all workers are ready, ends with status 1 and a sentence when it
 * cannot start.
 */
export function serveGateway(app: GatewayApp): void {
  serve(app).catch((error: unknown) => {
    const known = error instanceof ConfigError;
    process.stderr.write(
      `${app.name}: ${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(1);
  });
}

async function serve(app: GatewayApp): Promise<void> {
  const { config, path } = readConfig(app);
  const logger = createLogger(app.name);
  if (!cluster.isPrimary) return worker(app, config, path, logger);
  for (const warning of config.warnings) logger.warn(warning);
  primary(app, config, path, logger);
}

function readConfig({ name, purpose }: GatewayApp): { readonly config: SallyportConfig; readonly path: string } {
  const { values } = parseArgs({ options: { config: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(`Usage: ${name} --config FILE

${purpose}

  --config FILE   configuration (or SALLYPORT_CONFIG); see docs/configuration.md
  --help          this text
`);
    process.exit(0);
  }
  const path = values.config ?? process.env['SALLYPORT_CONFIG'];
  if (path === undefined) {
    process.stderr.write(`${name}: name the configuration: --config FILE or SALLYPORT_CONFIG=FILE\n`);
    process.exit(1);
  }
  return { config: loadConfig(path, process.env, name), path };
}

function primary(app: GatewayApp, config: SallyportConfig, path: string, logger: Logger): void {
  const { name } = app;
  const shutdown = installShutdown({ logger, deadline: config.limits.shutdown });
  const { workers } = config.listen[app.section];
  const slots = new Map<Worker, number>();
  const delays = new Map<number, number>();
  let everReady = false;
  const ready = new Map<number, number>();

  const broadcast = (message: ToWorker, but?: Worker): void => {
    for (const each of slots.keys()) if (each !== but && each.isConnected()) each.send(message);
  };
  const start = (slot: number): void => {
    if (shutdown.signal.aborted) return;
    const forked = cluster.fork({ SALLYPORT_SLOT: String(slot) });
    slots.set(forked, slot);
    closeWhatIsNotTaken(forked);
    forked.on('message', (message: FromWorker) => {
      if ('word' in message) return broadcast(message, forked);
      if ('failed' in message) {
        logger.error(`worker ${slot} could not start: ${message.failed}`);
        if (!everReady) {
          process.stderr.write(`${name}: ${message.failed}\n`);
          void shutdown.stop('a worker could not start', 1);
        }
        return;
      }
      everReady = true;
      delays.delete(slot);
      ready.set(slot, forked.process.pid ?? 0);
      // said again whenever a worker was started anew: its process id changed
      if (ready.size < workers) return;
      const journals = Array.from({ length: workers }, (_, i) => journalSlot(config, name, i));
      process.stdout.write(
        `${JSON.stringify({ ready: name, port: message.ready, pids: [...ready.values()], journals })}\n`,
      );
    });
    forked.once('exit', (code, signal) => {
      slots.delete(forked);
      ready.delete(slot);
      if (shutdown.signal.aborted) return;
      const delay = delays.get(slot) ?? RESTART_FIRST_MS;
      delays.set(slot, Math.min(delay * 2, RESTART_MOST_MS));
      logger.error(`worker ${slot} ended (${signal ?? `status ${code}`}); it is started again in ${delay} ms`);
      setTimeout(() => start(slot), delay);
    });
  };
  for (let slot = 0; slot < workers; slot++) start(slot);
  const reload = (why: string): void => {
    logger.log(`reading the policy again: ${why}`);
    broadcast({ reload: true });
  };
  process.on('SIGHUP', () => reload('SIGHUP'));
  watchFile(path, { interval: WATCH_MS, persistent: false }, (now, before) => {
    if (now.mtimeMs !== before.mtimeMs && now.size > 0) reload('the configuration file changed');
  });
  shutdown.onShutdown('workers', async () => {
    await Promise.all(
      [...slots].map(
        ([each, slot]) =>
          new Promise<void>((resolve) => {
            each.once('exit', () => resolve());
            // not a signal: one to the whole group has reached it already, and a second one ends it at once
            if (ready.has(slot) && each.isConnected()) each.send({ stop: true } satisfies ToWorker);
            else each.process.kill('SIGTERM');
          }),
      ),
    );
  });
}

async function worker(app: GatewayApp, config: SallyportConfig, path: string, logger: Logger): Promise<void> {
  const slot = Number(process.env['SALLYPORT_SLOT'] ?? '0');
  const tell = (message: FromWorker): void => void process.send?.(message);
  const reread = (): SallyportConfig => loadConfig(path, process.env, app.name);
  // a reload comes from the primary; the signal itself must not end a worker
  process.on('SIGHUP', () => undefined);
  const shutdown = installShutdown({ logger, deadline: config.limits.shutdown });
  try {
    const tellOthers = (word: string): void => tell({ word });
    const started = await app.start({ name: app.name, config, logger, slot, reread, tellOthers });
    shutdown.onShutdown('gateway', () => started.close());
    process.on('message', (message: ToWorker) => {
      if ('reload' in message) started.reload();
      else if ('stop' in message) void shutdown.stop('the primary stops');
      else if ('word' in message) started.told(message.word);
    });
    tell({ ready: started.port });
  } catch (error) {
    const { host, port } = config.listen[app.section];
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const message = taken
      ? `port ${port} on ${host} is taken; change listen.${app.section}.port or stop who uses it`
      : error instanceof Error
        ? error.message
        : String(error);
    tell({ failed: message });
    logger.error('the worker could not start', error instanceof Error ? error : { message });
    await shutdown.stop('the worker could not start', 1);
  }
}
