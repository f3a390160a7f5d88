// The parent of one cluster's processes: node supervise.mjs JSON. It says one line of JSON when the cluster is ready, and
// ends it on SIGTERM, SIGINT or SIGHUP and, with `"tied": true`, when its standard input ends: that is how it notices
// that whoever started it is gone, killed or not.
import { rmSync } from 'node:fs';
import { Cluster } from './cluster.mjs';

const { tied = false, remove = false, ...options } = JSON.parse(process.argv[2]);
const cluster = new Cluster(options);
let stopping;
function stop(code) {
  stopping ??= cluster.stop().then(() => {
    if (remove) rmSync(options.folder, { recursive: true, force: true, maxRetries: 3 });
    process.exit(code);
  });
  return stopping;
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void stop(0));
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
if (tied)
  process.stdin
    .resume()
    .on('end', () => void stop(0))
    .on('error', () => void stop(0));

try {
  const ready = await cluster.start();
  process.stdout.write(`${JSON.stringify({ ...ready, supervisor: process.pid })}\n`);
} catch (error) {
  if (stopping === undefined) process.stderr.write(`${error.message}\n`);
  await stop(1);
}
setInterval(() => undefined, 1 << 30);
