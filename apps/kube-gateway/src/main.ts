import 'reflect-metadata';
import { type GatewayApp, serveGateway } from '@app/gateway';

const gateway: GatewayApp = {
  name: 'kube-gateway',
  purpose: 'Serves Kubernetes clients in front of the configured clusters.',
  section: 'kubernetes',
  // the primary serves nobody: it needs none of it, and is there sooner
  start: async (settings) => (await import('./start-worker.js')).startWorker(settings),
};

if (process.argv.includes('--check'))
  import('./check-targets.js')
    .then(({ checkTargets }) => checkTargets(process.argv.slice(2)))
    .then(
      (code) => process.exit(code),
      (error: unknown) => {
        process.stderr.write(
          `${gateway.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
        );
        process.exit(1);
      },
    );
else serveGateway(gateway);
