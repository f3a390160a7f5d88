import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { allOperations, settledRecord } from '../kube/record.mjs';
import { kubeWorld } from '../kube/world.mjs';
import { autogenFolder, python, run } from '../programs.mjs';

const key = `AKIA${'Z7'.repeat(8)}`;

/** The example of examples/autogen, unchanged: an agent of AutoGen whose code runs in a pod. */
export async function checkKubeAutogen(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const program = await python(join(autogenFolder, 'requirements-kubernetes.txt'));
  const { admin } = await world.cluster();
  const [own, behind] = await world.namespaces();
  // rules and patterns of the example, for the namespace of this run
  const { rules, protect } = parse(
    readFileSync(join(autogenFolder, 'cluster.yaml'), 'utf8').replaceAll(
      'namespaces: default',
      `namespaces: ${behind}`,
    ),
  );
  const gateway = await world.gateway('autogen', { rules, protect });
  const alice = gateway.person('alice', 'autogen');
  // pods of the test cluster are folders of this machine
  const workspace = mkdtempSync(join(tmpdir(), 'sallyport-workspace-'));
  chmodSync(workspace, 0o777);
  const example = async (side) => {
    const env = { KUBECONFIG: side.kubeconfig, POD_NAMESPACE: side.namespace, POD_WORKSPACE: workspace };
    const { status, stdout, stderr } = await run(program, [join(autogenFolder, 'pod_agent.py')], {
      env: { ...env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' },
    });
    assert.equal(status, 0, stderr + stdout);
    return transcript(stdout);
  };
  try {
    const direct = await steps.step('runs everything when it talks to the cluster itself', async () => {
      const calls = await example(await world.direct(own, { impersonated: false }));
      assert.equal(calls[2].result, `key: ${key}\nexit code 0`);
      assert.equal(calls[3].result, 'exit code 0');
      return calls;
    });
    const through = await steps.step('runs unchanged through the gateway: another kubeconfig', () =>
      example(world.through(gateway, behind, alice)),
    );
    if (direct === undefined || through === undefined) return;
    await steps.step('its code runs in the pod and its exit codes arrive', () => {
      assert.deepEqual(through.slice(0, 2), direct.slice(0, 2));
      assert.equal(through[0].result, '5050\nexit code 0');
      assert.equal(through[1].result, 'no such job\nexit code 3');
    });
    await steps.step('what looks like a key reaches it masked', () => {
      assert.match(through[2].result, /^key: sallyport:v1:[0-9a-f]{16}\nexit code 0$/u);
    });
    await steps.step('it reads why it was refused', () => {
      assert.match(
        through[3].result,
        /^ERROR 403: [\s\S]*Data is removed by its owners, through the cleanup pipeline/u,
      );
    });
    await steps.step('its pod is gone', async () => {
      const { json } = await admin('GET', `/api/v1/namespaces/${behind}/pods`);
      assert.deepEqual(json.items, []);
    });
    await inTheRecord(steps, gateway, alice);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function inTheRecord(steps, { file }, alice) {
  await steps.step('is in the record: person, agent, program, its code, decision; no key', async () => {
    await settledRecord(file);
    const operations = await allOperations(file, { bodies: true });
    const runs = operations.filter(({ statement }) => /\/exec\b/u.test(statement ?? ''));
    assert.equal(
      runs.length,
      7,
      JSON.stringify(
        operations.map(({ statement }) => statement),
        null,
        1,
      ),
    );
    for (const { principal } of operations)
      assert.deepEqual([principal.user, principal.act], [alice.user, ['autogen']]);
    const refused = runs.filter(({ result }) => result.status === 'refused');
    assert.equal(refused.length, 1);
    assert.match(refused[0].statement, /rm -rf/u);
    assert.ok(runs.some(({ statement }) => statement.includes('sum(range(101))')));
    assert.ok(!JSON.stringify(operations).includes(key));
  });
}

/** What the model asked for, and what it was given. */
function transcript(stdout) {
  const calls = [];
  for (const line of stdout.split('\n')) {
    const [, tool, values] = /^engineer calls (\w+) (\{.*\})$/u.exec(line) ?? [];
    if (tool !== undefined) calls.push({ tool, values: JSON.parse(values), result: '' });
    else if (line.startsWith('  ')) calls.at(-1).result += `${line.slice(2)}\n`;
  }
  for (const call of calls) call.result = call.result.trimEnd();
  assert.equal(calls.length, 4, stdout);
  return calls;
}
