import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type GatewayApp, LivePolicy, serveGateway } from '@app/gateway';
import type { Policy } from '@app/policy';
import { checkTargets } from './check-targets.js';
import { PostgresGatewayModule } from './postgres-gateway.module.js';
import { PostgresListener } from './postgres-listener.js';
import { printSuggestions } from './suggest/index.js';

const gateway: GatewayApp = {
  name: 'postgres-gateway',
  purpose: 'Serves PostgreSQL clients in front of the configured targets.',
  section: 'postgres',
  async start(settings) {
    const app = await NestFactory.createApplicationContext(PostgresGatewayModule.forWorker(settings), {
      logger: false,
      abortOnError: false,
    });
    const module = app.get(PostgresGatewayModule);
    const policy = app.get<LivePolicy<Policy>>(LivePolicy);
    const port = await app.get(PostgresListener).listen();
    return {
      port,
      reload: () => policy.reload(),
      told: (word) => module.told(word),
      close: () => app.close(),
    };
  },
};

/** What the program does once, at a terminal, instead of serving. */
const look = process.argv.includes('--check')
  ? checkTargets
  : process.argv.some((argument) => argument.startsWith('--suggest'))
    ? printSuggestions
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
