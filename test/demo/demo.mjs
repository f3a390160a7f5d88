// The whole story with real clients, narrated: npm run demo. Exits 0 only if each step did what it says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { stringify } from 'yaml';
import { tellOfApprovals } from './approvals-chapter.mjs';
import { makeCanaries, startDemoCluster } from './demo-cluster.mjs';
import { builtFile, controlApi, startSallyport } from './demo-sallyport.mjs';
import { demoRules, targetName, tellOfCluster } from './kubernetes-chapter.mjs';
import { eventually, Story } from './story.mjs';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
// servers that run as users of their own have to get to theirs
chmodSync(folder, 0o711);
const [home, clusterFolder, scratch] = ['home', 'cluster', 'client'].map((name) => join(folder, name));
for (const name of [clusterFolder, scratch]) mkdirSync(name);
const story = new Story();
const { say, show, step } = {
  say: (text) => story.say(text),
  show: (label, value) => story.show(label, value),
  step: (sentence, proof) => story.step(sentence, proof),
};

/** The policy that npm start brings, and two rules more. */
async function writePolicy(file) {
  const sample = await import(builtFile('quickstart', 'sample-configuration.js'));
  const { sampleProtection, clusterProtection, sampleRules, clusterRules } = sample;
  const rules = [...sampleRules, ...clusterRules(targetName), ...demoRules];
  writeFileSync(file, stringify({ protect: [...sampleProtection, ...clusterProtection], rules }));
  return file;
}

const canaries = makeCanaries();
let cluster = null;
let sallyport = null;
let failed = null;
try {
  say('\nSallyport: an agent, a person, a database, a cluster, and what stands between them.\n');
  cluster = await startDemoCluster(clusterFolder, canaries);
  const policy = await writePolicy(join(folder, 'policy.yaml'));
  const given = ['--kubeconfig', cluster.kubeconfig, '--kube-target', targetName, '--kube-identity', 'auto'];
  sallyport = startSallyport(home, ['--config', policy, ...given]);
  const quickstart = await sallyport.ready();
  const ca = readFileSync(quickstart.ca, 'utf8');
  const person = (name, agent = null) => quickstart.people.find((one) => one.name === name && one.agent === agent);
  const crm = quickstart.targets.find((target) => target.name === 'crm');

  /** An unmodified client: only the address, and the token as password. */
  const connect = async (who) => {
    const client = new pg.Client({
      host: quickstart.postgres.host,
      port: quickstart.postgres.port,
      database: 'crm',
      user: who.user,
      password: who.token,
      ssl: { ca, servername: 'localhost' },
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const refused = async (client, sql, values) => {
    try {
      await client.query(sql, values);
    } catch (error) {
      return error;
    }
    throw new Error(`this should have been refused: ${sql}`);
  };
  const api = controlApi(quickstart, ca);

  say('1. The database behind the gateway holds personal data.');
  const direct = new pg.Client({ connectionString: crm.direct.superuserUrl });
  direct.on('error', () => undefined);
  await direct.connect();
  const truth = (await direct.query('SELECT id, email FROM customers WHERE id = 7')).rows[0];
  await step('asked directly, it answers in the clear', async () => assert.match(truth.email, /^[^*]+@/));

  say('\n2. alice is an analyst. Her client is what it always was; her password is her own token.');
  const alice = await connect(person('alice'));
  await step('she reads a customer, and the e-mail address arrives masked', async () => {
    const { rows } = await alice.query('SELECT id, email FROM customers WHERE id = $1', [7]);
    show('row', rows[0]);
    assert.equal(rows[0].id, truth.id);
    assert.equal(rows[0].email, `****@${truth.email.split('@')[1]}`);
  });
  await step('an alias, a subquery, a join or a CTE changes nothing', async () => {
    for (const sql of [
      'SELECT c.email AS remark FROM customers c WHERE c.id = 7',
      'SELECT x FROM (SELECT email AS x FROM customers WHERE id = 7) s',
      'WITH c AS (SELECT * FROM customers) SELECT c.email AS x FROM c JOIN orders o ON o.customer_id = c.id WHERE c.id < 40 ORDER BY o.id LIMIT 1',
    ]) {
      const { rows } = await alice.query(sql);
      assert.match(Object.values(rows[0])[0], /^\*{4}@/, sql);
    }
  });
  await step(
    'what tells of a protected column without showing it is refused, and the refusal says what would pass',
    async () => {
      const error = await refused(alice, 'SELECT id FROM customers ORDER BY email LIMIT 1');
      show('error', `${error.code} ${error.message}`);
      show('hint', error.hint);
      assert.equal(error.code, '42501');
      assert.ok(!JSON.stringify(error).includes(truth.email.split('@')[0]));
    },
  );
  say('\n3. Rules decide, before anything reaches the database.');
  await step('a destructive statement meets a rule, by name', async () => {
    const error = await refused(alice, 'DROP TABLE customers');
    show('error', error.message);
    assert.equal(JSON.parse(error.detail).rule, 'no destructive statements');
  });
  await step('what no rule allows is refused, and the refusal says so', async () => {
    const error = await refused(alice, 'UPDATE customers SET city = $1 WHERE id = 7', ['Nowhere']);
    show('error', error.message);
    assert.equal(JSON.parse(error.detail).reason, 'default-deny');
  });
  await step('a refusal inside a transaction aborts it at the database too: nothing is committed by half', async () => {
    const quantity = async () => (await direct.query('SELECT quantity FROM orders WHERE id = 1')).rows[0].quantity;
    const before = await quantity();
    await alice.query('BEGIN');
    await alice.query('UPDATE orders SET quantity = quantity + 4000 WHERE id = 1');
    await refused(alice, 'TRUNCATE tickets');
    const end = await alice.query('COMMIT');
    assert.equal(end.command, 'ROLLBACK');
    assert.equal(await quantity(), before);
  });
  await step('the connection lives on', async () => {
    assert.equal((await alice.query('SELECT 1 AS one')).rows[0].one, 1);
  });

  say('\n4. Some of it is for a person to decide, while the client waits.');
  const people = (await direct.query('SELECT count(*)::int AS n FROM customers')).rows[0].n;
  await tellOfApprovals({ story, alice, who: person, api, people });
  say('\n5. alice sends an agent. The same database, her name, its name.');
  const agent = await connect(person('alice', 'autogen'));
  const question = 'SELECT id, city FROM customers WHERE id = $1';
  await step('the agent works under her rules', async () => {
    const { rows } = await agent.query(question, [9]);
    show('row', rows[0]);
    assert.equal(Number(rows[0].id), 9);
  });
  const psql = spawnSync('psql', ['--version'], { encoding: 'utf8' });
  if (psql.status === 0)
    await step('psql is welcome too', async () => {
      const dsn = `host=127.0.0.1 port=${quickstart.postgres.port} dbname=crm user=${person('bob').user} sslmode=verify-full sslrootcert=${quickstart.ca}`;
      const ran = spawnSync('psql', [dsn, '-X', '-A', '-t', '-c', 'SELECT email FROM customers WHERE id = 7'], {
        encoding: 'utf8',
        env: { ...process.env, PGPASSWORD: person('bob').token },
      });
      show('psql', ran.stdout.trim() || ran.stderr.trim());
      assert.equal(ran.stdout.trim(), `****@${truth.email.split('@')[1]}`);
    });
  else say('  · psql is not installed here; the story goes on without it');

  say('\n6. Everything was recorded before it was released. dave, the auditor, looks.');
  await step('the operation of the agent is there, with the person, the agent, the decision and the rows', async () => {
    const path = `/v1/operations?person=${encodeURIComponent(person('alice').user)}&agent=autogen&limit=5`;
    const found = await eventually(async () => {
      const { json } = await api(person('dave'), path);
      return json.items.find((one) => one.statement === question);
    });
    show('operation', {
      id: found.id,
      principal: found.principal.user,
      act: found.principal.act,
      effect: found.effect,
      decision: found.decision.rules,
      rows: found.rows,
    });
    assert.deepEqual(found.principal.act, ['autogen']);
    assert.deepEqual(found.parameters, ['9']);
    assert.equal(found.decision.effect, 'allow');
  });
  await step('so are the refusals; and no protected value stands in the record', async () => {
    // each worker of the gateway ships its own journal: hers may arrive after her agent's
    const found = await eventually(async () => {
      const { json } = await api(person('dave'), '/v1/operations?object=crm.public.customers&limit=50');
      return json.items.some((one) => one.decision.effect === 'deny') ? json : null;
    });
    assert.ok(!JSON.stringify(found).includes(truth.email));
  });
  await step('bob sees what is his, not what is hers', async () => {
    const { json } = await api(person('bob'), '/v1/operations?limit=100');
    assert.ok(json.items.every((one) => one.principal.user === person('bob').user));
  });
  await step('that dave looked is itself on the record', async () => {
    const audit = new pg.Client({ connectionString: quickstart.audit.readerUrl });
    await audit.connect();
    const looked = await eventually(async () => {
      const { rows } = await audit.query("SELECT count(*)::int AS n FROM audit_event WHERE type = 'search.ran'");
      return rows[0].n > 0 ? rows[0].n : null;
    });
    show('search.ran', String(looked));
    await audit.end();
  });

  say('\n7. root, the administrator, ends a session.');
  await step('the agent is told, and its connection ends', async () => {
    const { json } = await eventually(async () => {
      const answer = await api(person('root'), '/v1/sessions?live=true&limit=100');
      return answer.json.items.length > 0 ? answer : null;
    });
    const live = json.items.find((one) => one.principal?.act?.includes('autogen'));
    assert.ok(live, 'the session of the agent is listed');
    const gone = new Promise((resolve) => agent.once('error', resolve));
    const { status } = await api(person('root'), `/v1/sessions/${live.id}/terminate`, { reason: 'demonstration' });
    assert.ok(status >= 200 && status < 300, `terminate answered ${status}`);
    const error = await Promise.race([gone, sleep(15_000).then(() => new Error('nothing happened within 15 s'))]);
    show('error', `${error.code} ${error.message}`);
    assert.equal(error.code, '57P01');
  });

  await alice.end();
  await direct.end();
  await tellOfCluster({ story, cluster, canaries, quickstart, who: person, api, home, scratch });
} catch (error) {
  failed = error;
} finally {
  await sallyport?.stop();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (failed) {
  say(`\nThe story broke at step ${story.steps}: ${failed.stack ?? failed}`);
  process.exit(1);
}
say(`\n${story.steps} steps, each did what it says.`);
