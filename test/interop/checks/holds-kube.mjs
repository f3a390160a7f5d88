// Clients of Kubernetes that know nothing of approvals wait through one, and get their answer.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl, kubectls } from '../../kube-server/kubectl.mjs';
import { start } from '../holds/programs.mjs';
import { Reviewer } from '../holds/reviewers.mjs';
import { kubeWorld } from '../kube/world.mjs';
import { python, root, run } from '../programs.mjs';

const approval = { reviewers: { groups: ['privacy'] }, quorum: 1, hold: '120s', expires: '15m' };
const allEffects = ['read', 'write', 'schema', 'admin', 'session', 'connect', 'unknown'];
const rules = [
  { name: 'everything', who: { groups: ['analysts'] }, on: { target: 'prod', does: allEffects }, effect: 'allow' },
  { name: 'powers', who: { groups: ['analysts'] }, on: { target: 'prod', capabilities: '*' }, effect: 'allow' },
  {
    name: 'deletes',
    on: { target: 'prod', kubernetes: { verbs: ['delete', 'deletecollection'] } },
    effect: 'hold',
    approval,
  },
  {
    name: 'one program',
    on: { target: 'prod', capabilities: 'exec', kubernetes: { program: 'sh' } },
    effect: 'hold',
    approval,
  },
  {
    name: 'services are not waited for',
    on: { target: 'prod', kubernetes: { resources: ['services'], verbs: ['create'] } },
    effect: 'hold',
    approval: { ...approval, hold: '1s' },
  },
];

/** kubectl: what people type. */
export async function checkHoldsKubectl(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const [{ file, version }] = kubectls();
  const { admin } = await world.cluster();
  const gateway = await world.gateway('holds', { rules });
  const [, namespace] = await world.namespaces();
  const side = world.through(gateway, namespace);
  mkdirSync(side.folder, { recursive: true });
  const ask = (args, more = {}) => kubectl(file, args, { ...side, home: side.folder, ...more });
  const exists = async (kind, name) =>
    (await admin('GET', `/api/v1/namespaces/${namespace}/${kind}/${name}`)).status === 200;
  const carol = await new Reviewer(gateway).begin();
  const make = async (name) => {
    const { status, stderr } = await ask(['create', 'configmap', name, '--from-literal=colour=green']);
    assert.equal(status, 0, stderr);
  };
  const prefix = `kubectl ${version}:`;

  await steps.step(`${prefix} a delete waits, and is done after carol approves`, async () => {
    await make('one');
    const asked = ask(['delete', 'configmap', 'one']);
    const found = await carol.next();
    assert.deepEqual([found.target, found.requirements.map(({ rule }) => rule)], ['prod', ['deletes']]);
    assert.ok(found.text.includes(`/namespaces/${namespace}/configmaps/one`), found.text);
    assert.ok(await exists('configmaps', 'one'), 'nothing happened before');
    await carol.approve(found);
    const { status, stdout, stderr } = await asked;
    assert.equal(status, 0, stderr);
    assert.match(String(stdout), /configmap "one" deleted/u);
    assert.ok(!(await exists('configmaps', 'one')));
    assert.equal((await carol.until(found.id, 'used')).usedBy.length, 1);
  });

  await steps.step(`${prefix} a denied delete prints the reason, and nothing is deleted`, async () => {
    await make('two');
    const asked = ask(['delete', 'configmap', 'two']);
    await carol.deny(await carol.next(), 'still in use');
    const { status, stderr } = await asked;
    assert.equal(status, 1);
    assert.match(stderr, /^Error from server \(ApprovalDenied\): .*still in use/u);
    assert.ok(await exists('configmaps', 'two'));
  });

  await steps.step(`${prefix} Ctrl-C withdraws what it asked for`, async () => {
    const env = { HOME: side.folder, KUBECONFIG: side.kubeconfig };
    const asked = start(file, [`--namespace=${namespace}`, 'delete', 'configmap', 'two'], { env });
    const found = await carol.next();
    asked.child.kill('SIGINT');
    await asked.ended;
    await carol.until(found.id, 'withdrawn');
    assert.ok(await exists('configmaps', 'two'));
  });

  await steps.step(`${prefix} a command in a pod waits before its connection is upgraded; it runs once`, async () => {
    assert.equal((await ask(['run', 'web', '--image=example/app:1'])).status, 0);
    await ask(['wait', '--for=condition=Ready', 'pod/web', '--timeout=30s']);
    const asked = ask(['exec', 'web', '--', 'sh', '-c', 'echo here']);
    const found = await carol.next();
    assert.match(found.text, /echo here/u);
    await carol.approve(found);
    const { status, stderr } = await asked;
    assert.equal(status, 0, stderr);
    assert.equal((await carol.until(found.id, 'used')).usedBy.length, 1);
  });

  await steps.step(
    `${prefix} past the time of the rule it is told what to do; the same, sent again, is done`,
    async () => {
      const args = ['create', 'service', 'clusterip', 'shop', '--tcp=80:80'];
      const first = await ask(args);
      assert.equal(first.status, 1);
      const found = await carol.next();
      assert.match(first.stderr, /end the same operation again after it is approved/u);
      assert.ok(first.stderr.includes(found.id), first.stderr);
      await carol.approve(found);
      const again = await ask(args);
      assert.equal(again.status, 0, again.stderr);
      assert.ok(await exists('services', 'shop'));
    },
  );

  await steps.step(`${prefix} nobody decides what they asked for, and no administrator does`, async () => {
    const asked = ask(['delete', 'configmap', 'two']);
    const found = await carol.next();
    for (const name of ['alice', 'root', 'dave']) {
      const { status } = await new Reviewer(gateway, name).decide(found, 'approve', 'me');
      assert.ok(status === 403 || status === 404, `${name} was answered ${status}`);
    }
    await carol.deny(found, 'over');
    assert.equal((await asked).status, 1);
  });

  await steps.step(`${prefix} meanwhile others look as ever`, async () => {
    const asked = ask(['delete', 'configmap', 'two']);
    const found = await carol.next();
    for (let turn = 0; turn < 5; turn++) assert.equal((await ask(['get', 'configmaps'])).status, 0);
    assert.equal((await carol.show(found.id)).state, 'pending');
    await carol.approve(found);
    assert.equal((await asked).status, 0);
  });
}

/** The Python client. */
export async function checkHoldsKubePython(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const folder = join(root, 'test', 'interop', 'python');
  const program = await python(join(folder, 'kube_36.txt'));
  const gateway = await world.gateway('holds', { rules });
  const [, namespace] = await world.namespaces();
  const side = world.through(gateway, namespace);
  mkdirSync(side.folder, { recursive: true });
  const carol = await new Reviewer(gateway).begin();
  const ask = (what) =>
    run(program, [join(folder, 'holds_kube.py'), what], {
      env: { KUBECONFIG: side.kubeconfig, KUBE_NAMESPACE: namespace, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' },
      cwd: side.folder,
    });
  await steps.step('the Python client waits with a delete, and gets its answer after carol approves', async () => {
    const asked = ask('delete');
    await carol.approve(await carol.next());
    const { status, stdout, stderr } = await asked;
    assert.equal(status, 0, stderr + stdout);
    assert.equal(stdout, 'deleted\n');
  });
  await steps.step('and reads a denial as a Status with the reason', async () => {
    const asked = ask('delete');
    await carol.deny(await carol.next(), 'still in use');
    const { stdout, stderr } = await asked;
    assert.match(stdout, /^403 ApprovalDenied .*still in use/u, stderr);
  });
}
