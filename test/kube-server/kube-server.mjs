// A real Kubernetes API server on loopback, by hand: node test/kube-server/kube-server.mjs build | up | down [--wipe] | status
//   KUBE_DIR (state, default in the cache folder), KUBE_PORT (default 16443), AUDIT_LEVEL, KUBE_BIN, JOBS
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { binariesFolder, build, cacheFolder } from './binaries.mjs';
import { supervise } from './start-kube-server.mjs';

const folder = resolve(process.env.KUBE_DIR ?? join(cacheFolder(), 'kube-run'));
const stateFile = join(folder, 'server.json');
const say = (text) => process.stderr.write(`${text}\n`);

/** What runs in the folder; null when nothing does, a killed one included. */
function running() {
  if (!existsSync(stateFile)) return null;
  const state = JSON.parse(readFileSync(stateFile, 'utf8'));
  try {
    const isOurs = readFileSync(`/proc/${state.supervisor}/cmdline`, 'utf8').includes('supervise.mjs');
    return isOurs ? state : null;
  } catch {
    return null;
  }
}

async function up() {
  const found = running();
  if (found !== null) return process.stdout.write(`${found.kubeconfigs.admin}\n`);
  await build({ say });
  mkdirSync(folder, { recursive: true });
  const from = performance.now();
  const options = { folder, port: Number(process.env.KUBE_PORT ?? 16_443), auditLevel: process.env.AUDIT_LEVEL };
  const { child, ready } = await supervise(options, { detached: true });
  writeFileSync(stateFile, JSON.stringify(ready, null, 2));
  for (const end of [child, child.stdout, child.stderr]) end.unref();
  say(`${ready.url} is ready after ${Math.round(performance.now() - from)} ms`);
  process.stdout.write(`${ready.kubeconfigs.admin}\n`);
}

async function down(wipe) {
  const found = running();
  if (found !== null) {
    process.kill(found.supervisor, 'SIGTERM');
    for (const end = Date.now() + 20_000; running() !== null && Date.now() < end;)
      await new Promise((done) => setTimeout(done, 50));
    if (running() !== null) throw new Error(`process ${found.supervisor} does not end`);
  }
  rmSync(stateFile, { force: true });
  if (wipe) rmSync(folder, { recursive: true, force: true });
}

const [command, ...rest] = process.argv.slice(2);
try {
  if (command === 'build') {
    await build({ say });
    process.stdout.write(`${binariesFolder()}\n`);
  } else if (command === 'up') await up();
  else if (command === 'down') await down(rest.includes('--wipe'));
  else if (command === 'status') process.stdout.write(`${JSON.stringify(running(), null, 2)}\n`);
  else {
    say('usage: node test/kube-server/kube-server.mjs build | up | down [--wipe] | status');
    process.exitCode = 2;
  }
} catch (error) {
  say(`kube-server: ${error.message}`);
  process.exitCode = 1;
}
