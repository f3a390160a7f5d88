import 'reflect-metadata';
import { watchFile } from 'node:fs';
import { parseArgs } from 'node:util';
import { JournalError, KeyError, KeyStore } from '@app/audit';
import { LivePolicy } from '@app/gateway';
import { checkRoles, DenyList, IdentityError, OidcTokenVerifier } from '@app/identity';
import {
  ConfigError,
  createLogger,
  installShutdown,
  loadConfig,
  type Logger,
  Metrics,
  type SallyportConfig,
  type Shutdown,
} from '@app/platform';
import { compilePolicy, type Policy } from '@app/policy';
import { AuditDatabase, PgAuditSink, schemaState } from '@app/store';
import { ConfiguredTargets } from '@app/targets';
import { RoleBook } from './access/role-book.js';
import { SystemClock } from './access/clock.js';
import { createApp } from './app.js';
import { PostgresListener } from './credentials/postgres-listener.js';
import { IssuerCheck } from './health/issuer-check.js';
import { openOwnRecord } from './own-record.js';
import { openBackend } from './queue/open-backend.js';
import { KubeListener } from './targets/kube-listener.js';

const VERSION = '0.1.0';
const DATABASE_WAIT_MS = 30_000;
const WATCH_MS = 2_000;

/** An error whose message is all that people need. */
class StartError extends Error {}

class VerifierCheck extends IssuerCheck {
  constructor(private readonly verifier: OidcTokenVerifier) {
    super();
  }

  override check(): void {
    const issuers = this.verifier.health();
    if (issuers.some((issuer) => issuer.keys > 0)) return;
    throw new Error(issuers.map(({ url, problem }) => `${url}: ${problem ?? 'no keys'}`).join('; '));
  }
}

function readConfig(): { config: SallyportConfig; path: string } {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const path = values.config ?? process.env['SALLYPORT_CONFIG'];
  if (path === undefined) throw new StartError('name the configuration: --config FILE or SALLYPORT_CONFIG=FILE');
  return { config: loadConfig(path, process.env, 'control'), path };
}

/** The schema is brought up to date by its owner's role, which this process does not have. */
async function checkSchema(config: SallyportConfig, path: string, logger: Logger, signal: AbortSignal): Promise<void> {
  const until = performance.now() + DATABASE_WAIT_MS;
  for (;;) {
    try {
      const { pending, unknown } = await schemaState(config.audit.database.control);
      if (pending.length > 0)
        throw new StartError(
          `the schema of the audit database lacks ${pending.join(', ')}; run: sallyport migrate --config ${path}`,
        );
      if (unknown.length > 0) logger.warn('the schema of the audit database is newer than this version', { unknown });
      return;
    } catch (error) {
      if (error instanceof StartError || signal.aborted) throw error;
      const reason = error instanceof Error ? error.message || String(Reflect.get(error, 'code')) : String(error);
      if (performance.now() > until)
        throw new StartError(`the audit database (audit.database.control) cannot be used: ${reason}`, { cause: error });
      logger.warn(`waiting for the audit database: ${reason}`);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}

/** The rules that gateways decide by, read again when they read them again: on SIGHUP, and when the file changes. */
function livePolicy(config: SallyportConfig, path: string, logger: Logger): LivePolicy<Policy> {
  const policy = new LivePolicy(
    compilePolicy(config.rules),
    () => compilePolicy(loadConfig(path, process.env, 'control').rules),
    logger,
    () => undefined,
  );
  process.on('SIGHUP', () => policy.reload());
  watchFile(path, { interval: WATCH_MS, persistent: false }, (now, before) => {
    if (now.mtimeMs !== before.mtimeMs && now.size > 0) policy.reload();
  });
  return policy;
}

async function main(): Promise<void> {
  const logger = createLogger('control-api');
  const { config, path } = readConfig();
  const shutdown = installShutdown({ logger, deadline: config.limits.shutdown });
  try {
    await serve(config, path, logger, shutdown);
  } catch (error) {
    complain(error);
    await shutdown.stop('it could not start', 1);
  }
}

async function serve(config: SallyportConfig, path: string, logger: Logger, shutdown: Shutdown): Promise<void> {
  for (const warning of config.warnings) logger.warn(warning);
  checkRoles(config.roles);
  await checkSchema(config, path, logger, shutdown.signal);

  const url = config.audit.database.control;
  const database = new AuditDatabase(url, 8);
  shutdown.onShutdown('audit database', () => database.close());
  const keys = new KeyStore({ folder: config.keys.dir });
  const sink = new PgAuditSink({ url });
  shutdown.onShutdown('shipping', () => sink.close());
  const record = await openOwnRecord(config.audit, keys, sink, logger, VERSION);
  shutdown.onShutdown('journal', () => record.close(5_000));
  // The configuration takes http: for issuers on loopback only, and so does the verifier.
  const verifier = new OidcTokenVerifier({
    issuers: config.identity.issuers,
    tokenBytes: config.limits.tokenBytes,
    insecureLoopback: true,
  });
  shutdown.onShutdown('issuers', () => verifier.close());
  for (const problem of await verifier.start()) logger.warn(problem);

  const { host, port, tls } = config.listen.control;
  const app = await createApp(
    {
      database,
      databaseUrl: url,
      policy: livePolicy(config, path, logger),
      keys,
      verifier,
      logger,
      journal: record.journal,
      denyList: new DenyList(),
      issuers: new VerifierCheck(verifier),
      targets: new ConfiguredTargets(config.targets),
      kubeListener: KubeListener.of(config.listen.kubernetes),
      postgresListener: PostgresListener.of(config.listen.postgres),
      credentials: config.credentials,
      roles: new RoleBook(config.roles),
      clock: new SystemClock(),
      metrics: new Metrics({ process: 'control-api' }),
      background: {
        backend: openBackend({ redis: config.queue?.redis ?? null, postgres: url }, logger),
        webhooks: config.notifications.webhooks,
      },
    },
    { cert: tls.certificate, key: tls.key.reveal() },
  );
  shutdown.onShutdown('http', () => app.close());
  try {
    await app.listen(port, host);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new StartError(`port ${port} on ${host} is taken; change listen.control.port or stop who uses it`, {
        cause: error,
      });
    throw error;
  }
  const address = app.getHttpServer().address() as { port: number };
  process.stdout.write(
    `${JSON.stringify({ ready: 'control-api', port: address.port, pid: process.pid, journals: [record.folder] })}\n`,
  );
}

function complain(error: unknown): void {
  const known = [StartError, ConfigError, IdentityError, JournalError, KeyError].some((kind) => error instanceof kind);
  const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`control-api: ${text}\n`);
}

main().catch((error: unknown) => {
  complain(error);
  process.exit(1);
});
