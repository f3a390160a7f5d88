import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '@app/platform';
import { ConfiguredCredentials, ConfiguredTargets, type PostgresTarget, TargetError } from '@app/targets';
import { checkDatabase } from './target-check.js';

/**
 * `--check [NAME…]`: looks at the databases of the configuration, or at those named, prints their reports as one line of JSON and ends.
 * For `sallyport targets check`: credentials of targets stay with this program.
 * @returns the exit code: 0 whatever was found, 1 when the configuration cannot be used
 */
export async function checkTargets(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, check: { type: 'boolean' } },
    allowPositionals: true,
  });
  try {
    const config = loadConfig(values.config ?? process.env['SALLYPORT_CONFIG'] ?? '', process.env, 'postgres-gateway');
    const databases = config.targets.flatMap((target): PostgresTarget[] =>
      target.kind === 'postgres' ? [target] : [],
    );
    const all = new ConfiguredTargets(databases).list();
    const named = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
    const { messageBytes, serverMessageBytes: backendMessageBytes, connect: timeoutMs } = config.limits;
    const parts = {
      vault: new ConfiguredCredentials(all),
      protect: config.protect,
      limits: { messageBytes, backendMessageBytes },
      timeoutMs,
      now: Date.now,
    };
    const reports = await Promise.all(named.map((target) => checkDatabase(target, parts)));
    const answer = `${JSON.stringify({ reports })}\n`;
    await new Promise((resolve) => process.stdout.write(answer, resolve));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof TargetError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
