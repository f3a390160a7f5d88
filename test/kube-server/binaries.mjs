// Where the programs of the test cluster are kept, and how they come to be there.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const here = dirname(fileURLToPath(import.meta.url));
export const programs = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'test-kubelet'];

/** Kept between clones and runs, outside every clone. */
export function cacheFolder() {
  return process.env.SALLYPORT_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sallyport');
}

/** The version of Kubernetes that go.mod requires, as `v1.34.4`. */
export function kubernetesVersion() {
  return /^\s*k8s\.io\/kubernetes (v\S+)/mu.exec(readFileSync(join(here, 'go.mod'), 'utf8'))[1];
}

/** The folder of the programs: another one for each version and for each change of what they are built from. */
export function binariesFolder() {
  if (process.env.KUBE_BIN !== undefined) return process.env.KUBE_BIN;
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum', 'kubelet/main.go']) hash.update(readFileSync(join(here, name)));
  return join(cacheFolder(), `kube-${kubernetesVersion()}-${hash.digest('hex').slice(0, 12)}`);
}

const runs = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Whether nothing is left to be built. */
export const isBuilt = () => programs.every((name) => runs(join(binariesFolder(), name)));

/** Folders in which a Go is looked for: the PATH, then where installers put one that nobody added to it. */
function goFolders() {
  const debian = existsSync('/usr/lib') ? readdirSync('/usr/lib').filter((name) => /^go-1\.\d+$/u.test(name)) : [];
  const byVersion = (a, b) => Number(b.slice(5)) - Number(a.slice(5));
  return [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/local/go/bin',
    ...debian.toSorted(byVersion).map((name) => `/usr/lib/${name}/bin`),
  ].filter((folder) => folder !== '');
}

/** The first Go that can build them (from 1.21 on it fetches the version that go.mod asks for), or why there is none. */
export function findGo() {
  let old = null;
  for (const folder of goFolders()) {
    const file = join(folder, 'go');
    if (!runs(file)) continue;
    const said = execFileSync(file, ['version'], { encoding: 'utf8', env: { ...process.env, GOTOOLCHAIN: 'local' } });
    const minor = Number(/go1\.(\d+)/u.exec(said)?.[1] ?? 0);
    if (minor >= 21) return { go: file, why: null };
    old ??= said.trim();
  }
  const found = old === null ? 'there is no Go' : `${old} is too old`;
  return { go: null, why: `the test cluster is not built and ${found}: install Go 1.24 or later` };
}

/** Null where a test cluster can be had here, otherwise the reason that a person wants to read. */
export function whyUnavailable() {
  if (process.platform !== 'linux') return `the test cluster runs on Linux only, this is ${process.platform}`;
  return isBuilt() ? null : findGo().why;
}

/**
 * Builds what is not there: 10 to 15 minutes the first time on two cores. Two at once wait for one another.
 * @param options `say`, called with each line of progress; `withinMs`, default 40 minutes
 * @throws Error with what the build printed
 */
export async function build({ say = () => undefined, withinMs = 2_400_000 } = {}) {
  if (isBuilt()) return;
  const { go, why } = findGo();
  if (go === null) throw new Error(why);
  const folder = binariesFolder();
  say(`building Kubernetes ${kubernetesVersion()} into ${folder}, once; this takes 10 to 15 minutes`);
  const PATH = [dirname(go), process.env.PATH].join(delimiter);
  const child = spawn('bash', [join(here, 'build.sh')], {
    env: { ...process.env, PATH, KUBE_BIN: folder },
    stdio: ['ignore', 'inherit', 'pipe'],
    detached: true, // a group of its own, so that its compilers end with it
  });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // it has ended
    }
  };
  process.once('exit', end);
  const timer = setTimeout(end, withinMs);
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output = (output + text).slice(-20_000);
    for (const line of text.split('\n')) if (line.startsWith('building ')) say(line);
  });
  const status = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(timer);
  process.removeListener('exit', end);
  if (status !== 0) throw new Error(`building the test cluster ended with ${status}:\n${output}`);
}
