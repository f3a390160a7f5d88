// What a program does with @kubernetes/client-node; prints a JSON transcript, one entry for each step.
//   node node-client.mjs FOLDER-OF-THE-PACKAGE; KUBECONFIG and KUBE_NAMESPACE say where
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { configMap, pod } from './manifests.mjs';

const k8s = await import(pathToFileURL(join(process.argv[2], 'dist', 'index.js')).href);
const namespace = process.env.KUBE_NAMESPACE;
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const transcript = [];

async function step(say, body) {
  let entry;
  try {
    entry = { returned: await body() };
  } catch (error) {
    entry = { raised: [error.code ?? error.name, error.body ?? error.message] };
  }
  transcript.push({ say, ...entry });
}

function within(ms, about, body) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${about}: not within ${ms} ms`)), ms);
  });
  return Promise.race([new Promise(body), late]).finally(() => clearTimeout(timer));
}

function collector() {
  const stream = new PassThrough();
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return { stream, bytes: () => Buffer.concat(chunks) };
}

/** stdout, stderr and status of one command. */
async function execute(command, { input = null, tty = false, name = 'p' } = {}) {
  const out = collector();
  const errors = collector();
  const status = await within(30_000, command.join(' '), (resolve, reject) => {
    const stdin = input === null ? null : Readable.from([input]);
    new k8s.Exec(config)
      .exec(namespace, name, 'main', command, out.stream, errors.stream, stdin, tty, resolve)
      .catch(reject);
  });
  return { out: out.bytes(), errors: errors.bytes().toString(), status };
}

const told = async (command, options) => {
  const { out, errors, status } = await execute(command, options);
  return [out.toString(), errors, status];
};

await step('creates a pod and reads it until it runs', async () => {
  await core.createNamespacedPod({ namespace, body: pod('p', { app: 'p' }) });
  for (;;) {
    const found = await core.readNamespacedPod({ name: 'p', namespace });
    if (found.status.phase === 'Running') return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});
await step('lists', () => core.listNamespacedPod({ namespace, labelSelector: 'app=p', limit: 1 }));
await step('reads what is not there', () => core.readNamespacedPod({ name: 'nobody-home', namespace }));
await step('creates it again', () => core.createNamespacedPod({ namespace, body: pod('p') }));
await step('patches', () =>
  core.patchNamespacedPod(
    { name: 'p', namespace, body: { metadata: { labels: { tier: 'two' } } } },
    k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch),
  ),
);
await step('watches what happens', async () => {
  const seen = [];
  await core.createNamespacedConfigMap({
    namespace,
    body: configMap('seen', { n: '9007199254740993' }, { watch: 'me' }),
  });
  await within(30_000, 'watch', (resolve, reject) => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    let ending;
    const on = (type, object) => {
      seen.push([type, object.metadata.name, object.data]);
      if (type === 'ADDED') void core.deleteNamespacedConfigMap({ name: 'seen', namespace }).catch(reject);
      else void ending.then((controller) => controller.abort()).then(resolve);
    };
    ending = new k8s.Watch(config).watch(path, { labelSelector: 'watch=me' }, on, () => undefined);
    ending.catch(reject);
  });
  return seen;
});
await step('an informer sees what is there and what comes', async () => {
  const seen = [];
  await core.createNamespacedConfigMap({ namespace, body: configMap('first', { a: '1' }, { informer: 'me' }) });
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: 'informer=me' });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, list, 'informer=me');
  await within(30_000, 'informer', (resolve, reject) => {
    informer.on('add', (object) => {
      seen.push(['add', object.metadata.name]);
      if (object.metadata.name === 'second')
        void core.deleteNamespacedConfigMap({ name: 'first', namespace }).catch(reject);
    });
    informer.on('delete', (object) => {
      seen.push(['delete', object.metadata.name]);
      resolve();
    });
    informer.on('error', reject);
    informer
      .start()
      .then(() => core.createNamespacedConfigMap({ namespace, body: configMap('second', {}, { informer: 'me' }) }))
      .catch(reject);
  });
  await informer.stop();
  return seen;
});
await step('exec', () => told(['printenv', 'COLOUR']));
await step('exec with another exit code and standard error', () =>
  told(['sh', '-c', 'echo out; echo error >&2; exit 7']),
);
await step('exec with standard input', () => told(['head', '-n', '1'], { input: 'a line of é\n' }));
await step('exec with a terminal', () => told(['sh', '-c', 'test -t 1 && echo yes'], { tty: true }));
await step('exec with much output', async () => {
  const { out, status } = await execute(['seq', '1', '60000']);
  return [createHash('sha256').update(out).digest('hex'), status];
});
await step('exec in a pod that is not there', () => told(['true'], { name: 'nobody-home' }));
await step('logs, followed', async () => {
  await told(['sh', '-c', 'echo first >>$LOG']);
  const out = collector();
  const controller = await new k8s.Log(config).log(namespace, 'p', 'main', out.stream, { follow: true });
  await within(30_000, 'log', (resolve, reject) => {
    out.stream.on('data', () => {
      if (out.bytes().toString().endsWith('the end\n')) resolve();
    });
    void told(['sh', '-c', 'echo "é the end" >>$LOG']).catch(reject);
  });
  controller.abort();
  return out.bytes().toString();
});
await step(
  'deletes',
  async () => (await core.deleteNamespacedPod({ name: 'p', namespace, gracePeriodSeconds: 0 })).metadata.name,
);

process.stdout.write(JSON.stringify(transcript), () => process.exit(0));
