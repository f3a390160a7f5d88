import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LivePolicy, serveGateway } from '@app/gateway';
import type { Policy } from '@app/policy';
import { KnowledgeRegistry } from './knowledge-registry.js';
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
    const knowledge = app.get(KnowledgeRegistry);
    const policy = app.get<LivePolicy<Policy>>(LivePolicy);
    const port = await app.get(PostgresListener).listen();
    return {
      port,
      reload: () => policy.reload(),
      // the name of a target whose catalog another worker saw being changed
      told: (target) => knowledge.changedElsewhere(target),
      close: () => app.close(),
    };
  },
});
