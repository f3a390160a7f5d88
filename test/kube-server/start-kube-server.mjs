import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, here } from './binaries.mjs';
import { administrator } from './rest.mjs';

export { build, isBuilt, kubernetesVersion, whyUnavailable } from './binaries.mjs';

/** Starts the supervisor of a cluster. @returns it and what it says when the cluster is ready */
export async function supervise(options, { detached }) {
  // pods run as another user, who has to get to their folders
  chmodSync(options.folder, 0o711);
  const child = spawn(
    process.execPath,
    [join(here, 'supervise.mjs'), JSON.stringify({ tied: !detached, ...options })],
    {
      stdio: [detached ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true, // Ctrl+C of a terminal reaches it by way of us, so that it can end in order
    },
  );
  let out = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  const ready = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`the test cluster did not start (${code}): ${errors}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
      if (out.endsWith('\n')) done(JSON.parse(out));
    });
  });
  return { child, ready };
}

/**
 * Starts a Kubernetes API server of its own on loopback: etcd, kube-apiserver, kube-controller-manager and a small
 * kubelet (kubelet/main.go); builds them first where they are not built. It ends with this process, however that ends.
 * @param options `folder` (default a temporary one, removed at the end), `port` (default a free one), `auditLevel`
 *   (`Metadata`, `Request`, `RequestResponse`, `None`), `podUid`, `apiserverArgs`, `say` (for the progress of a build)
 * @returns `{ folder, url, ca, kubeconfigs: { admin, gw, gwfull, alice, bob, nobody }, auditLog, pids, admin, stop() }`;
 *   `admin` is the administrator's client of rest.mjs
 * @throws Error saying what does not run
 */
export async function startKubeServer({ say, folder, ...options } = {}) {
  await build({ say });
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'sallyport-kube-')) : resolve(folder);
  mkdirSync(own, { recursive: true });
  const { child, ready } = await supervise(
    { ...options, folder: own, remove: folder === undefined },
    { detached: false },
  );
  for (const end of [child, child.stdin, child.stdout, child.stderr]) end.unref();
  const ended = new Promise((done) => child.once('exit', done));
  const stop = () => {
    child.ref();
    child.stdin.destroy();
    return ended;
  };
  return { ...ready, admin: administrator(ready.url, ready.ca), stop };
}
