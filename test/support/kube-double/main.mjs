// node test/support/kube-double/main.mjs --dir DIR [--port PORT]: prints the path of a kubeconfig and serves until it is told to end.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startKubeDouble } from './index.mjs';

const { values } = parseArgs({ options: { dir: { type: 'string' }, port: { type: 'string' } } });
if (values.dir === undefined) {
  process.stderr.write('usage: node main.mjs --dir DIR [--port PORT]\n');
  process.exit(2);
}
const dir = resolve(values.dir);
mkdirSync(dir, { recursive: true });
const double = await startKubeDouble({ port: Number(values.port ?? 0) });
for (const line of ['started', 'listening on :8080', 'GET / 200']) double.log('team-a', 'web-0', `${line}\n`);
process.stdout.write(`${double.writeKubeconfig(dir)}\n`);
const stop = async () => {
  await double.close();
  for (const { kind, detail } of double.violations) process.stderr.write(`${kind}: ${detail}\n`);
  process.exit(0);
};
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
// the one who started it as a child is gone
process.on('disconnect', () => void stop());
