import assert from 'node:assert/strict';
import { psqlProgram, run } from '../programs.mjs';
import { assertRefused, dropRefusal, maskingRefusal } from '../steps.mjs';

/** psql as it comes from Debian: what people type. */
export async function checkPsql(steps, sallyports) {
  const sallyport = await sallyports.shared();
  const { psql, major } = await psqlProgram();
  const { file, atTarget } = sallyport;
  const alice = sallyport.person('alice');
  steps.note(`psql ${major}`);

  const address = (changes = {}) =>
    Object.entries({
      host: file.postgres.host,
      port: file.postgres.port,
      dbname: 'crm',
      user: alice.user,
      sslmode: 'verify-full',
      sslrootcert: file.ca,
      ...changes,
    })
      .map(([name, value]) => `${name}='${value}'`)
      .join(' ');
  /** Feeds psql a script; errors come verbose, so that SQLSTATE and DETAIL are there. */
  const script = (input, changes, token = alice.token) =>
    run(psql, ['-X', '-A', '-t', '-q', '-v', 'VERBOSITY=verbose', address(changes)], {
      input,
      env: { PGPASSWORD: token, PGCONNECT_TIMEOUT: '20', PGGSSENCMODE: 'disable' },
    });

  await steps.step('refuses to take a token in clear text, and says how to connect', async () => {
    const { status, stderr } = await script('SELECT 1;', { sslmode: 'disable' });
    assert.equal(status, 2);
    assert.match(stderr, /accepts TLS connections only/u);
    assert.match(stderr, /HINT: .*sslmode=verify-full/u);
  });

  await steps.step('refuses a token that was changed, and a token for another user', async () => {
    const [head, claims, signature] = alice.token.split('.');
    const forged = `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
    for (const [token, user] of [
      [forged, alice.user],
      [alice.token, 'bob@example.com'],
    ]) {
      const { status, stderr } = await script('SELECT 1;', { user }, token);
      assert.equal(status, 2);
      assert.match(stderr, /password authentication failed for user/u);
    }
  });

  await steps.step('verifies the certificate: another authority is not trusted', async () => {
    const { status, stderr } = await script('SELECT 1;', { sslrootcert: '/etc/ssl/certs/ca-certificates.crt' });
    assert.equal(status, 2);
    assert.match(stderr, /certificate verify failed|does not exist/u);
  });

  await steps.step('gets rows with the protected values masked, and the others as they are', async () => {
    const text = 'SELECT id, full_name, email, phone, national_id, date_of_birth, city FROM customers WHERE id = 1';
    const [truth] = await atTarget('SELECT email, phone, city FROM customers WHERE id = 1');
    assert.deepEqual(truth, { email: 'boris.berger1@example.org', phone: '+49 30 0007919', city: 'Paris' });
    const { status, stdout, stderr } = await script(`${text};`);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.equal(stdout, '1|B. B.|****@example.org|****7919|****|1967-01-01|Paris\n');
  });

  await steps.step('runs several statements in one query, describes without running, and sets variables', async () => {
    const { stdout, stderr } = await script(`
SELECT 1 \\; SELECT 'two' \\; SELECT email FROM customers WHERE id = 2;
SELECT id, email FROM customers WHERE id = 1 \\gdesc
SELECT email AS mail FROM customers WHERE id = 1 \\gset
\\echo :mail
${major >= 16 ? 'SELECT city, email FROM customers WHERE id = $1 \\bind 1 \\g' : 'SELECT city, email FROM customers WHERE id = 1;'}
`);
    assert.equal(stderr, '');
    const lines = stdout.trimEnd().split('\n');
    // psql before 15 shows only the last result of a query with several statements
    const several = major >= 15 ? ['1', 'two', '****@example.net'] : ['****@example.net'];
    const rest = ['id|bigint', 'email|text', '****@example.org', 'Paris|****@example.org'];
    assert.deepEqual(lines, [...several, ...rest]);
  });

  await steps.step('lists the tables', async () => {
    const { stdout, stderr } = await script('\\dt');
    assert.equal(stderr, '');
    const names = stdout.trimEnd().split('\n');
    for (const name of ['customers', 'orders', 'tickets'])
      assert.ok(names.includes(`public|${name}|table|crm_owner`), stdout);
  });

  await steps.step('reads a refusal outside a transaction, and goes on', async () => {
    const { stdout, stderr } = await script(`
DROP TABLE customers;
\\echo :SQLSTATE
SELECT -length(email) FROM customers WHERE id = 1;
\\echo :SQLSTATE
SELECT id FROM customers WHERE id = 1;
`);
    assert.deepEqual(stdout.trimEnd().split('\n'), ['42501', '42501', '1']);
    const [drop, upper] = errorsOf(stderr);
    assertRefused(drop, dropRefusal);
    assertRefused(upper, maskingRefusal);
    assert.match(upper.hint, /Select the column itself/u);
    assert.equal((await atTarget('SELECT count(*)::int AS people FROM customers'))[0].people, 12_000);
  });

  await steps.step(
    'sees a transaction aborted by a refusal; COMMIT rolls back at the target; then goes on',
    async () => {
      const [before] = await atTarget('SELECT status, quantity FROM orders WHERE id = 6');
      const { stdout, stderr } = await script(`
BEGIN;
UPDATE orders SET quantity = quantity + 1 WHERE id = 6;
\\echo :SQLSTATE :ROW_COUNT
DROP TABLE customers;
\\echo :SQLSTATE
SELECT 1;
\\echo :SQLSTATE
\\unset QUIET
COMMIT;
\\set QUIET on
SELECT 'on';
`);
      assert.deepEqual(stdout.trimEnd().split('\n'), ['00000 1', '42501', '25P02', 'ROLLBACK', 'on']);
      assertRefused(errorsOf(stderr)[0], dropRefusal);
      assert.deepEqual(await atTarget('SELECT status, quantity FROM orders WHERE id = 6'), [before]);
    },
  );

  await steps.step('commits what is allowed', async () => {
    const { stdout, stderr } = await script(`
BEGIN;
INSERT INTO tickets (customer_id, subject, body) VALUES (1, 'interop', 'written through psql') RETURNING subject;
COMMIT;
`);
    assert.deepEqual([stdout, stderr], ['interop\n', '']);
    const written = await atTarget("DELETE FROM tickets WHERE subject = 'interop' RETURNING body");
    assert.deepEqual(written, [{ body: 'written through psql' }]);
  });

  await steps.step('sees errors of the server as they are', async () => {
    const { stdout, stderr } = await script(`
SELECT 1 / 0;
\\echo :SQLSTATE
SELECT 'x'::date;
\\echo :SQLSTATE
SELEC 1;
\\echo :SQLSTATE
`);
    assert.deepEqual(stdout.trimEnd().split('\n'), ['22012', '22007', '42601']);
    assert.match(stderr, /division by zero/u);
    assert.match(stderr, /invalid input syntax for type date: "x"/u);
  });

  await steps.step('is told of a column that is not there, and goes on', async () => {
    const { stdout, stderr } = await script("SELECT nothing FROM orders;\n\\echo :SQLSTATE\nSELECT 'on';\n");
    assert.equal(stdout, '42501\non\n');
    assert.match(stderr, /The column "nothing" is not found/u);
  });

  await steps.step('copies rows out, masked', async () => {
    const { stdout } = await script(
      "\\copy (select id, email from customers where id <= 2 order by id) to stdout (format csv, header)\nSELECT 'on';\n",
    );
    assert.match(stdout, /^id,email\n1,\*{4}@[^\n]+\n2,\*{4}@[^\n]+\non\n$/u);
  });
}

/** The errors that psql printed in verbose form, with the names node-postgres gives their fields. */
function errorsOf(stderr) {
  return stderr
    .split(/^(?=ERROR: )/mu)
    .filter((text) => text.startsWith('ERROR: '))
    .map((text) => ({
      code: /^ERROR: +([0-9A-Z]{5})/u.exec(text)?.[1],
      message: /^ERROR: +[0-9A-Z]{5}: (.*)/u.exec(text)?.[1],
      detail: /^DETAIL: +(.*)/mu.exec(text)?.[1],
      hint: /^HINT: +(.*)/mu.exec(text)?.[1],
    }));
}
