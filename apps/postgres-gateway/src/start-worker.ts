import { NestFactory } from '@nestjs/core';
import { LivePolicy, type StartedWorker, type WorkerSettings } from '@app/gateway';
import type { Policy } from '@app/policy';
import { PostgresGatewayModule } from './postgres-gateway.module.js';
import { PostgresListener } from './postgres-listener.js';

/** Starts one worker of the gateway: the record first, then the port. */
export async function startWorker(settings: WorkerSettings): Promise<StartedWorker> {
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
}
