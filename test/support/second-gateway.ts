import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { clone, type QuickstartFile } from './quickstart.js';

/** A second PostgreSQL gateway of an installation that runs, as on another machine: another port, another journal. */
export interface SecondGateway {
  /** the same file with the port of this gateway */
  readonly file: QuickstartFile;
  stop(): Promise<void>;
}

/** Starts it from the configuration of the first. @throws Error with its output when it does not become ready */
export async function secondGateway(first: QuickstartFile): Promise<SecondGateway> {
  const port = await freePort();
  const configuration = parseDocument(readFileSync(first.config, 'utf8'));
  configuration.setIn(['listen', 'postgres', 'port'], port);
  configuration.setIn(['listen', 'postgres', 'workers'], 1);
  configuration.setIn(['audit', 'journal', 'dir'], join(first.home, 'second-journal'));
  // beside the first one: what the file refers to is found from where it lies
  const path = `${first.config}.second.yaml`;
  writeFileSync(path, configuration.toString(), { mode: 0o600 });
  const main = join(clone, 'dist', 'apps', 'postgres-gateway', 'src', 'main.js');
  const child = spawn(process.execPath, [main, '--config', path], { cwd: clone, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const ready = new Promise<void>((resolve) => {
    child.stdout.on('data', () => {
      if (output.includes('"ready":"postgres-gateway"')) resolve();
    });
  });
  const late = new Promise<void>((resolve) => setTimeout(resolve, 60_000).unref());
  await Promise.race([ready, ended, late]);
  if (!output.includes('"ready":"postgres-gateway"')) {
    child.kill('SIGKILL');
    throw new Error(`the second gateway did not become ready:\n${output}`);
  }
  return {
    file: { ...first, postgres: { ...first.postgres, port } },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
