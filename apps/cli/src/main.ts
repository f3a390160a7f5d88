#!/usr/bin/env node
import { createInterface } from 'node:readline/promises';
import type { Command } from './command.js';
import { runCli } from './run-cli.js';
import type { KeySource } from './timeline/keys.js';

/** Keys one by one: the terminal shows none of them, and Ctrl-C is one of them. */
const keys: KeySource = {
  listen: (heard) => {
    const { stdin } = process;
    const push = (text: string): void => heard(text);
    stdin.setEncoding('utf8').setRawMode(true).resume().on('data', push);
    return () => {
      stdin.off('data', push).setRawMode(false).pause();
    };
  },
};

// `sallyport operations | head` closes the pipe early: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const args = process.argv.slice(2);
process.exitCode = await runCli(await commandsFor(args), args, {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
  ...(process.stdin.isTTY && process.stdout.isTTY ? { keys } : {}),
});

/** On stderr, so that answers can be piped on. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-D or Ctrl-C is no
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
}

/** kubectl runs `credential kubernetes` whenever it runs: nothing else is loaded for that. */
async function commandsFor([first, second]: readonly string[]): Promise<readonly Command[]> {
  if (first === 'credential' && second === 'kubernetes')
    return [(await import('./commands/credential-kubernetes.command.js')).credentialKubernetesCommand];
  return (await import('./commands/index.js')).commands;
}
