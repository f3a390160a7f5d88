import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from '../command.js';
import { readArguments } from '../command.js';
import { cloneFolder, homeFolder } from '../home.js';

/** The development issuer belongs to the quick start: it is asked as a process, as every other app. */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'print a token of the development issuer',
  help: `Prints a token of the development issuer, for a person of the sample.

  sallyport token --as NAME [options]

  --as NAME        alice, bob, carol, dave or root
  --agent AGENT    acting through this agent
  --purpose CODE   for this purpose
  --ttl TIME       how long it lives: 60s, 15m, 12h      (default 12h)
  --home DIR       home of the quick start               (default .sallyport)
  --json           token, user and expiry as JSON
`,
  run: (args, surroundings) => {
    const { values } = readArguments('token', args, {
      texts: ['as', 'agent', 'purpose', 'ttl', 'home'],
      flags: ['json'],
    });
    const passed = (['as', 'agent', 'purpose', 'ttl'] as const).flatMap((name) =>
      values[name] === undefined ? [] : [`--${name}=${values[name]}`],
    );
    const main = join(cloneFolder, 'dist', 'apps', 'quickstart', 'src', 'main.js');
    const home = `--home=${homeFolder(values.home, surroundings)}`;
    const child = spawn(process.execPath, [main, 'token', ...passed, home, ...(values.json ? ['--json'] : [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => surroundings.out(chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => surroundings.err(chunk.toString()));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 1));
    });
  },
};
