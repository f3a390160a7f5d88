import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type GatewayApp, LivePolicy, serveGateway } from '@app/gateway';
import type { Policy } from '@app/policy';
import { checkTargets } from './check-targets.js';
import { Fallbacks } from './fallbacks.js';
import { KubeGatewayModule } from './kube-gateway.module.js';
import { KubeListener } from './kube-listener.js';

const gateway: GatewayApp = {
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
};

if (process.argv.includes('--check'))
  checkTargets(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(
        `${gateway.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exit(1);
    },
  );
else serveGateway(gateway);
