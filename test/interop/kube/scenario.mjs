// What is asked of kubectl, in order; every step runs directly and through the gateway and has to end alike.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configMap, deployment, pod } from './manifests.mjs';

const step = (say, args, options = {}) => ({
  say,
  args: typeof args === 'string' ? args.split(' ') : args,
  ...options,
});
/** A step of its own making: `body` gets the side, returns what is compared. */
const own = (say, body, options = {}) => ({ say, body, ...options });
const given = (object) => ({ input: JSON.stringify(object) });
const fails = { status: 1 };
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const numbers = Array.from({ length: 4000 }, (_, i) => `line ${i}`).join('\n');
/** the same bytes on both sides */
const blob = randomBytes(700_000);

const reading = [
  step('version', 'get --raw /version'),
  step('api-versions', 'api-versions'),
  step('api-resources', 'api-resources --sort-by=name'),
  step('explain', 'explain pods.spec.containers.env'),
  step('explain --recursive of a group', 'explain deployments.apps --recursive'),
  step('explain of what is not there', 'explain nonsense', fails),
  step('cluster-info', 'cluster-info'),
  step('auth can-i, yes', 'auth can-i create pods'),
  step('get of a type that is not there', 'get gadgets', fails),
  step('get of an object that is not there', 'get pod nobody-home', fails),
  step('top without metrics', 'top pods', fails),
  step('get nodes', 'get nodes'),
  step('describe node', 'describe node n0', { of: (text) => text.replace(/Non-terminated Pods[\s\S]*/u, '') }),
  step('a raw path that is not there', 'get --raw /apis/none', fails),
];

const objects = [
  step('create -f from standard input', 'create -f -', given(pod('p', { app: 'p', tier: 'one' }))),
  step('create again', 'create -f -', { ...given(pod('p')), ...fails }),
  step('wait for a condition', 'wait --for=condition=Ready pod/p --timeout=30s'),
  step('wait for a JSON path', 'wait --for=jsonpath={.status.phase}=Running pod/p --timeout=30s'),
  ...[
    'wide',
    'yaml',
    'json',
    'name',
    'jsonpath={.spec.containers[*].env[*].value}',
    'custom-columns=N:.metadata.name,P:.status.phase',
  ].map((output) => step(`get -o ${output}`, ['get', 'pod', 'p', '-o', output])),
  step('get by label, with labels', 'get pods -l tier=one --show-labels -L app'),
  step('get by field', 'get pods --field-selector=metadata.name=p,status.phase=Running'),
  step('get sorted, in pieces', 'get pods --sort-by=.metadata.name --chunk-size=1'),
  step('describe pod', 'describe pod p'),
  step('label', 'label pod p tier=two --overwrite'),
  step('label without --overwrite', 'label pod p tier=three', fails),
  step('annotate', 'annotate pod p note=first'),
  step('run', ['run', 'ran', '--image=example/app:1', '--overrides={"spec":{"nodeName":"n0"}}']),
  step('delete one', 'delete pod ran --now'),
  step('wait for its end', 'wait --for=delete pod/ran --timeout=30s'),
  step('create configmap', 'create configmap settings --from-literal=mode=one --from-literal=size=9007199254740993'),
  step('create deployment', 'create deployment made --image=example/web:1 --replicas=0'),
  step('create service', 'expose deployment made --port=80'),
  step('create serviceaccount', 'create serviceaccount robot'),
  step('create --dry-run=server', 'create configmap dry --from-literal=a=b --dry-run=server -o yaml'),
  step('create quota, refused by a wrong value', 'create quota q --hard=cpu=x', fails),
  step('edit', 'edit configmap settings', { env: { KUBE_EDITOR: 'sed -i s/mode:.one/mode:\\ two/' } }),
  step('patch, strategic', [
    'patch',
    'pod',
    'p',
    '--type=strategic',
    '-p',
    '{"metadata":{"labels":{"s":"1"}}}',
    '-o',
    'yaml',
  ]),
  step('patch, merge', [
    'patch',
    'configmap',
    'settings',
    '--type=merge',
    '-p',
    '{"data":{"m":"2","mode":null}}',
    '-o',
    'json',
  ]),
  step('patch, JSON', [
    'patch',
    'configmap',
    'settings',
    '--type=json',
    '-p',
    '[{"op":"add","path":"/data/j","value":"3"}]',
  ]),
  step(
    'patch, a failed test',
    ['patch', 'configmap', 'settings', '--type=json', '-p', '[{"op":"test","path":"/data/j","value":"4"}]'],
    fails,
  ),
  step('patch of what cannot change', ['patch', 'pod', 'p', '-p', '{"spec":{"nodeName":"n9"}}'], fails),
  step('replace', 'replace -f -', given(configMap('settings', { replaced: 'yes' }))),
  step('replace with an old version', 'replace -f -', {
    ...given({ ...configMap('settings', {}), metadata: { name: 'settings', resourceVersion: '1' } }),
    ...fails,
  }),
  step('get all', 'get all'),
  step('get several types', 'get configmaps,services,serviceaccounts -o name'),
  // up to 1.33 kubectl forgets the path of its server here
  step('delete by raw path', 'delete --raw /api/v1/namespaces/NAMESPACE/serviceaccounts/robot', { of: () => 'gone' }),
  step('get of a raw path', 'get --raw /api/v1/namespaces/NAMESPACE/configmaps?limit=1'),
];

const applying = [
  step('apply, new', 'apply -f -', given(deployment('web'))),
  step('rollout status', 'rollout status deployment/web --timeout=60s', { of: lastLine }),
  step('diff, equal', 'diff -f -', given(deployment('web'))),
  step('diff, changed', 'diff -f -', {
    ...given(deployment('web', { image: 'example/web:2' })),
    ...fails,
    env: { KUBECTL_EXTERNAL_DIFF: 'diff -N -u' },
  }),
  step('apply, changed', 'apply -f -', given(deployment('web', { image: 'example/web:2' }))),
  step('apply, unchanged', 'apply -f -', given(deployment('web', { image: 'example/web:2' }))),
  step('rollout status after a change', 'rollout status deployment/web --timeout=60s', { of: lastLine }),
  step('rollout history', 'rollout history deployment/web'),
  step('rollout undo', 'rollout undo deployment/web'),
  step('rollout restart', 'rollout restart deployment/web'),
  step('rollout pause', 'rollout pause deployment/web'),
  step('rollout resume', 'rollout resume deployment/web'),
  step('rollout status after a restart', 'rollout status deployment/web --timeout=60s', { of: lastLine }),
  step('set image', 'set image deployment/web main=example/web:3'),
  step('set env', 'set env deployment/made A=1'),
  step('apply view-last-applied', 'apply view-last-applied deployment/web'),
  step('scale', 'scale deployment/web --replicas=1'),
  step('scale, with a wrong precondition', 'scale deployment/web --current-replicas=7 --replicas=1', fails),
  step('wait after a scale', ['wait', '--for=jsonpath={.status.replicas}=1', 'deployment/web', '--timeout=60s']),
  step('apply --server-side, new', 'apply --server-side -f -', given(configMap('owned', { a: '1' }))),
  step(
    'apply --server-side, again',
    'apply --server-side -f - -o yaml --show-managed-fields',
    given(configMap('owned', { a: '2' })),
  ),
  step('apply --server-side, a conflict', 'apply --server-side --field-manager=other -f -', {
    ...given(configMap('owned', { a: '3' })),
    ...fails,
  }),
  step(
    'apply --server-side --force-conflicts',
    'apply --server-side --field-manager=other --force-conflicts -f -',
    given(configMap('owned', { a: '3' })),
  ),
  step('apply --dry-run=server', 'apply --dry-run=server -f - -o yaml', given(configMap('owned', { a: '4', b: '5' }))),
  step('describe deployment', 'describe deployment made'),
];

/**
 * A program that writes and ends at once: kubectl loses its last output now and then, at the API server itself too,
 * when the end overtakes it. It stays for a moment.
 */
const lingering = (pod, script) => ['exec', pod, '--', 'sh', '-c', `${script}; sleep 0.3`];

const streams = [
  step('exec', lingering('p', 'printenv COLOUR')),
  ...[0, 3, 127].map((status) =>
    step(`exec that ends with ${status}`, ['exec', 'p', '--', 'sh', '-c', `exit ${status}`], { status }),
  ),
  step('exec, standard error apart', lingering('p', 'echo out; echo error >&2').toSpliced(2, 0, '-c', 'main')),
  step('exec, standard input', ['exec', '-i', 'p', '--', 'sh', '-c', 'wc -c; sleep 0.3'], { input: numbers }),
  own('exec, binary both ways', async ({ run }) =>
    digest((await run(['exec', '-i', 'p', '--', 'sh', '-c', 'cat; sleep 0.3'], { input: blob })).stdout),
  ),
  // the cluster drops what a slow reader has not taken when the program ends (kubernetes issue 124571): it stays for a while
  own('exec, 20 MB of output to its last byte, twice', async ({ run }) => {
    const outcomes = [];
    for (let i = 0; i < 2; i++) {
      const { status, stdout, stderr } = await run([
        'exec',
        'p',
        '--',
        'sh',
        '-c',
        'head -c 20000000 /dev/zero; sleep 5',
      ]);
      outcomes.push(`${status} ${stdout.length} ${stderr}`);
    }
    return outcomes.join('\n');
  }),
  step('exec in a container that is not there', 'exec p -c other -- true', fails),
  step('exec in a pod that is not there', 'exec nobody-home -- true', fails),
  step('exec of a deployment', lingering('deployment/web', 'echo hi')),
  own('exec with a terminal of the right size', terminal),
  step('attach', 'attach -i p', { input: 'typed\n' }),
  own('cp into a pod and out of it', copies),
  step('lines into the log', ['exec', 'p', '--', 'sh', '-c', 'for i in 1 2 3; do echo "entry $i é"; done >>$LOG']),
  step('logs', 'logs p'),
  step('logs --tail', 'logs p --tail=1'),
  step('logs --timestamps', 'logs p --timestamps --limit-bytes=60'),
  step('logs by label', 'logs -l app=p --prefix'),
  step('logs of a container that is not there', 'logs p -c other', fails),
  own('logs -f, as they are written', followed),
  own('watch, with what happens', watched),
];

const ending = [
  step('delete by label', 'delete pods -l app=p --now'),
  step('delete what is not there', 'delete configmap nobody-home', fails),
  step('delete --ignore-not-found', 'delete configmap nobody-home --ignore-not-found'),
  step('delete --dry-run=server', 'delete deployment web --dry-run=server'),
  step('delete --all', 'delete configmaps,deployments,services --all', { of: sortedLines }),
  step('get of nothing', 'get pods -l app=p'),
];

function lastLine(text) {
  return text.trimEnd().split('\n').at(-1);
}

function sortedLines(text) {
  return text.split('\n').toSorted().join('\n');
}

/** kubectl under `script`, which gives it a terminal of 97 columns and 31 rows. */
async function terminal({ file, namespace, program, folder }) {
  const command = `stty cols 97 rows 31; exec ${file} --namespace=${namespace} exec -it p -- sh -c 'sleep 0.7; stty size; exit 4'`;
  const { status, stdout } = await program('script', ['-qec', command, '/dev/null'], folder);
  return `${status}\n${stdout}`;
}

async function copies({ run, folder }) {
  const from = join(folder, 'there');
  mkdirSync(join(from, 'sub'), { recursive: true });
  writeFileSync(join(from, 'blob.bin'), blob);
  writeFileSync(join(from, 'sub', 'text.txt'), numbers);
  const into = await run(['cp', 'there', 'p:copied']);
  const back = await run(['cp', '--retries=10', 'p:copied', 'back']);
  const read = ['blob.bin', 'sub/text.txt'].map((name) => digest(readFileSync(join(folder, 'back', name))));
  if (read[0] !== digest(blob)) throw new Error('the file came back changed');
  for (const { status, stderr } of [into, back]) if (status !== 0) throw new Error(stderr);
  return JSON.stringify(read);
}

async function followed({ run }) {
  const write = (text) => run(['exec', 'p', '--', 'sh', '-c', `echo '${text}' >>$LOG`]);
  let begun;
  const isOpen = new Promise((resolve) => (begun = resolve));
  const reading = run(['logs', '-f', 'p', '--tail=1'], {
    enough: (out) => {
      if (out !== '') begun();
      return out.includes('the end');
    },
  });
  await Promise.race([isOpen, reading]);
  for (const text of ['one more', 'the end']) await write(text);
  return String((await reading).stdout);
}

async function watched({ run }) {
  const [first, label, remove] = [
    ['create', 'configmap', 'seen', '--from-literal=a=1'],
    ['label', 'configmap', 'seen', 'step=two'],
    ['delete', 'configmap', 'seen'],
  ];
  await run(first);
  let begun;
  const isOpen = new Promise((resolve) => (begun = resolve));
  const columns = 'custom-columns=T:.type,N:.object.metadata.name,S:.object.metadata.labels.step';
  const where = ['--field-selector=metadata.name=seen', '--watch', '--output-watch-events'];
  const watching = run(['get', 'configmaps', ...where, '-o', columns], {
    enough: (out) => {
      if (out.includes('ADDED')) begun();
      return /DELETED.*\n$/u.test(out);
    },
  });
  await Promise.race([isOpen, watching]);
  await run(label);
  await run(remove);
  return String((await watching).stdout);
}

/** Everything, for one kubectl; `brief` leaves out what hardly depends on its version. */
export function scenario({ brief }) {
  if (!brief) return [...reading, ...objects, ...applying, ...streams, ...ending];
  const short = streams.filter(({ say }) => !say.includes('20 MB'));
  return [...objects.slice(0, 13), ...applying.slice(0, 5), ...short, ...ending];
}
