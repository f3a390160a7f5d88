import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type SallyportConfig } from '@app/platform';
import { ConfiguredTargets, type Target, TargetError, type TargetReport } from '@app/targets';

/** How one gateway program looks at its targets. */
export interface TargetLook<T extends Target> {
  /** name of the program, for its sections of the configuration */
  readonly program: NonNullable<Parameters<typeof loadConfig>[2]>;
  /** its targets among those of the configuration */
  readonly targetsOf: (config: SallyportConfig) => T[];
  /** makes the look at one target; failures of a look are findings */
  readonly checkOf: (config: SallyportConfig, all: readonly T[]) => (target: T) => Promise<TargetReport>;
}

/**
 * `--check [NAME…]`: looks at the targets of the configuration, or at those named, prints their reports as one line of JSON and ends.
 * For `sallyport targets check`: credentials of targets stay with the gateway's program. The person at the terminal asks, so no journal
 * is written.
 * @returns the exit code: 0 whatever was found, 1 when the configuration cannot be used
 */
export async function printTargetReports<T extends Target>(
  args: readonly string[],
  { program, targetsOf, checkOf }: TargetLook<T>,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { config: { type: 'string' }, check: { type: 'boolean' } },
    allowPositionals: true,
  });
  try {
    const config = loadConfig(values.config ?? process.env['SALLYPORT_CONFIG'] ?? '', process.env, program);
    const all = new ConfiguredTargets(targetsOf(config)).list();
    const named = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
    const reports = await Promise.all(named.map(checkOf(config, all)));
    const answer = `${JSON.stringify({ reports })}\n`;
    await new Promise((resolve) => process.stdout.write(answer, resolve));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof TargetError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}
