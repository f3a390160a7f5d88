// The interop tier: unmodified clients, the packages that people really use, against one running Sallyport.
//   node test/interop/run.mjs [--only NAME[,NAME…]] [--home DIR] [--list]
// --home uses the Sallyport that runs there instead of starting one. What a check needs and the machine lacks it
// installs itself: psql by apt, Python and npm packages into .cache/, kubectl and a Kubernetes API server built by Go into
// the user's cache. Without Go the checks of Kubernetes say so and are skipped. Exits with 1 when a check failed.
import { parseArgs } from 'node:util';
import { checkAutogen } from './checks/autogen.mjs';
import { checkCompose } from './checks/compose-files.mjs';
import {
  checkAlembic,
  checkAsyncpg,
  checkPsycopgDrivers,
  checkSqlalchemyAsyncpg,
  checkSqlalchemyPsycopg,
} from './checks/drivers-python.mjs';
import { checkDrizzle } from './checks/drizzle.mjs';
import { checkEscapes } from './checks/escapes.mjs';
import { checkHoldsAutogen, checkHoldsKubeAutogen } from './checks/holds-autogen.mjs';
import { checkHoldsKubectl, checkHoldsKubePython } from './checks/holds-kube.mjs';
import {
  checkHoldsNodePostgres,
  checkHoldsPsql,
  checkHoldsPsycopg,
  checkHoldsSqlalchemy,
} from './checks/holds-postgres.mjs';
import { checkIntrospection } from './checks/introspection.mjs';
import { checkKubeAutogen } from './checks/kube-autogen.mjs';
import { checkKubeBytes } from './checks/kube-bytes.mjs';
import { checkKubeNode, checkKubePython } from './checks/kube-clients.mjs';
import { checkKubeMasks } from './checks/kube-masks.mjs';
import { checkKubeRecord } from './checks/kube-record.mjs';
import { checkKubeWriteBack } from './checks/kube-write-back.mjs';
import { checkKubectl } from './checks/kube-kubectl.mjs';
import { checkLibpq18 } from './checks/libpq18.mjs';
import { checkLogins } from './checks/logins.mjs';
import { checkMaskDrivers } from './checks/mask-drivers.mjs';
import { checkNodeDrivers } from './checks/node-drivers.mjs';
import { checkNodePostgres } from './checks/node-postgres.mjs';
import { checkPgjdbc } from './checks/pgjdbc.mjs';
import { checkPgDump } from './checks/pg-dump.mjs';
import { checkPgx } from './checks/pgx.mjs';
import { checkPsqlDrivers } from './checks/psql-drivers.mjs';
import { checkPsql } from './checks/psql.mjs';
import { checkPsycopg, checkSqlalchemy } from './checks/python-drivers.mjs';
import { checkRedis } from './checks/redis.mjs';
import { checkTypeorm } from './checks/typeorm.mjs';
import { checkUsefulness } from './checks/usefulness.mjs';
import { checkSoak, checkSystem, checkTransparency } from './checks/whole.mjs';
import { makeEnvironments } from './programs.mjs';
import { Sallyports } from './sallyports.mjs';
import { Steps } from './steps.mjs';

// node-postgres warns of its own queue, which this tier drives on purpose
process.noDeprecation = true;

const checks = {
  compose: checkCompose,
  psql: checkPsql,
  'node-postgres': checkNodePostgres,
  logins: checkLogins,
  psycopg: checkPsycopg,
  sqlalchemy: checkSqlalchemy,
  autogen: checkAutogen,
  'holds-psql': checkHoldsPsql,
  'holds-node-postgres': checkHoldsNodePostgres,
  'holds-psycopg': checkHoldsPsycopg,
  'holds-sqlalchemy': checkHoldsSqlalchemy,
  'holds-autogen': checkHoldsAutogen,
  redis: checkRedis,
  usefulness: checkUsefulness,
  escapes: checkEscapes,
  asyncpg: checkAsyncpg,
  'psycopg-more': checkPsycopgDrivers,
  'sqlalchemy-psycopg': checkSqlalchemyPsycopg,
  'sqlalchemy-asyncpg': checkSqlalchemyAsyncpg,
  alembic: checkAlembic,
  pgjdbc: checkPgjdbc,
  pgx: checkPgx,
  libpq18: checkLibpq18,
  'psql-more': checkPsqlDrivers,
  'node-postgres-more': checkNodeDrivers,
  'mask-drivers': checkMaskDrivers,
  'pg-dump': checkPgDump,
  introspection: checkIntrospection,
  typeorm: checkTypeorm,
  drizzle: checkDrizzle,
  kubectl: checkKubectl,
  'kube-bytes': checkKubeBytes,
  'kube-python': checkKubePython,
  // these four by one gateway
  'kube-node': checkKubeNode,
  'kube-masks': checkKubeMasks,
  'kube-write-back': checkKubeWriteBack,
  'kube-record': checkKubeRecord,
  'kube-autogen': checkKubeAutogen,
  'holds-kubectl': checkHoldsKubectl,
  'holds-kube-python': checkHoldsKubePython,
  'holds-kube-autogen': checkHoldsKubeAutogen,
  system: checkSystem,
  transparency: checkTransparency,
  soak: checkSoak,
};

function readArguments() {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { only: text, home: text, list: { type: 'boolean' } } });
  const names = values.only?.split(',') ?? Object.keys(checks);
  const unknown = names.filter((name) => !(name in checks));
  if (unknown.length > 0)
    throw new Error(`there is no check ${unknown.join(', ')}; known: ${Object.keys(checks).join(', ')}`);
  return { names, all: values.only === undefined, home: values.home, list: values.list === true };
}

async function runOne(name, sallyports) {
  const from = performance.now();
  const steps = new Steps();
  process.stdout.write(`-- ${name}\n`);
  try {
    await checks[name](steps, sallyports);
    if (steps.total === 0 && steps.skipped === null) throw new Error('the check has checked nothing');
  } catch (error) {
    steps.failed('the check runs to its end', error);
  }
  const seconds = ((performance.now() - from) / 1000).toFixed(1);
  const verdict = steps.failures.length > 0 ? 'FAIL' : steps.skipped === null ? 'PASS' : 'SKIP';
  if (!Steps.silent) process.stdout.write(`${verdict} ${name} (${seconds} s, ${steps.total} steps)\n`);
  return verdict;
}

async function main() {
  const { names, all, home, list } = readArguments();
  if (list) {
    process.stdout.write(`${Object.keys(checks).join('\n')}\n`);
    return 0;
  }
  const sallyports = new Sallyports(home);
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      process.stdout.write(`interrupted (${signal}), stopping …\n`);
      Steps.silent = true; // what fails from here on, fails because of that
      void sallyports.stopRunning().finally(() => process.exit(130));
    });
  const by = { PASS: [], FAIL: [], SKIP: [] };
  const environments = all ? makeEnvironments() : Promise.resolve();
  try {
    for (const name of names) {
      // among them are some that measure time
      if (name === 'escapes') await environments;
      by[await runOne(name, sallyports)].push(name);
    }
  } finally {
    await sallyports.stopAll();
  }
  if (by.FAIL.length > 0) process.stdout.write(`failed: ${by.FAIL.join(', ')}\n`);
  const skipped = by.SKIP.length > 0 ? `, ${by.SKIP.length} skipped` : '';
  process.stdout.write(`${by.PASS.length} passed, ${by.FAIL.length} failed${skipped}\n`);
  return by.FAIL.length === 0 ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`interop: ${error.message}\n`);
  process.exit(2);
}
