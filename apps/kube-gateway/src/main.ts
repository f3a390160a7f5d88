import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LivePolicy, serveGateway } from '@app/gateway';
import type { Policy } from '@app/policy';
import { Fallbacks } from './fallbacks.js';
import { KubeGatewayModule } from './kube-gateway.module.js';
import { KubeListener } from './kube-listener.js';

serveGateway({
  name: 'kube-gateway',
  purpose: 'Serves Kubernetes clients in front of the configured clusters.',
  section: 'kubernetes',
  async start(settings) {
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
  },
});
