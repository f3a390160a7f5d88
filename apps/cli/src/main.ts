#!/usr/bin/env node
import type { Command } from './command.js';
import { runCli } from './run-cli.js';

// `sallyport operations | head` closes the pipe early: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const args = process.argv.slice(2);
process.exitCode = await runCli(await commandsFor(args), args, {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});

/** kubectl runs `credential kubernetes` whenever it runs: nothing else is loaded for that. */
async function commandsFor([first, second]: readonly string[]): Promise<readonly Command[]> {
  if (first === 'credential' && second === 'kubernetes')
    return [(await import('./commands/credential-kubernetes.command.js')).credentialKubernetesCommand];
  return (await import('./commands/index.js')).commands;
}
