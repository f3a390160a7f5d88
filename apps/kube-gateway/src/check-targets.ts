import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, ulid } from '@app/platform';
import { ConfiguredTargets, type KubernetesTarget, TargetError } from '@app/targets';
import { Cluster, ClusterError } from './cluster.js';
import { checkCluster } from './cluster-check.js';

/**
 * `--check [NAME…]`: looks at the clusters of the configuration, or at those named, prints their reports as one line of JSON and ends.
 * For `sallyport targets check`: credentials of targets stay with this program. The person at the terminal asks, so no journal is written.
 * @returns the exit code: 0 whatever was found, 1 when the configuration cannot be used
 */
export async function checkTargets(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, check: { type: 'boolean' } },
    allowPositionals: true,
  });
  try {
    const config = loadConfig(values.config ?? process.env['SALLYPORT_CONFIG'] ?? '', process.env, 'kube-gateway');
    const clusters = config.targets.flatMap((target): KubernetesTarget[] =>
      target.kind === 'kubernetes' ? [target] : [],
    );
    const all = new ConfiguredTargets(clusters).list();
    const named = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
    const reports = await Promise.all(
      named.map((target) =>
        checkCluster(target, {
          clusterOf: (of) => new Cluster(of),
          recordQuestion: () => ulid(Date.now()),
          now: Date.now,
        }),
      ),
    );
    const answer = `${JSON.stringify({ reports })}\n`;
    await new Promise((resolve) => process.stdout.write(answer, resolve));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof TargetError || error instanceof ClusterError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
