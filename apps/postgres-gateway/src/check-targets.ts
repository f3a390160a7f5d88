import { printTargetReports } from '@app/gateway';
import { ConfiguredCredentials, type PostgresTarget } from '@app/targets';
import { checkDatabase } from './target-check.js';

/** `--check [NAME…]`: looks at the databases of the configuration. @returns the exit code */
export function checkTargets(args: readonly string[]): Promise<number> {
  return printTargetReports<PostgresTarget>(args, {
    program: 'postgres-gateway',
    targetsOf: ({ targets }) => targets.flatMap((target) => (target.kind === 'postgres' ? [target] : [])),
    checkOf: ({ limits, protect }, all) => {
      const { messageBytes, serverMessageBytes: backendMessageBytes, connect: timeoutMs } = limits;
      const vault = new ConfiguredCredentials(all);
      const parts = { vault, protect, limits: { messageBytes, backendMessageBytes }, timeoutMs, now: Date.now };
      return (target) => checkDatabase(target, parts);
    },
  });
}
