import assert from 'node:assert/strict';
import { join } from 'node:path';
import { python, root, run } from '../programs.mjs';

/** psycopg 3. */
export function checkPsycopg(steps, sallyports) {
  return checkByScript('psycopg_check.py', steps, sallyports);
}

/** SQLAlchemy on psycopg 3. */
export function checkSqlalchemy(steps, sallyports) {
  return checkByScript('sqlalchemy_check.py', steps, sallyports);
}

/** Runs a script that tells its steps itself, in the form of ours. */
async function checkByScript(name, steps, sallyports) {
  const program = await python();
  const sallyport = await sallyports.shared();
  const { user, token } = sallyport.person('alice');
  const given = {
    dsn: sallyport.target.dsn.replace('://', `://${encodeURIComponent(user)}@`),
    token,
    superuserUrl: sallyport.target.direct.superuserUrl,
  };
  const script = join(root, 'test', 'interop', 'python', name);
  const env = { INTEROP: JSON.stringify(given), PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
  const { status, stdout, stderr } = await run(program, [script], { env, pass: true });
  const told = [...stdout.matchAll(/^ {3}(ok {3}|FAIL )(.*)$/gmu)];
  steps.total += told.length;
  steps.failures.push(...told.filter(([, how]) => how === 'FAIL ').map(([, , sentence]) => sentence));
  if (status !== 0) assert.ok(steps.failures.length > 0, `${name} ended with ${status}\n${stderr}`);
}
