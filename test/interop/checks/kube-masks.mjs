import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { kubectl } from '../../kube-server/kubectl.mjs';
import { client } from '../../kube-server/rest.mjs';
import { plant, protect } from '../kube/protected-world.mjs';
import { allOperations, settledRecord } from '../kube/record.mjs';
import { kubeWorld } from '../kube/world.mjs';

const kinds =
  'secrets,configmaps,pods,deployments,replicasets,statefulsets,controllerrevisions,cronjobs,podtemplates,vaults,events';
const columns = 'custom-columns=N:.metadata.name,D:.data,E:.spec.containers[*].env,L:.metadata.annotations,S:.spec';
const line = (text) => text.split(' ');

/** Commands that show objects: each of them shows canaries directly, none through the gateway. */
const shown = [
  ...['yaml', 'json', 'wide', columns, 'go-template={{range .items}}{{.}}{{end}}'].map((output) => [
    'get',
    kinds,
    '-o',
    output,
  ]),
  ...['yaml', 'json', 'jsonpath={.data}'].map((output) => ['get', 'secret', 'hidden', '-o', output]),
  line('get pods --sort-by=.metadata.name -o yaml'),
  line('get pods -o yaml --show-managed-fields'),
  line('get events'),
  line(`describe ${kinds}`),
  line('describe pod planted'),
  line('events'),
  line('rollout history deployment/planted-deployment --revision=1'),
  line('rollout history statefulset/planted-set --revision=1 -o yaml'),
  line('apply view-last-applied secret hidden'),
  line('apply view-last-applied deployment planted-deployment -o json'),
  line('label secret hidden seen=1 --overwrite -o yaml'),
  line('annotate configmap settings seen=1 --overwrite -o json'),
  ['patch', 'secret', 'hidden', '-p', '{"metadata":{"labels":{"p":"1"}}}', '-o', 'yaml'],
  [
    'patch',
    'secret',
    'hidden',
    '--dry-run=server',
    '--type=merge',
    '-p',
    '{"metadata":{"labels":{"p":"2"}}}',
    '-o',
    'json',
  ],
  line('set env deployment/planted-deployment --list'),
  ['set', 'image', 'deployment/planted-deployment', 'main=example/app:2', '--dry-run=server', '-o', 'yaml'],
  line('scale statefulset/planted-set --replicas=1 -o yaml'),
  line('logs planted'),
  line('logs planted --timestamps --tail=5'),
  line('logs -l app=planted-pod --prefix'),
  ['exec', 'planted', '--', 'sh', '-c', 'printenv FROM_SECRET; sleep 0.3'],
  ['exec', 'planted', '--', 'sh', '-c', 'cat seen.txt; sleep 0.3'],
  ['exec', 'planted', '--', 'sh', '-c', 'for c in $(fold -w 1 seen.txt); do printf %s "$c"; sleep 0.002; done'],
  ['exec', 'planted', '--', 'sh', '-c', 'cat seen.txt >&2; exit 5'],
];

/** What is not done on both sides at once: the objects are the same. */
const changing = new Set(['label', 'annotate', 'patch', 'scale', 'set']);

/** Paths that kubectl does not ask for by itself. */
function raw(namespace) {
  const base = `/api/v1/namespaces/${namespace}`;
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const partial = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
  const watchList =
    'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1';
  const asked = [];
  for (const path of [
    `${base}/secrets`,
    `${base}/pods`,
    `${base}/configmaps`,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
  ]) {
    for (const include of ['None', 'Metadata', 'Object'])
      asked.push(['GET', `${path}?includeObject=${include}`, table]);
    asked.push(
      ['GET', path, partial],
      ['GET', `${path}?pretty=true`, 'application/json'],
      ['GET', path, 'application/yaml'],
    );
    asked.push(
      ['GET', path, 'application/vnd.kubernetes.protobuf'],
      ['GET', path, 'application/cbor,application/json;q=0.5'],
    );
    asked.push(
      ['GET', `${path}?${watchList}`, 'application/json'],
      ['GET', `${path}?${watchList}&includeObject=Object`, table],
    );
    asked.push(
      ['GET', `${path}?watch=&timeoutSeconds=1`, 'application/json'],
      ['GET', `${path}?watch=1&timeoutSeconds=1`, partial],
    );
    asked.push(['GET', path.replace('/v1/', '/v1/watch/') + '?timeoutSeconds=1', 'application/json']);
  }
  asked.push(['GET', `${base}/secrets/hidden`, 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io']);
  asked.push(
    ['DELETE', `${base}/secrets?dryRun=All`, 'application/json'],
    ['DELETE', `${base}/secrets/hidden?dryRun=All`, 'application/json'],
  );
  return asked;
}

/** Nothing protected, in whatever answer, leaves: not to the client, not into the record, a journal or a log. */
export async function checkKubeMasks(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const [namespace] = await world.namespaces();
  const { canaries, file, run } = await plant(world, namespace);
  const gateway = await world.gateway('masking', { protect, powers: ['exec', 'attach'] });
  const through = { ...world.through(gateway, namespace), home: world.scratch };
  const clean = (bytes) => {
    const places = canaries.within(bytes);
    // what is said then is looked for then: some of these are large
    if (places.length > 0) assert.fail(`shown: ${places.join(', ')}; behind ${canaries.before(bytes)}`);
  };
  const seen = new Set();

  for (const args of shown) {
    await steps.step(`clean: kubectl ${args.join(' ').slice(0, 110)}`, async () => {
      const direct = run(args).catch(({ message }) => message);
      if (changing.has(args[0])) await direct;
      const { stdout, stderr } = await kubectl(file, args, through);
      for (const place of canaries.within(await direct)) seen.add(place);
      clean(Buffer.concat([stdout, Buffer.from(stderr)]));
      assert.ok(stdout.length > 0 || stderr.length > 20, `nothing was shown: ${stderr}`);
    });
  }
  await steps.step('directly these commands show every canary: the check bites', () => {
    assert.deepEqual(
      canaries.places.filter((place) => !seen.has(place)),
      [],
    );
  });

  const ask = client(through.server, through.ca, { authorization: `Bearer ${through.token}` });
  for (const [method, path, accept] of raw(namespace)) {
    await steps.step(`clean: ${method} ${path.replace(namespace, 'NAMESPACE')} as ${accept}`, async () => {
      const both = ['identity', 'gzip'].map((encoding) =>
        ask(method, path, undefined, { accept, 'accept-encoding': encoding }),
      );
      for (const { status, bytes, headers } of await Promise.all(both)) {
        assert.notEqual(headers['content-encoding'], 'gzip');
        clean(bytes);
        assert.ok(status < 500 || bytes.includes('"kind":"Status"'), String(bytes));
      }
    });
  }
  await refusals(steps, { ask, namespace, clean });
  await inTheRecord(steps, gateway, clean);
}

/** Texts of the server that quote what is stored. */
async function refusals(steps, { ask, namespace, clean }) {
  const base = `/api/v1/namespaces/${namespace}`;
  await steps.step('clean: the diff of a pod that may not change (422)', async () => {
    const patch = { spec: { containers: [{ name: 'main', env: [{ name: 'PASSWORD', value: 'other' }] }] } };
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const { status, bytes } = await ask('PATCH', `${base}/pods/planted`, patch, headers);
    assert.equal(status, 422);
    clean(bytes);
  });
  await steps.step('clean: a conflict of server-side apply (409)', async () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { password: 'other' } };
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const { status, bytes } = await ask(
      'PATCH',
      `${base}/configmaps/settings?fieldManager=interop`,
      JSON.stringify(object),
      headers,
    );
    assert.equal(status, 409, String(bytes));
    clean(bytes);
  });
  await steps.step('a value of a Secret cannot be copied where it would be seen', async () => {
    const patch = [{ op: 'copy', from: '/data/password', path: '/metadata/annotations/copied' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    for (const query of ['', '?dryRun=All']) {
      const { status, bytes } = await ask('PATCH', `${base}/secrets/hidden${query}`, JSON.stringify(patch), headers);
      clean(bytes);
      assert.ok([400, 403].includes(status), String(bytes));
    }
  });
  await steps.step('a watch or a log by WebSocket is refused', async () => {
    for (const path of ['secrets?watch=1', 'pods/planted/log']) {
      const headers = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'x'.repeat(22) + '==',
      };
      const { status, bytes } = await ask('GET', `${base}/${path}`, undefined, headers);
      assert.equal(status, 400, String(bytes));
      clean(bytes);
    }
  });
}

async function inTheRecord(steps, { file }, clean) {
  await steps.step('clean: every operation as an auditor reads it', async () => {
    await settledRecord(file);
    const operations = await allOperations(file, { bodies: true });
    assert.ok(operations.length > 50, `${operations.length} operations`);
    clean(JSON.stringify(operations));
  });
  await steps.step('clean: the tables of the record', async () => {
    const database = new pg.Client({ connectionString: file.audit.superuserUrl });
    await database.connect();
    try {
      for (const table of ['audit_event', 'audit_body']) {
        const { rows } = await database.query(`SELECT row_to_json(${table})::text AS text FROM ${table}`);
        assert.ok(rows.length > 0);
        for (const { text } of rows) clean(text);
      }
    } finally {
      await database.end();
    }
  });
  await steps.step('clean: every file of the home: journals, logs, configuration', () => {
    let files = 0;
    for (const entry of readdirSync(file.home, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      const bytes = entry.isFile() ? contentOf(path) : null;
      if (bytes === null) continue;
      files++;
      try {
        clean(bytes);
      } catch (error) {
        throw new Error(path, { cause: error });
      }
    }
    assert.ok(files > 5);
  });
}

/** The database removes files of its own at any time. */
function contentOf(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
