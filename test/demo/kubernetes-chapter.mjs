// The chapters about a cluster: what an agent gets of it, what it is refused, and what is on record afterwards.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { decide, held } from './approvals-chapter.mjs';
import { namespace, person, report } from './demo-cluster.mjs';
import { builtFile } from './demo-sallyport.mjs';
import { kubeClient } from './kube-client.mjs';
import { eventually } from './story.mjs';

export const targetName = 'cluster';
const mark = /^sallyport:v1:[0-9a-f]{16}$/u;
const markInside = /sallyport:v1:[0-9a-f]{16}/u;

const rule = {
  name: 'Secrets are kept by the vault',
  on: { target: targetName, kubernetes: { resources: ['secrets'], verbs: ['delete', 'deletecollection'] } },
  effect: 'deny',
  message: 'Rotate it there; nobody deletes Secrets by hand.',
};
const heldRule = {
  name: 'settings are deleted by two',
  on: { target: targetName, kubernetes: { resources: ['configmaps'], verbs: ['delete'] } },
  effect: 'hold',
  approval: { reviewers: { groups: ['privacy'] }, quorum: 1, hold: '60s', expires: '15m' },
};

/** The rules that this story adds to those of the sample. */
export const demoRules = [rule, heldRule];

/**
 * Tells it.
 * @param parts `story`, `cluster` (demo-cluster.mjs), `canaries`, `quickstart`, `who(name, agent?)`, `api` (demo-sallyport.mjs), `home`
 *   (of Sallyport), `scratch` (a folder for the client)
 */
export async function tellOfCluster({ story, cluster, canaries, quickstart, who, api, home, scratch }) {
  const agent = who('alice', 'autogen');
  const client = kubeClient(agent.kubeconfig, scratch);
  const heard = [];
  const ask = async (asked) => {
    const answer = await asked;
    heard.push(answer.out, answer.error);
    return answer;
  };
  /** Operations of alice's agent on the cluster, the newest first, once `isThere` finds one among them. */
  const recorded = (isThere) =>
    eventually(async () => {
      const path = `/v1/operations?person=${encodeURIComponent(person)}&agent=autogen&target=${targetName}&limit=100`;
      const { json } = await api(who('dave'), path);
      return json.items.find(isThere);
    });

  story.say(`\n8. A cluster behind the same gateway: ${cluster.what}.`);
  story.say(`   Client of alice's agent: ${client.name}, with a kubeconfig that holds no credential.`);
  await story.step('it lists the pods as ever', async () => {
    const { code, out, error } = await ask(client.pods());
    assert.equal(code, 0, error);
    story.show('pods', out.trim().split('\n').at(-1).replaceAll(/ +/gu, ' '));
    assert.match(out, /web-0/u);
  });
  let exported = '';
  await story.step('it reads a Secret, and sees a mark where the password stands', async () => {
    const { code, out, error } = await ask(client.export('secrets', 'db'));
    assert.equal(code, 0, error);
    const seen = Buffer.from(JSON.parse(out).data.password, 'base64').toString();
    story.show('password', seen);
    assert.match(seen, mark);
    exported = out;
  });
  await story.step('what it exported cannot be written back: the mask would destroy the value', async () => {
    const { code, error } = await ask(client.replace(exported));
    story.show('error', error);
    assert.notEqual(code, 0);
    assert.match(error, /masked by the gateway/u);
    assert.match(error, /data\.password/u);
    const { data } = await cluster.direct('secrets', 'db');
    assert.equal(Buffer.from(data.password, 'base64').toString(), canaries.password);
  });
  await story.step('a delete meets a rule, by name, and nothing is deleted', async () => {
    const { code, error } = await ask(client.delete('secrets', 'db'));
    story.show('error', error);
    assert.notEqual(code, 0);
    assert.ok(error.includes(rule.name), error);
    assert.ok(error.includes(rule.message), error);
    assert.notEqual(await cluster.direct('secrets', 'db'), null);
  });
  await story.step('asked beforehand, the cluster would have said so: it answers for the policy too', async () => {
    const mayRun = await ask(client.may('create', 'pods/exec'));
    const mayDelete = await ask(client.may('delete', 'secrets'));
    story.show('may it run commands in pods', mayRun.out.trim());
    story.show('may it delete Secrets', mayDelete.out.trim());
    assert.match(mayRun.out, /^yes/u);
    assert.match(mayDelete.out, /^no/u);
    assert.ok(mayDelete.out.includes(rule.message), mayDelete.out);
  });
  await story.step('it runs a command in a pod: the exit code is exact, the token it prints is masked', async () => {
    const { code, out } = await ask(client.exec('web-0', report.argv));
    story.show('output', out.trim());
    story.show('exit code', code);
    assert.equal(code, report.code);
    assert.match(out, /42 orders/u);
    assert.match(out, markInside);
  });

  story.say('\n9. A delete waits for carol, as the export did.');
  await story.step('the client waits; carol is shown the request, and approves; then it is done', async () => {
    const parts = { who, api };
    const waiting = await held(() => ask(client.delete('configmaps', 'old-settings')), parts);
    for (const line of waiting.approval.text.split('\n')) story.say(`       ${line}`);
    assert.notEqual(await cluster.direct('configmaps', 'old-settings'), null);
    for (const somebody of [agent, who('root')]) {
      const status = await decide(waiting.approval, somebody, 'approve', 'I say so', parts);
      assert.ok(status === 403 || status === 404, `${somebody.name} was answered ${status}`);
    }
    const status = await decide(waiting.approval, who('carol'), 'approve', 'nobody reads them any more', parts);
    assert.ok(status < 300, `the decision was answered ${status}`);
    const { code, error } = await waiting.done;
    assert.equal(code, 0, error);
    assert.equal(await cluster.direct('configmaps', 'old-settings'), null);
    const found = await recorded(({ decision }) => decision.approval === waiting.approval.id);
    story.show('operation', {
      id: found.id,
      verb: found.verb,
      objects: found.objects,
      approval: found.decision.approval,
    });
  });

  story.say('\n10. dave, the auditor, looks at the same record as before.');
  let command = null;
  await story.step(
    'reading the Secret is there: who, through whom, which object, and how many values were masked',
    async () => {
      const found = await recorded(({ verb, objects }) => verb === 'get' && objects.some((one) => one.endsWith('/db')));
      const { principal, verb, objects, decision, result } = found;
      story.show('operation', {
        principal: principal.user,
        act: principal.act,
        verb,
        objects,
        rules: decision.rules,
        masked: Object.fromEntries(
          result.columns.filter(({ masked }) => masked > 0).map(({ name, masked }) => [name, masked]),
        ),
      });
      assert.equal(principal.user, person);
      assert.deepEqual(principal.act, ['autogen']);
      assert.deepEqual(objects, [`${targetName}.${namespace}/secrets/db`]);
      assert.equal(result.columns.find(({ name }) => name === 'secrets.data')?.masked, 1);
      const witness = await eventually(() => cluster.witness(found.id));
      story.show('the cluster itself saw, under the same id', witness);
      assert.equal(witness.user, person);
    },
  );
  await story.step('so are the refusals, with the rule, and they never reached the cluster', async () => {
    for (const refused of ['delete', 'update']) {
      const found = await recorded(
        ({ verb, objects, result }) =>
          verb === refused && result.status === 'refused' && objects.some((one) => one.endsWith('/secrets/db')),
      );
      story.show(refused, found.refusal?.message ?? found.result.message);
      assert.equal(cluster.witness(found.id), null);
      if (refused === 'delete') assert.deepEqual(found.decision.rules, [rule.name]);
    }
  });
  await story.step('the command is there, and its recording replays what the agent saw', async () => {
    command = await recorded(({ verb, recording }) => verb === 'connect' && recording);
    const cli = [builtFile('cli', 'main.js'), 'replay', command.id, '--no-wait', '--home', home, '--as', 'dave'];
    const ran = spawnSync(process.execPath, cli, { encoding: 'utf8' });
    heard.push(ran.stdout, ran.stderr);
    story.show('command', command.statement);
    story.show('replayed', ran.stdout.trim());
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /42 orders/u);
    assert.match(ran.stdout, markInside);
    const { code, status } = command.result;
    assert.deepEqual([status, code], ['error', String(report.code)]);
  });

  story.say('\n11. root ends the session of a running watch.');
  await story.step('the agent is told, and the watch ends', async () => {
    let begun;
    const isOpen = new Promise((resolve) => (begun = resolve));
    const watching = ask(client.watch(() => begun()));
    await Promise.race([isOpen, watching]);
    const running = await recorded(({ verb, result }) => verb === 'watch' && result.status === 'running');
    const asked = { reason: 'demonstration' };
    const { status } = await api(who('root'), `/v1/sessions/${running.session}/terminate`, asked);
    assert.ok(status >= 200 && status < 300, `terminate answered ${status}`);
    const ended = await Promise.race([watching, sleep(15_000).then(() => null)]);
    assert.notEqual(ended, null, 'nothing happened within 15 s');
    // kubectl prints what ends a watch as one more line of it
    const last = `${ended.out}${ended.error}`.trim().split('\n').at(-1);
    story.show('last line', last.replaceAll(/ +/gu, ' '));
    assert.match(last, /ended by an administrator/u);
    const after = await recorded(({ id, result }) => id === running.id && result.status !== 'running');
    assert.equal(after.result.status, 'cancelled');
  });

  story.say('\n12. What nobody has seen.');
  await story.step(
    'neither the password nor the token stands in any answer, the record, a journal or a log',
    async () => {
      const { json } = await api(who('dave'), `/v1/operations?target=${targetName}&limit=100`);
      const recording = await api(who('dave'), `/v1/operations/${command.id}/recording`);
      const places = { answers: heard.join('\n'), story: story.said, record: JSON.stringify([json, recording.json]) };
      assert.match(places.record, markInside);
      places.database = await auditTables(quickstart.audit.readerUrl);
      for (const [name, bytes] of filesBelow(home)) places[name] = bytes;
      for (const [place, content] of Object.entries(places))
        for (const canary of Object.values(canaries))
          for (const spelling of [canary, ...inBase64(canary)])
            assert.ok(!content.includes(spelling), `a protected value stands in ${place}`);
      story.show('looked at', `${Object.keys(places).length} places`);
    },
  );
}

/** A value as base64 has it, at each of the three offsets, without what its neighbours decide. */
function inBase64(value) {
  return [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), Buffer.from(value)])
      .toString('base64')
      .slice(offset === 0 ? 0 : 4, -4),
  );
}

/** All rows of the record. */
async function auditTables(url) {
  const audit = new pg.Client({ connectionString: url });
  await audit.connect();
  try {
    const { rows } = await audit.query("SELECT * FROM audit_event WHERE type LIKE 'op.%' OR type LIKE 'target.%'");
    assert.ok(rows.length > 0);
    return JSON.stringify(rows);
  } finally {
    await audit.end();
  }
}

/** Every file of Sallyport's home, the record's database included. */
function* filesBelow(home) {
  for (const entry of readdirSync(home, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    try {
      yield [file.slice(home.length + 1), readFileSync(file)];
    } catch (error) {
      // a database removes files as it goes
      if (error.code !== 'ENOENT') throw error;
    }
  }
}
