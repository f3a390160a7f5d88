#!/usr/bin/env node
import { commands } from './commands/index.js';
import { runCli } from './run-cli.js';

// `sallyport operations | head` closes the pipe early: that is no error
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await runCli(commands, process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
