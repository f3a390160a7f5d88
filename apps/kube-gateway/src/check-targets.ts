import { printTargetReports } from '@app/gateway';
import { ulid } from '@app/platform';
import type { KubernetesTarget } from '@app/targets';
import { Cluster } from './cluster.js';
import { checkCluster } from './cluster-check.js';

/** `--check [NAME…]`: looks at the clusters of the configuration. @returns the exit code */
export function checkTargets(args: readonly string[]): Promise<number> {
  return printTargetReports<KubernetesTarget>(args, {
    program: 'kube-gateway',
    targetsOf: ({ targets }) => targets.flatMap((target) => (target.kind === 'kubernetes' ? [target] : [])),
    checkOf: () => (target) =>
      checkCluster(target, {
        clusterOf: (of) => new Cluster(of),
        recordQuestion: () => ulid(Date.now()),
        now: Date.now,
      }),
  });
}
