import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LivePolicy, serveGateway } from '@app/gateway';
import type { Policy } from '@app/policy';
import { PostgresGatewayModule } from './postgres-gateway.module.js';
import { PostgresListener } from './postgres-listener.js';

serveGateway({
  name: 'postgres-gateway',
  purpose: 'Serves PostgreSQL clients in front of the configured targets.',
  section: 'postgres',
  async start(settings) {
    const app = await NestFactory.createApplicationContext(PostgresGatewayModule.forWorker(settings), {
      logger: false,
      abortOnError: false,
    });
    const gateway = app.get(PostgresGatewayModule);
    const policy = app.get<LivePolicy<Policy>>(LivePolicy);
    const port = await app.get(PostgresListener).listen();
    return {
      port,
      reload: () => policy.reload(),
      told: (word) => gateway.told(word),
      close: () => app.close(),
    };
  },
});
