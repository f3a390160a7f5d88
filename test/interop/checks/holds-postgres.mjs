// Clients of PostgreSQL that know nothing of approvals wait through one, and get their result.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { start } from '../holds/programs.mjs';
import { Reviewer } from '../holds/reviewers.mjs';
import { psqlProgram, python, root, run } from '../programs.mjs';

const people = 12_000;
const rule = 'bulk export of e-mail addresses';
let number = 0;
/** A bulk export that no other is joined with. */
const exported = () => `SELECT id, email FROM customers WHERE id > ${-++number}`;

const address = ({ file }, user) =>
  `host=${file.postgres.host} port=${file.postgres.port} dbname=crm user=${user} sslmode=verify-full sslrootcert='${file.ca}'`;

/** psql, as people use it. */
export async function checkHoldsPsql(steps, sallyports) {
  const sallyport = await sallyports.shared();
  const { psql } = await psqlProgram();
  const alice = sallyport.person('alice');
  const carol = await new Reviewer(sallyport).begin();
  const open = (input) =>
    start(psql, ['-X', '-A', '-t', '-q', '-v', 'VERBOSITY=verbose', address(sallyport, alice.user)], {
      input,
      env: { PGPASSWORD: alice.token, PGCONNECT_TIMEOUT: '20', PGGSSENCMODE: 'disable' },
    });
  const masked = (stdout) => {
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, people, stdout.slice(0, 500));
    for (const line of lines) assert.match(line, /^\d+\|\*{4}@example\.(?:com|org|net)$/u);
  };

  await steps.step('waits through a hold, is told of it at once, and gets every row after carol approves', async () => {
    const text = exported();
    const client = open(`${text};\nSELECT 'on';\n`);
    const approval = await carol.next();
    await client.saysOnStderr(new RegExp(`NOTICE:.*${approval.id}`, 'u'));
    assert.deepEqual(
      [approval.requester.user, approval.target, approval.requirements.map((one) => one.rule)],
      [alice.user, 'crm', [rule]],
    );
    assert.ok(approval.text.includes(text), approval.text);
    await carol.approve(approval);
    const { status, stdout } = await client.ended;
    assert.equal(status, 0);
    assert.ok(stdout.endsWith('on\n'));
    masked(stdout.slice(0, -'on\n'.length));
    const { usedBy } = await carol.until(approval.id, 'used');
    assert.equal(usedBy.length, 1);
  });

  await steps.step('is told the reason of a denial, and goes on', async () => {
    const client = open(`${exported()};\n\\echo :SQLSTATE\nSELECT 'on';\n`);
    const approval = await carol.next();
    await carol.deny(approval, 'ask for the domains only');
    const { stdout, stderr } = await client.ended;
    assert.equal(stdout, 'SP002\non\n');
    assert.match(stderr, /ERROR: +SP002: .*ask for the domains only/u);
  });

  await steps.step('withdraws what it asked for by Ctrl-C', async () => {
    const client = open(`${exported()};\n\\echo :SQLSTATE\n`);
    const approval = await carol.next();
    await client.saysOnStderr(/NOTICE:/u);
    client.child.kill('SIGINT');
    const { stderr } = await client.ended;
    assert.match(stderr, /ERROR: +57014: /u);
    const { waits } = await carol.until(approval.id, 'withdrawn');
    assert.deepEqual(
      waits.map(({ why }) => why),
      ['cancelled'],
    );
  });

  await steps.step('withdraws what it asked for when it dies', async () => {
    const client = open(`${exported()};\n`);
    const approval = await carol.next();
    client.child.kill('SIGKILL');
    await client.ended;
    const { waits } = await carol.until(approval.id, 'withdrawn');
    assert.deepEqual(
      waits.map(({ why }) => why),
      ['disconnected'],
    );
  });

  await steps.step(
    'does not wait in a transaction that has done something: the same, sent again, runs at once',
    async () => {
      const text = exported();
      const before = await sallyport.atTarget('SELECT quantity FROM orders WHERE id = 30');
      const { stdout, stderr } = await open(
        `BEGIN;\nUPDATE orders SET quantity = quantity + 1 WHERE id = 30;\n${text};\n\\echo :SQLSTATE\nROLLBACK;\n`,
      ).ended;
      assert.equal(stdout, 'SP001\n');
      assert.match(stderr, /HINT: .*[Ss]end the same operation again after it is approved/u);
      assert.deepEqual(await sallyport.atTarget('SELECT quantity FROM orders WHERE id = 30'), before);
      const approval = await carol.next();
      assert.ok(stderr.includes(approval.id), stderr);
      await carol.approve(approval);
      const again = await open(`${text};\n`).ended;
      assert.equal(again.status, 0, again.stderr);
      masked(again.stdout);
    },
  );

  await steps.step('nobody decides what they asked for, and no administrator does', async () => {
    const client = open(`${exported()};\n`);
    const approval = await carol.next();
    for (const name of ['alice', 'bob', 'root', 'dave']) {
      const { status } = await new Reviewer(sallyport, name).decide(approval, 'approve', 'me');
      assert.ok(status === 403 || status === 404, `${name} was answered ${status}`);
    }
    assert.equal((await carol.show(approval.id)).state, 'pending');
    await carol.deny(approval, 'over');
    await client.ended;
  });

  await steps.step('keeps nobody else waiting: two hundred statements of others pass meanwhile', async () => {
    const client = open(`${exported()};\n`);
    const approval = await carol.next();
    const bob = sallyport.person('bob');
    const pool = new pg.Pool({ ...connection(sallyport, bob), max: 10 });
    try {
      const work = Array.from({ length: 200 }, (_, i) =>
        pool.query('SELECT id, email FROM customers WHERE id = $1', [i + 1]),
      );
      for (const { rows } of await Promise.all(work)) assert.equal(rows.length, 1);
    } finally {
      await pool.end();
    }
    assert.equal((await carol.show(approval.id)).state, 'pending');
    await carol.approve(approval);
    masked((await client.ended).stdout);
  });
}

function connection({ file }, who) {
  return {
    host: file.postgres.host,
    port: file.postgres.port,
    database: 'crm',
    user: who.user,
    password: who.token,
    ssl: { ca: readFileSync(file.ca, 'utf8') },
    connectionTimeoutMillis: 20_000,
  };
}

/** node-postgres, the package itself. */
export async function checkHoldsNodePostgres(steps, sallyports) {
  const sallyport = await sallyports.shared();
  const carol = await new Reviewer(sallyport).begin();
  const open = async () => {
    const client = new pg.Client(connection(sallyport, sallyport.person('alice')));
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const step = (sentence, body) =>
    steps.step(sentence, async () => {
      const client = await open();
      try {
        await body(client);
        assert.deepEqual((await client.query("SELECT 'alive' AS it")).rows, [{ it: 'alive' }]);
      } finally {
        await client.end();
      }
    });
  const ways = {
    'a simple query': (client) => client.query(exported()),
    'a query with parameters': (client) => client.query('SELECT id, email FROM customers WHERE id > $1', [-++number]),
    'a prepared statement': (client) =>
      client.query({ name: 'all', text: 'SELECT id, email FROM customers WHERE id > $1', values: [-++number] }),
  };
  for (const [how, ask] of Object.entries(ways))
    await step(`waits through a hold of ${how}, and is told of it`, async (client) => {
      const notices = [];
      client.on('notice', ({ message }) => notices.push(message));
      const asked = ask(client);
      const approval = await carol.next();
      await carol.approve(approval);
      const { rows } = await asked;
      assert.equal(rows.length, people);
      for (const { email } of rows) assert.match(email, /^\*{4}@/u);
      assert.ok(
        notices.some((text) => text.includes(approval.id)),
        JSON.stringify(notices),
      );
    });

  await step('runs what was queued behind a held query after it, in order', async (client) => {
    const held = client.query(exported());
    const behind = client.query('SELECT id FROM customers WHERE id = $1', [3]);
    const order = [];
    void held.then(() => order.push('held'));
    void behind.then(() => order.push('behind'));
    await carol.approve(await carol.next());
    await Promise.all([held, behind]);
    assert.deepEqual(order, ['held', 'behind']);
  });

  await step('gets a denial as an error of that query alone', async (client) => {
    const asked = client.query(exported());
    const outcome = assert.rejects(asked, (error) => {
      assert.equal(error.code, 'SP002');
      assert.match(error.message, /too many/u);
      return true;
    });
    await carol.deny(await carol.next(), 'too many');
    await outcome;
  });

  await step(
    'shares one approval between identical queries of one person; each runs by a grant of its own',
    async (client) => {
      const second = await open();
      try {
        const text = exported();
        const asked = Promise.allSettled([client.query(text), second.query(text)]);
        const approval = await carol.next();
        await carol.approve(approval);
        const settledFirst = carol.next().then((next) => carol.approve(next));
        const outcomes = await asked;
        await settledFirst;
        for (const { status, value } of outcomes) {
          assert.equal(status, 'fulfilled');
          assert.equal(value.rows.length, people);
        }
      } finally {
        await second.end();
      }
    },
  );

  await steps.step('withdraws what it asked for when its connection is lost', async () => {
    const client = await open();
    client.query(exported()).catch(() => undefined);
    const approval = await carol.next();
    client.connection.stream.destroy();
    await carol.until(approval.id, 'withdrawn');
    await client.end().catch(() => undefined);
  });
}

/** psycopg 3 and SQLAlchemy, by a script that tells its steps itself. */
async function checkByScript(name, steps, sallyports) {
  const program = await python();
  const sallyport = await sallyports.shared();
  const alice = sallyport.person('alice');
  const given = {
    dsn: sallyport.target.dsn.replace('://', `://${encodeURIComponent(alice.user)}@`),
    token: alice.token,
    superuserUrl: sallyport.target.direct.superuserUrl,
    control: sallyport.file.control.url,
    ca: sallyport.file.ca,
    reviewer: sallyport.person('carol').token,
  };
  const env = { INTEROP: JSON.stringify(given), PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
  const script = join(root, 'test', 'interop', 'python', name);
  const { status, stdout, stderr } = await run(program, [script], { env, pass: true });
  const told = [...stdout.matchAll(/^ {3}(ok {3}|FAIL )(.*)$/gmu)];
  steps.total += told.length;
  steps.failures.push(...told.filter(([, how]) => how === 'FAIL ').map(([, , sentence]) => sentence));
  if (status !== 0) assert.ok(steps.failures.length > 0, `${name} ended with ${status}\n${stderr}`);
}

export const checkHoldsPsycopg = (steps, sallyports) => checkByScript('holds_psycopg.py', steps, sallyports);
export const checkHoldsSqlalchemy = (steps, sallyports) => checkByScript('holds_sqlalchemy.py', steps, sallyports);
