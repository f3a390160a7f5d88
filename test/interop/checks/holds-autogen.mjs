import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { start } from '../holds/programs.mjs';
import { Reviewer } from '../holds/reviewers.mjs';
import { kubeWorld } from '../kube/world.mjs';
import { autogenFolder, python } from '../programs.mjs';
import { builtModule } from '../holds/built-module.mjs';

const quiet = { PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
const agent = join(autogenFolder, 'patient_agent.py');

/** The example of examples/autogen: an agent whose tool knows nothing of approvals waits with it, or sends the same again. */
export async function checkHoldsAutogen(steps, sallyports) {
  const program = await python();
  const sallyport = await sallyports.shared();
  await steps.step('an agent waits with its tool, and has its rows once carol approves', async () => {
    const calls = await database(program, sallyport, async (carol) => {
      await carol.approve(await carol.next());
    });
    assert.equal(calls.length, 1, JSON.stringify(calls));
    assert.equal(JSON.parse(calls[0].result).length, 50);
  });
  await sallyports.stopShared();
  // the same rules, and the wait is over before anybody has looked
  const { sampleRules } = await builtModule('quickstart', 'sample-configuration.js');
  const rules = sampleRules.map((rule) =>
    rule.effect === 'hold' ? { ...rule, approval: { ...rule.approval, hold: '1s' } } : rule,
  );
  const impatient = await sallyports.start({ config: stringify({ rules }) });
  try {
    await steps.step('an agent that nobody waits for sends the same again until it is approved', async () => {
      let approved;
      const calls = await database(program, impatient, async (carol, process) => {
        const approval = await carol.next();
        await process.saysOnStdout(/calls wait/u);
        await carol.approve(approval);
        approved = approval;
      });
      assert.match(calls[0].result, /^ERROR SP001: /u);
      assert.ok(calls[0].result.includes(approved.id), calls[0].result);
      assert.equal(JSON.parse(calls.at(-1).result).length, 50);
      const [first] = calls;
      for (const { tool, values } of calls) assert.ok(tool === 'wait' || values === first.values);
    });
  } finally {
    await impatient.stop();
  }
}

async function database(program, sallyport, decides) {
  const alice = sallyport.person('alice', 'autogen');
  const carol = await new Reviewer(sallyport).begin();
  const dsn = sallyport.target.dsn.replace('://', `://${encodeURIComponent(alice.user)}@`);
  return ran(program, 'database', { SALLYPORT_DSN: dsn, SALLYPORT_TOKEN: alice.token }, carol, decides);
}

async function ran(program, where, env, carol, decides) {
  const process = start(program, [agent, where], { env: { ...quiet, ...env } });
  await Promise.race([decides(carol, process), process.ended]);
  const { status, stdout, stderr } = await process.ended;
  assert.equal(status, 0, stderr + stdout);
  return transcript(stdout);
}

/** The example of a pod: the program is held before the connection is upgraded. */
export async function checkHoldsKubeAutogen(steps, sallyports) {
  const world = kubeWorld(steps, sallyports);
  if (world === null) return;
  const program = await python(join(autogenFolder, 'requirements-kubernetes.txt'));
  await world.cluster();
  const [, namespace] = await world.namespaces();
  const text = readFileSync(join(autogenFolder, 'cluster.yaml'), 'utf8');
  const { rules, protect } = parse(text.replaceAll('namespaces: default', `namespaces: ${namespace}`));
  const gateway = await world.gateway('holds-autogen', { rules, protect });
  const side = world.through(gateway, namespace, gateway.person('alice', 'autogen'));
  const workspace = mkdtempSync(join(tmpdir(), 'sallyport-workspace-'));
  chmodSync(workspace, 0o777);
  try {
    await steps.step('an agent reads that its program is held, sends the same again, and it runs once', async () => {
      const carol = await new Reviewer(gateway).begin();
      const env = { KUBECONFIG: side.kubeconfig, POD_NAMESPACE: namespace, POD_WORKSPACE: workspace };
      let approved;
      const calls = await ran(program, 'pod', env, carol, async (_, process) => {
        const approval = await carol.next();
        await process.saysOnStdout(/calls wait/u);
        await carol.approve(approval);
        approved = approval;
      });
      assert.match(calls[0].result, /^ERROR 403: /u);
      assert.match(calls[0].result, /end the same operation again after it is approved/u);
      assert.equal(calls.at(-1).result, 'send-invoices: 42 sent\nexit code 0');
      assert.equal((await carol.show(approved.id)).usedBy.length, 1);
    });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

/** What the model asked for, and what it was given. */
function transcript(stdout) {
  const calls = [];
  for (const line of stdout.split('\n')) {
    const [, tool, values] = /^clerk calls (\w+) (\{.*\})$/u.exec(line) ?? [];
    if (tool !== undefined) calls.push({ tool, values, result: '' });
    else if (line.startsWith('  ')) calls.at(-1).result += `${line.slice(2)}\n`;
  }
  for (const call of calls) call.result = call.result.trimEnd();
  return calls;
}
