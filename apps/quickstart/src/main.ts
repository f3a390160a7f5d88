import { QuickstartError } from './quickstart.error.js';

// each command loads only what it needs: a token is printed within a moment
async function run([command, ...rest]: readonly string[]): Promise<void> {
  if (command === 'token') return (await import('./token.js')).printToken(rest);
  return (await import('./run-start.js')).runStart(command === undefined ? [] : [command, ...rest]);
}

function report(error: unknown): void {
  // errors whose message is meant for a person
  const known = error instanceof QuickstartError || (error as Error).name === 'ConfigError';
  process.stderr.write(`sallyport: ${known ? (error as Error).message : (error as Error).stack}\n`);
  process.exit(error instanceof QuickstartError ? error.exitCode : 1);
}

// a terminal that has gone must not keep us from stopping in order
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
run(process.argv.slice(2)).catch(report);
