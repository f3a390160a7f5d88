// An unmodified client of clusters: kubectl where there is one, otherwise the JavaScript client. Both know nothing but a kubeconfig.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:https';
import { delimiter, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Exec, KubeConfig } from '@kubernetes/client-node';
import { cacheFolder } from '../kube-server/binaries.mjs';
import { kubectl } from '../kube-server/kubectl.mjs';
import { namespace } from './demo-cluster.mjs';

/** exec over WebSocket came with it */
const oldestMinor = 30;

/** The kubectls of the test cluster's cache, then those of the PATH; none is fetched for a demonstration. */
function findKubectl() {
  const cache = cacheFolder();
  const kept = existsSync(cache) ? readdirSync(cache).filter((name) => /^kubectl-[\d.]+$/u.test(name)) : [];
  const files = [
    ...kept.map((name) => join(cache, name, 'bin', 'kubectl')),
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'kubectl')),
  ];
  for (const file of files.filter((name) => existsSync(name))) {
    try {
      const said = execFileSync(file, ['version', '--client', '--output=json'], { encoding: 'utf8', stdio: 'pipe' });
      const version = JSON.parse(said).clientVersion.gitVersion;
      // the plain one of a Google Cloud CLI asks the server first, and then runs another
      if (Number(version.split('.')[1]) >= oldestMinor && !version.includes('dispatcher')) return { file, version };
    } catch {
      // it does not run here
    }
  }
  return null;
}

/**
 * @param kubeconfig of the person @param home a folder for its caches
 * @returns a client with `name`; each of its calls answers `{ code, out, error }`: 0 for success, what it printed, what it complained of
 */
export function kubeClient(kubeconfig, home) {
  const found = findKubectl();
  return found === null ? new JavaScriptClient(kubeconfig) : new KubectlClient(found, kubeconfig, home);
}

class KubectlClient {
  constructor({ file, version }, kubeconfig, home) {
    this.name = `kubectl ${version}`;
    this.run = async (args, input) => {
      const { status, stdout, stderr } = await kubectl(file, args, {
        kubeconfig,
        namespace,
        home,
        input,
        withinMs: 60_000,
      });
      return { code: status, out: stdout.toString(), error: stderr.trim() };
    };
    this.watch = (seen) => this.#watch(file, { kubeconfig, namespace, home, withinMs: 60_000 }, seen);
  }

  pods = () => this.run(['get', 'pods']);
  export = (resource, name) => this.run(['get', resource, name, '-o', 'json']);
  replace = (object) => this.run(['replace', '-f', '-'], object);
  delete = (resource, name) => this.run(['delete', resource, name]);
  exec = (pod, argv) => this.run(['exec', pod, '--', ...argv]);
  may = (verb, resource) => this.run(['auth', 'can-i', verb, resource]);

  /** Watches the pods to the end of the watch. @param seen is called with the first of it */
  async #watch(file, options, seen) {
    const enough = (out) => {
      if (out !== '') seen();
      return false;
    };
    const { status, stdout, stderr } = await kubectl(file, ['get', 'pods', '--watch'], { ...options, enough });
    return { code: status, out: stdout.toString(), error: stderr.trim() };
  }
}

/** The objects by their REST paths, exec by the client's own WebSocket. */
class JavaScriptClient {
  name = 'the JavaScript client (no kubectl of 1.30 or later is here)';
  #config = new KubeConfig();

  constructor(kubeconfig) {
    this.#config.loadFromFile(kubeconfig);
  }

  pods = async () => {
    const answer = await this.#ask('GET', path('pods'));
    const lines = answer.code === 0 ? JSON.parse(answer.out).items.map(podLine) : [];
    return { ...answer, out: lines.join('\n') };
  };
  export = (resource, name) => this.#ask('GET', path(resource, name));
  replace = (object) => {
    const { kind, metadata } = JSON.parse(object);
    return this.#ask('PUT', path(`${kind.toLowerCase()}s`, metadata.name), object);
  };
  delete = (resource, name) => this.#ask('DELETE', path(resource, name));

  may = async (verb, resource) => {
    const [, plural, subresource = ''] = /^([^/]+)(?:\/(.+))?$/u.exec(resource);
    const answer = await this.#ask(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { namespace, verb, resource: plural, subresource } },
      }),
    );
    const { allowed, reason = '' } = JSON.parse(answer.out).status;
    return { code: allowed ? 0 : 1, out: allowed ? 'yes' : `no - ${reason}`, error: answer.error };
  };

  exec = async (pod, argv) => {
    const [out, error] = [new PassThrough(), new PassThrough()];
    const printed = Promise.all([text(out), text(error)]);
    const status = await new Promise((resolve, reject) => {
      new Exec(this.#config).exec(namespace, pod, 'web', argv, out, error, null, false, resolve).catch(reject);
    });
    out.end();
    error.end();
    const code = status.status === 'Success' ? 0 : Number(status.details?.causes?.[0]?.message ?? 1);
    const [stdout, stderr] = await printed;
    return { code, out: stdout, error: stderr + (status.message ?? '') };
  };

  watch = async (seen) => {
    const { code, out, error } = await this.#ask('GET', `${path('pods')}?watch=1`, undefined, seen);
    const last = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .at(-1);
    return last?.type === 'ERROR' ? { code: 1, out: '', error: last.object.message } : { code, out: '', error };
  };

  async #ask(method, where, body, seen = () => undefined) {
    const options = { method, headers: body === undefined ? {} : { 'content-type': 'application/json' } };
    await this.#config.applyToHTTPSOptions(options);
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.#config.getCurrentCluster().server}${where}`, options, (answer) => {
        let out = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          out += chunk;
          seen();
        });
        answer.on('error', (error) => resolve({ code: 1, out, error: error.message }));
        answer.on('end', () => {
          const failed = answer.statusCode >= 400;
          resolve({ code: failed ? 1 : 0, out, error: failed ? JSON.parse(out).message : '' });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}

const path = (resource, name) => `/api/v1/namespaces/${namespace}/${resource}${name === undefined ? '' : `/${name}`}`;
const podLine = ({ metadata, status }) => `${metadata.name} ${status?.phase ?? ''}`;
