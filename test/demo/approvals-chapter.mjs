// The chapter about what waits for a person: a bulk export that carol reads and lets go, and nobody else can.
import assert from 'node:assert/strict';
import { eventually } from './story.mjs';

export const exportRule = 'bulk export of e-mail addresses';

/**
 * Asks for something that is held, and finds what is asked of the reviewer.
 * @returns the approval as carol is shown it, and `done`, which settles with what was asked for
 */
export async function held(ask, { who, api }) {
  const pending = async () => (await api(who('carol'), '/v1/approvals?state=pending&limit=100')).json.items;
  const before = new Set((await pending()).map(({ id }) => id));
  const done = ask();
  done.catch(() => undefined);
  const found = await eventually(async () => (await pending()).find(({ id }) => !before.has(id)));
  const { json } = await api(who('carol'), `/v1/approvals/${found.id}`);
  return { approval: json, done };
}

/** Decides by REST, on exactly what was shown. @returns the status of the answer */
export async function decide({ id, rendering }, somebody, decision, reason, { api }) {
  return (await api(somebody, `/v1/approvals/${id}/decision`, { decision, rendering, reason })).status;
}

/** @param parts `story`, `alice` (her connection), `who(name, agent?)`, `api` (demo-sallyport.mjs), `people`: how many customers there are */
export async function tellOfApprovals(parts) {
  const { story, alice, who, api, people } = parts;
  const statement = 'SELECT id, email FROM customers';
  const notices = [];
  alice.on('notice', ({ message }) => notices.push(message));
  let waiting = null;
  await story.step('a bulk export meets a rule that holds: the client waits, and is told so', async () => {
    waiting = await held(() => alice.query(statement), parts);
    const { id } = waiting.approval;
    const said = await eventually(() => notices.find((text) => text.includes(id)));
    story.show('notice', said);
  });
  await story.step('carol is shown who asks, through whom, and what exactly would run', async () => {
    const { approval } = waiting;
    for (const line of approval.text.split('\n')) story.say(`       ${line}`);
    assert.equal(approval.requester.user, who('alice').user);
    assert.deepEqual(
      approval.requirements.map(({ rule }) => rule),
      [exportRule],
    );
    assert.ok(approval.text.includes(statement));
  });
  await story.step('alice cannot approve it, nor her agent, nor root, who administers all of this', async () => {
    for (const somebody of [who('alice'), who('alice', 'autogen'), who('bob'), who('root')]) {
      const status = await decide(waiting.approval, somebody, 'approve', 'I say so', parts);
      story.show(`${somebody.name}${somebody.agent === null ? '' : ` through ${somebody.agent}`}`, status);
      assert.ok(status === 403 || status === 404, `${somebody.name} was answered ${status}`);
    }
    const { json } = await api(who('carol'), `/v1/approvals/${waiting.approval.id}`);
    assert.equal(json.state, 'pending');
  });
  await story.step('carol approves by REST, and the rows are released, masked as ever', async () => {
    const status = await decide(waiting.approval, who('carol'), 'approve', 'agreed for the newsletter', parts);
    assert.ok(status < 300, `the decision was answered ${status}`);
    const { rows } = await waiting.done;
    story.show('rows', rows.length);
    assert.equal(rows.length, people);
    for (const { email } of rows) assert.match(email, /^\*{4}@/u);
  });
  await story.step('that was good for once: the same is held again, and this time she says no', async () => {
    const again = await held(() => alice.query(statement), parts);
    assert.notEqual(again.approval.id, waiting.approval.id);
    const status = await decide(again.approval, who('carol'), 'deny', 'one newsletter a day is enough', parts);
    assert.ok(status < 300, `the decision was answered ${status}`);
    const error = await again.done.then(
      () => assert.fail('it ran'),
      (reason) => reason,
    );
    story.show('error', `${error.code} ${error.message}`);
    assert.equal(error.code, 'SP002');
    assert.match(error.message, /one newsletter a day/u);
  });
  await story.step('the record says by whose approval it ran', async () => {
    const found = await eventually(async () => {
      const { json } = await api(who('dave'), '/v1/operations?object=crm.public.customers&limit=100');
      return json.items.find(({ decision }) => decision.approval === waiting.approval.id);
    });
    story.show('operation', { id: found.id, rows: found.result.rows, approval: found.decision.approval });
    assert.equal(found.result.rows, people);
  });
}
