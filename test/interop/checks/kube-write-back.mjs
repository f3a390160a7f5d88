import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from '../../kube-server/kubectl.mjs';
import { Canaries } from '../kube/canaries.mjs';
import { plant, protect } from '../kube/protected-world.mjs';
import { kubeWorld } from '../kube/world.mjs';

const mark = 'sallyport:v1:';
/** itself, and how it begins in base64 at the start of a value */
const forms = [mark, 'c2FsbHlwb3J0OnYx'];

/** What is stored, past the gateway; metadata that every change touches is left out. */
async function stored(admin, path) {
  const { json } = await admin('GET', path);
  const { metadata, status: _status, ...rest } = json;
  const annotations = { ...metadata.annotations };
  return {
    text: JSON.stringify({ ...rest, annotations }),
    data: json.data,
    labels: metadata.labels ?? {},
    annotations,
  };
}

/** A mask that a client has read and sends back never becomes what is stored. */
export async function checkKubeWriteBack(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const [namespace] = await world.namespaces();
  const { file } = await plant(world, namespace);
  const { admin } = await world.cluster();
  const gateway = await world.gateway('write-back', { protect });
  const side = { ...world.through(gateway, namespace), home: world.scratch };
  const run = (args, options = {}) => kubectl(file, args, { ...side, ...options });
  const exported = async (name) => {
    const { status, stdout, stderr } = await run(['get', ...name.split(' '), '-o', 'yaml']);
    assert.equal(status, 0, stderr);
    assert.ok(
      forms.some((form) => stdout.includes(form)),
      `nothing is masked in ${String(stdout)}`,
    );
    return stdout.toString();
  };
  const secret = `/api/v1/namespaces/${namespace}/secrets/hidden`;
  const objects = [
    ['secret hidden', secret],
    ['configmap settings', `/api/v1/namespaces/${namespace}/configmaps/settings`],
    ['deployment planted-deployment', `/apis/apps/v1/namespaces/${namespace}/deployments/planted-deployment`],
    ['vault planted', `/apis/interop.example.com/v1/namespaces/${namespace}/vaults/planted`],
  ];

  const refused = [
    { how: 'replace', body: (input) => run(['replace', '-f', '-'], { input }) },
    {
      how: 'apply --server-side',
      body: (input) => run(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input }),
    },
    { how: 'apply', body: (input) => run(['apply', '-f', '-'], { input }) },
    {
      how: 'create under another name',
      body: (input) => run(['create', '-f', '-'], { input: input.replaceAll(/^( {2}name: ).*/gmu, '$1copy') }),
    },
  ];
  for (const [name, path] of objects) {
    for (const { how, body } of refused) {
      await steps.step(`an exported ${name.split(' ')[0]}: ${how} is refused, and nothing has changed`, async () => {
        const before = await stored(admin, path);
        const { status, stderr } = await body(await exported(name));
        assert.equal(status, 1, stderr);
        assert.match(stderr, /Error from server \(\w+\)[\s\S]*masked by the gateway/u);
        assert.equal((await stored(admin, path)).text, before.text);
      });
    }
  }
  await steps.step('a Secret created from a mask is refused: a body of protobuf', async () => {
    const { stdout } = await run(['get', 'secret', 'hidden', '-o', 'jsonpath={.data.password}']);
    const value = Buffer.from(stdout.toString(), 'base64').toString();
    assert.ok(value.startsWith(mark));
    const { status, stderr } = await run(['create', 'secret', 'generic', 'copy', `--from-literal=password=${value}`]);
    assert.equal(status, 1);
    assert.match(stderr, /masked by the gateway/u);
    assert.equal((await admin('GET', secret.replace('hidden', 'copy'))).status, 404);
  });
  await changes(steps, { admin, run, secret, namespace, home: world.scratch });
}

/** What changes something else goes on working, and leaves the masked values as they are. */
async function changes(steps, { admin, run, secret, namespace, home }) {
  const edit = (script) => {
    const editor = join(home, 'editor.sh');
    writeFileSync(editor, `#!/bin/sh\nexec sed -i '${script}' "$1"\n`, { mode: 0o700 });
    return { env: { KUBE_EDITOR: editor }, withinMs: 20_000 };
  };
  const fresh = new Canaries().path('new');
  const encoded = Buffer.from(fresh).toString('base64');
  /** @type {[string, string[], () => object, Record<string, Record<string, string>>][]} */
  const allowed = [
    [
      'edit of a label',
      ['edit', 'secret', 'hidden'],
      () => edit('s/planted:.*/planted: edited/'),
      { labels: { planted: 'edited' } },
    ],
    [
      'edit that adds a key',
      ['edit', 'secret', 'hidden'],
      () => edit(`s/^data:/&\\n  edited: ${encoded}/`),
      { data: { edited: encoded } },
    ],
    [
      'patch that adds a key',
      ['patch', 'secret', 'hidden', '-p', JSON.stringify({ data: { patched: encoded } })],
      () => ({}),
      { data: { patched: encoded } },
    ],
    ['label', ['label', 'secret', 'hidden', 'more=yes'], () => ({}), { labels: { more: 'yes' } }],
    ['annotate', ['annotate', 'secret', 'hidden', 'more=yes'], () => ({}), { annotations: { more: 'yes' } }],
  ];
  for (const [say, args, options, expected] of allowed) {
    await steps.step(`${say}: done, and every value is still there`, async () => {
      const before = await stored(admin, secret);
      const { status, stderr } = await run(args, options());
      assert.equal(status, 0, stderr);
      const after = await stored(admin, secret);
      assert.deepEqual(after.data, { ...before.data, ...expected.data });
      assert.deepEqual(after.labels, { ...before.labels, ...expected.labels });
      assert.deepEqual(after.annotations, { ...before.annotations, ...expected.annotations });
    });
  }
  await steps.step(
    'apply of the real manifest works as without a gateway, and removes what it no longer names',
    async () => {
      const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, data: { key: encoded } };
      const { status, stderr } = await run(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
      assert.equal(status, 0, stderr);
      const { data } = await stored(admin, secret);
      assert.equal(data.key, encoded);
      assert.ok('password' in data && 'patched' in data, 'what apply never owned stays');
    },
  );
  await steps.step('workloads with masked values: set image, set env, scale, rollout restart', async () => {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments/planted-deployment`;
    const values = async () => {
      const { json } = await admin('GET', path);
      const [{ env, command, args }] = json.spec.template.spec.containers;
      return { env: env.filter(({ name }) => name !== 'MORE'), command, args };
    };
    const before = await values();
    const name = 'deployment/planted-deployment';
    const commands = [
      `set image ${name} main=example/app:9`,
      `set env ${name} MORE=1`,
      `scale ${name} --replicas=1`,
      `rollout restart ${name}`,
    ];
    for (const command of commands) {
      const { status, stderr } = await run(command.split(' '));
      assert.equal(status, 0, `${command}: ${stderr}`);
      assert.deepEqual(await values(), before, command);
    }
  });
}
