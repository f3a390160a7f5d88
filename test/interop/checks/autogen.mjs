import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { autogenFolder, python, run } from '../programs.mjs';
import { assertRefused, dropRefusal, maskingRefusal } from '../steps.mjs';

/** Statements of the example's tools in order, as far as the record says them. */
const operations = [
  {
    verb: 'SELECT',
    statement: /^SELECT id, full_name, email FROM customers WHERE city = 'Paris'/u,
    rows: 3,
    masked: 3,
  },
  { verb: 'SELECT', statement: /^SELECT orders\.id, .*\sWHERE orders\.customer_id = \$1/su, rows: 2 },
  { verb: 'SELECT', statement: /^SELECT id, ascii\(email\)/u, refused: 'masking' },
  { verb: 'SELECT', statement: /^SELECT id, email FROM customers WHERE id = 1$/u, rows: 1, masked: 1 },
  { verb: 'DROP TABLE', statement: /^DROP TABLE tickets$/u, refused: 'rule' },
  { verb: 'SELECT', statement: /^SELECT status, count\(\*\)/u, rows: 3 },
];

/** The example of examples/autogen, unchanged: an agent of AutoGen whose tools are psycopg and SQLAlchemy. */
export async function checkAutogen(steps, sallyports) {
  const program = await python();
  const sallyport = await sallyports.shared();
  const alice = sallyport.person('alice', 'autogen');
  const example = async (dsn, token) => {
    const env = { SALLYPORT_DSN: dsn, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1', ...token };
    const { status, stdout, stderr } = await run(program, [join(autogenFolder, 'database_agent.py')], { env });
    assert.equal(status, 0, stderr + stdout);
    return parse(stdout);
  };
  const since = new Date().toISOString();

  const direct = await steps.step('reads everything when it connects to the database itself', async () => {
    const { calls } = await example(sallyport.target.direct.url);
    assert.match(calls[0].result, /"email": "boris\.berger1@example\.org"/u);
    assert.deepEqual(JSON.parse(calls[2].result), [{ id: 1, code: 'b'.charCodeAt(0) }]);
    return calls;
  });

  const through = await steps.step('runs unchanged through the gateway: another DSN, and a token', async () => {
    const dsn = sallyport.target.dsn.replace('://', `://${encodeURIComponent(alice.user)}@`);
    const transcript = await example(dsn, { SALLYPORT_TOKEN: alice.token });
    assert.equal(transcript.end, 'The model read 6 results, 2 of them errors.');
    return transcript.calls;
  });
  if (direct === undefined || through === undefined) return;

  await steps.step('asks for the same, and gets what is protected masked, by psycopg and by SQLAlchemy', () => {
    const asked = (calls) => calls.map(({ tool, values }) => ({ tool, values }));
    assert.deepEqual(asked(through), asked(direct));
    assert.deepEqual(JSON.parse(through[0].result), [
      { id: 1, full_name: 'B. B.', email: '****@example.org' },
      { id: 12, full_name: 'M. M.', email: '****@example.com' },
      { id: 23, full_name: 'A. Z.', email: '****@example.net' },
    ]);
    assert.equal(through[1].tool, 'find_orders');
    assert.equal(JSON.parse(through[1].result).length, 2);
    for (const clean of [1, 5]) assert.equal(through[clean].result, direct[clean].result);
    assert.doesNotMatch(JSON.stringify(through), /boris|berger/iu);
  });

  await steps.step('reads why it was refused, and what would pass, and does that', () => {
    const upper = refusalIn(through[2].result);
    assertRefused(upper, maskingRefusal);
    assert.match(upper.hint, /Select the column itself/u);
    assert.deepEqual(JSON.parse(through[3].result), [{ id: 1, email: '****@example.org' }]);
    assertRefused(refusalIn(through[4].result), dropRefusal);
  });

  await steps.step('is in the record: person, agent, statement, decision, masks', async () => {
    const dave = sallyport.person('dave');
    const found = await recorded(sallyport.file, dave.token, since);
    for (const { principal } of found)
      assert.deepEqual([principal.user, principal.act, principal.groups], [alice.user, ['autogen'], alice.groups]);
    let from = 0;
    for (const expected of operations) {
      const at = found.findIndex((operation, i) => i >= from && expected.statement.test(operation.statement ?? ''));
      assert.ok(at >= 0, `no ${expected.statement} in ${found.map(({ statement }) => statement).join('\n')}`);
      from = at + 1;
      const { verb, result, decision } = found[at];
      assert.equal(verb, expected.verb);
      if (expected.refused !== undefined) {
        assert.deepEqual([result.status, result.code, decision.effect], ['refused', expected.refused, 'deny']);
        continue;
      }
      assert.deepEqual([result.status, result.rows, decision.effect], ['ok', expected.rows, 'allow']);
      const email = result.columns.find(({ name }) => name === 'email');
      assert.equal(email?.masked, expected.masked);
    }
    const refused = JSON.parse(refusalIn(through[4].result).detail).operation;
    assert.ok(
      found.some(({ id }) => id === refused),
      'the operation that the refusal names is in the record',
    );
  });
}

/** The transcript: what the model asked for, and what it was given. */
function parse(stdout) {
  const calls = [];
  for (const line of stdout.split('\n')) {
    const [, tool, values] = /^analyst calls (\w+) (\{.*\})$/u.exec(line) ?? [];
    if (tool !== undefined) calls.push({ tool, values: JSON.parse(values), result: '' });
    else if (line.startsWith('  ')) calls.at(-1).result += `${line.slice(2)}\n`;
  }
  for (const call of calls) call.result = call.result.trimEnd();
  assert.equal(calls.length, operations.length, stdout);
  return { calls, end: stdout.trimEnd().split('\n').at(-1) };
}

/** An error as the tools give it to the model, with the names node-postgres gives its fields. */
function refusalIn(text) {
  return {
    code: /^ERROR ([0-9A-Z]{5}): /u.exec(text)?.[1],
    message: /^ERROR [0-9A-Z]{5}: (.*)/u.exec(text)?.[1],
    detail: /^DETAIL: (.*)/mu.exec(text)?.[1],
    hint: /^HINT: (.*)/mu.exec(text)?.[1],
  };
}

/** Everything recorded of the agent since then, oldest first; waits until the record has reached the control API. */
async function recorded(file, token, since) {
  for (const end = performance.now() + 60_000; ; await new Promise((resolve) => setTimeout(resolve, 250))) {
    const query = new URLSearchParams({ agent: 'autogen', from: since, limit: '100' });
    const { items } = await get(`${file.control.url}/v1/operations?${query}`, readFileSync(file.ca), token);
    const last = operations.at(-1).statement;
    const isThere = items.some(({ statement, result }) => last.test(statement ?? '') && result.status === 'ok');
    if (isThere) return items.toReversed();
    if (performance.now() > end) throw new Error(`the record has only ${JSON.stringify(items, null, 1)}`);
  }
}

function get(url, ca, token) {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ca, headers: { authorization: `Bearer ${token}` }, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${url} answered ${response.statusCode}: ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
