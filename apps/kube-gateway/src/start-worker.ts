import { NestFactory } from '@nestjs/core';
import { LivePolicy, type StartedWorker, type WorkerSettings } from '@app/gateway';
import type { Policy } from '@app/policy';
import { Fallbacks } from './fallbacks.js';
import { KubeGatewayModule } from './kube-gateway.module.js';
import { KubeListener } from './kube-listener.js';

/** Starts one worker of the gateway: the record first, then the port. */
export async function startWorker(settings: WorkerSettings): Promise<StartedWorker> {
  const app = await NestFactory.createApplicationContext(KubeGatewayModule.forWorker(settings), {
    logger: false,
    abortOnError: false,
  });
  const policy = app.get<LivePolicy<Policy>>(LivePolicy);
  const fallbacks = app.get(Fallbacks);
  const port = await app.get(KubeListener).listen();
  return {
    port,
    reload: () => policy.reload(),
    told: (word) => fallbacks.told(word),
    close: () => app.close(),
  };
}
