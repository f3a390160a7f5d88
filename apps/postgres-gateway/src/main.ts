import 'reflect-metadata';
import cluster, { type Worker } from 'node:cluster';
import { watchFile } from 'node:fs';
import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import {
  ConfigError,
  createLogger,
  installShutdown,
  loadConfig,
  type Logger,
  type SallyportConfig,
} from '@app/platform';
import type { Policy } from '@app/policy';
import { KnowledgeRegistry } from './knowledge-registry.js';
import { LivePolicy } from './live-policy.js';
import { journalSlot, PostgresGatewayModule } from './postgres-gateway.module.js';
import { PostgresListener } from './postgres-listener.js';

const HELP = `Usage: postgres-gateway --config FILE

Serves PostgreSQL clients in front of the configured targets.

  --config FILE   configuration (or SALLYPORT_CONFIG); see docs/configuration.md
  --help          this text
`;

const RESTART_FIRST_MS = 200;
const RESTART_MOST_MS = 10_000;

/** What a worker tells the primary. */
type FromWorker = { readonly ready: number } | { readonly failed: string } | { readonly catalogChanging: string };

/** What the primary tells a worker. */
type ToWorker = { readonly reload: true } | { readonly stop: true } | { readonly catalogChanging: string };

const WATCH_MS = 2_000;

function readConfig(): { readonly config: SallyportConfig; readonly path: string } {
  const { values } = parseArgs({ options: { config: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  const path = values.config ?? process.env['SALLYPORT_CONFIG'];
  if (path === undefined) {
    process.stderr.write('postgres-gateway: name the configuration: --config FILE or SALLYPORT_CONFIG=FILE\n');
    process.exit(1);
  }
  return { config: loadConfig(path, process.env, 'gateway'), path };
}

/** N workers on one port: each with its own journal; one that dies is started again in the same slot. */
function primary(config: SallyportConfig, path: string, logger: Logger): void {
  const shutdown = installShutdown({ logger, deadline: config.limits.shutdown });
  const { workers } = config.listen.postgres;
  const slots = new Map<Worker, number>();
  const delays = new Map<number, number>();
  let everReady = false;
  const ready = new Map<number, number>();

  const broadcast = (message: ToWorker, but?: Worker): void => {
    for (const worker of slots.keys()) if (worker !== but && worker.isConnected()) worker.send(message);
  };
  const start = (slot: number): void => {
    if (shutdown.signal.aborted) return;
    const worker = cluster.fork({ SALLYPORT_SLOT: String(slot) });
    slots.set(worker, slot);
    worker.on('message', (message: FromWorker) => {
      if ('catalogChanging' in message) return broadcast(message, worker);
      if ('failed' in message) {
        logger.error(`worker ${slot} could not start: ${message.failed}`);
        if (!everReady) {
          process.stderr.write(`postgres-gateway: ${message.failed}\n`);
          void shutdown.stop('a worker could not start', 1);
        }
        return;
      }
      everReady = true;
      delays.delete(slot);
      ready.set(slot, worker.process.pid ?? 0);
      // said again whenever a worker was started anew: its process id changed
      if (ready.size < workers) return;
      const journals = Array.from({ length: workers }, (_, i) => journalSlot(config, i));
      process.stdout.write(
        `${JSON.stringify({ ready: 'postgres-gateway', port: message.ready, pids: [...ready.values()], journals })}\n`,
      );
    });
    worker.once('exit', (code, signal) => {
      slots.delete(worker);
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
        ([worker, slot]) =>
          new Promise<void>((resolve) => {
            worker.once('exit', () => resolve());
            // not a signal: one to the whole group has reached it already, and a second one ends it at once
            if (ready.has(slot) && worker.isConnected()) worker.send({ stop: true } satisfies ToWorker);
            else worker.process.kill('SIGTERM');
          }),
      ),
    );
  });
}

async function worker(config: SallyportConfig, path: string, logger: Logger): Promise<void> {
  const slot = Number(process.env['SALLYPORT_SLOT'] ?? '0');
  const tell = (message: FromWorker): void => void process.send?.(message);
  const reread = (): SallyportConfig => loadConfig(path, process.env, 'gateway');
  const catalogChanging = (target: string): void => tell({ catalogChanging: target });
  // a reload comes from the primary; the signal itself must not end a worker
  process.on('SIGHUP', () => undefined);
  const shutdown = installShutdown({ logger, deadline: config.limits.shutdown });
  try {
    const app = await NestFactory.createApplicationContext(
      PostgresGatewayModule.forWorker({ config, logger, slot, reread, catalogChanging }),
      {
        logger: false,
        abortOnError: false,
      },
    );
    shutdown.onShutdown('gateway', () => app.close());
    const knowledge = app.get(KnowledgeRegistry);
    const policy = app.get<LivePolicy<Policy>>(LivePolicy);
    process.on('message', (message: ToWorker) => {
      if ('reload' in message) policy.reload();
      else if ('stop' in message) void shutdown.stop('the primary stops');
      else if ('catalogChanging' in message) knowledge.changedElsewhere(message.catalogChanging);
    });
    tell({ ready: await app.get(PostgresListener).listen() });
  } catch (error) {
    const { host, port } = config.listen.postgres;
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    const message = taken
      ? `port ${port} on ${host} is taken; change listen.postgres.port or stop who uses it`
      : error instanceof Error
        ? error.message
        : String(error);
    tell({ failed: message });
    logger.error('the worker could not start', error instanceof Error ? error : { message });
    await shutdown.stop('the worker could not start', 1);
  }
}

async function main(): Promise<void> {
  const { config, path } = readConfig();
  const logger = createLogger('postgres-gateway');
  if (!cluster.isPrimary) return worker(config, path, logger);
  for (const warning of config.warnings) logger.warn(warning);
  primary(config, path, logger);
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError;
  process.stderr.write(
    `postgres-gateway: ${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exit(1);
});
