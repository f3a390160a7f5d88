import 'reflect-metadata';
import { type GatewayApp, serveGateway } from '@app/gateway';

const gateway: GatewayApp = {
  name: 'postgres-gateway',
  purpose: 'Serves PostgreSQL clients in front of the configured targets.',
  section: 'postgres',
  // the primary serves nobody: it needs none of it, and is there sooner
  start: async (settings) => (await import('./start-worker.js')).startWorker(settings),
};

/** What the program does once, at a terminal, instead of serving. */
const look = process.argv.includes('--check')
  ? async (args: readonly string[]) => (await import('./check-targets.js')).checkTargets(args)
  : process.argv.some((argument) => argument.startsWith('--suggest'))
    ? async (args: readonly string[]) => (await import('./suggest/index.js')).printSuggestions(args)
    : null;

if (look !== null)
  look(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(
        `${gateway.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exit(1);
    },
  );
else serveGateway(gateway);
