import { parseArgs } from 'node:util';
import { compileGlob } from '@app/identity';
import { detectText } from '@app/masking';
import { ConfigError, loadConfig } from '@app/platform';
import { ConfiguredCredentials, ConfiguredTargets, TargetError } from '@app/targets';
import { QuestionError } from '../question.js';
import { UpstreamError } from '../upstream-connection.js';
import { suggestForTarget } from './suggest-target.js';

/**
 * `--suggest TARGET`: looks for columns that hold personal data or secrets. One line of JSON on standard output at the end, and one on
 * standard error after each table. For `sallyport protect suggest`: credentials of targets stay with the gateway's program. The person at
 * the terminal asks, so no journal is written.
 * @returns the exit code: 0 whatever was found, 1 when the target cannot be looked at
 */
export async function printSuggestions(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: 'string' },
      suggest: { type: 'string' },
      schema: { type: 'string', default: '*' },
      table: { type: 'string', default: '*' },
      rows: { type: 'string', default: '200' },
      timeout: { type: 'string', default: '5000' },
    },
  });
  try {
    const config = loadConfig(values.config ?? process.env['SALLYPORT_CONFIG'] ?? '', process.env, 'postgres-gateway');
    const databases = config.targets.flatMap((target) => (target.kind === 'postgres' ? [target] : []));
    const target = new ConfiguredTargets(databases).list().find(({ name }) => name === values.suggest);
    if (!target) {
      process.stderr.write(`there is no database target named ${values.suggest ?? ''}\n`);
      return 1;
    }
    const [schema, table] = [compileGlob(values.schema), compileGlob(values.table)];
    const found = await suggestForTarget(target, {
      vault: new ConfiguredCredentials(databases),
      protect: config.protect,
      limits: { messageBytes: config.limits.messageBytes, backendMessageBytes: config.limits.serverMessageBytes },
      timeoutMs: config.limits.connect,
      bounds: { rows: Number(values.rows), timeoutMs: Number(values.timeout) },
      wanted: (of) => schema.matches(of.schema) && table.matches(of.name),
      detect: detectText,
      onProgress: (progress) => void process.stderr.write(`${JSON.stringify({ progress })}\n`),
    });
    await new Promise((resolve) => process.stdout.write(`${JSON.stringify(found)}\n`, resolve));
    return 0;
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function isExpected(error: unknown): error is Error {
  return [ConfigError, TargetError, UpstreamError, QuestionError].some((kind) => error instanceof kind);
}
