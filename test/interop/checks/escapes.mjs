import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../programs.mjs';
import { loadSupport } from '../sallyports.mjs';

const folder = join(root, 'test', 'escapes');
const readCases = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

/** The configuration of test/escapes/README.md: two targets for the two roles, and rules that stop nothing. */
const configuration = (port) => `
targets:
  - { name: esc, postgres: { host: 127.0.0.1, port: ${port}, database: esc, tls: disable }, credential: { user: app } }
  - { name: esc-admin, postgres: { host: 127.0.0.1, port: ${port}, database: esc, tls: disable }, credential: { user: postgres } }
protect:
  - class: personal
    columns: ['esc*.public.users.{email,ssn,full_name,phone,card,notes,dob,salary}']
rules:
  - { name: everything, who: { groups: [analysts] }, on: { target: [esc, esc-admin] }, effect: allow }
`;

/** Every known way to get a protected value out of PostgreSQL, tried directly and through the gateway. */
export async function checkEscapes(steps, sallyports) {
  await sallyports.stopShared();
  const { startPostgres } = await loadSupport('postgres');
  const postgres = sallyports.ending(await startPostgres());
  const scratch = mkdtempSync(join(tmpdir(), 'sallyport-escapes-'));
  try {
    await tryAll(steps, sallyports, postgres.port, scratch);
    await tryOwn(steps, sallyports, postgres.port);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    await postgres.stop();
  }
}

async function tryAll(steps, sallyports, port, scratch) {
  const admin = ['--admin-host', '127.0.0.1', '--admin-port', String(port)];
  const suite = async (args) => {
    const { status, stdout, stderr } = await run(process.execPath, [join(folder, 'run.mjs'), ...args]);
    assert.equal(status, 0, stderr + stdout);
    return stdout;
  };
  const escapes = async (name, args) => {
    const out = join(scratch, `${name}.json`);
    await suite([join(folder, 'escapes.json'), ...args, '--out', out]);
    const results = JSON.parse(readFileSync(out, 'utf8'));
    assert.equal(results.length, cases.length);
    const count = (status) => results.filter((result) => result.status === status).length;
    steps.note(`${name}: ${['leak', 'none', 'fail', 'skip'].map((status) => `${status} ${count(status)}`).join(', ')}`);
    return results;
  };
  const cases = readCases('escapes.json');
  const caseOf = (id) => cases.find((one) => one.id === id);

  const direct = await steps.step('directly, what can run on this server leaks: the suite bites', async () => {
    const results = await escapes('directly', ['--port', String(port), ...admin]);
    const tame = results.filter(({ status }) => status !== 'leak' && status !== 'skip');
    assert.deepEqual(tame, []);
    assert.ok(results.filter(({ status }) => status === 'leak').length >= 125);
    return results;
  });

  const { file, person, stop } = await sallyports.start({ config: configuration(port) });
  const { user, token } = person('alice');
  const through = ['--host', file.postgres.host, '--port', String(file.postgres.port), '--tls', ...admin];
  const options = [...through, '--user', user, '--password', token, '--role-db', 'postgres=esc-admin'];
  try {
    await steps.step('through the gateway nothing leaks, nor does a copy that no rule names', async () => {
      const results = await escapes('through the gateway', options);
      const leaks = results.filter(({ status }) => status === 'leak');
      for (const { id } of leaks) steps.note(`leak ${id} (${caseOf(id).kind})`);
      assert.deepEqual(leaks, []);
      // a case that could not run has proven nothing, unless it was the connection itself that was refused
      const failed = results.filter(({ status }) => status === 'fail');
      for (const { id, err } of failed) steps.note(`fail ${id}: ${err.replace(/\s+/gu, ' ')}`);
      for (const { id, err } of failed) {
        assert.ok(caseOf(id).startup !== undefined, `${id} failed and has no startup parameters of its own: ${err}`);
        assert.match(err, /^startup: .*C42501/u);
      }
      const skipped = (list) => list.filter(({ status }) => status === 'skip').map(({ id }) => id);
      if (direct !== undefined) assert.deepEqual(skipped(results), skipped(direct));
    });

    await steps.step('harmless statements pass as they are, each of them', async () => {
      const said = await suite([join(folder, 'benign.json'), '--benign', ...options]);
      for (const line of said.split('\n').filter((text) => text !== '')) steps.note(line);
      const [, passed, total] = /^pass (\d+) of (\d+)$/mu.exec(said) ?? [];
      assert.equal(Number(total), readCases('benign.json').length);
      assert.equal(passed, total, said);
    });
  } finally {
    await stop();
  }
}

/** The tables of test/escapes/own, both sides in one run: each row leaks directly and none through the gateway. */
async function tryOwn(steps, sallyports, port) {
  const own = async (args) => run(process.execPath, [join(folder, 'own', 'try.mjs'), '--port', String(port), ...args]);
  const { stdout: config } = await own(['--configuration']);
  const { file, person, stop } = await sallyports.start({ config });
  const { user, token } = person('alice');
  const gateway = ['--gateway', `${file.postgres.host}:${file.postgres.port}`, '--user', user, '--password', token];
  try {
    await steps.step('what we thought of ourselves leaks directly, each row, and not through the gateway', async () => {
      const { status, stdout, stderr } = await own(gateway);
      for (const line of stdout.split('\n').filter((text) => text !== '')) steps.note(line);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^directly (\d{3}) of \1 leak; through the gateway 0 of \1 leak, 0 could not run$/mu);
    });
  } finally {
    await stop();
  }
}
