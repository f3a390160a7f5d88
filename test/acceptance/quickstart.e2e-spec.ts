import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { clone, personOf, scratchFolder, startSallyport } from '../support/quickstart.js';
import type { RunningSallyport } from '../support/quickstart.js';
import { signInAs } from '../support/terminal-sign-in.js';

const main = join(clone, 'dist', 'apps', 'quickstart', 'src', 'main.js');
const cli = join(clone, 'dist', 'apps', 'cli', 'src', 'main.js');

/** Runs something that ends by itself. */
function run(program: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

function call(
  url: string,
  ca: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  return new Promise<Answer>((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = options;
    const outgoing = request(url, { method, headers, ca: readFileSync(ca), agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Processes that carry the home in their command line: servers, their keepers, and the apps. */
function processesOf(home: string): string[] {
  return commandLines().filter((line) => line.includes(home));
}

/** A bare Linux has no `ps`, other systems have no /proc. */
function commandLines(): string[] {
  if (process.platform !== 'linux') return execFileSync('ps', ['-axo', 'args='], { encoding: 'utf8' }).split('\n');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    });
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function until(what: string, ms: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 100)))
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
}

describe('npm start, refused', () => {
  it('names what production lacks and starts nothing', () => {
    const home = join(tmpdir(), `sallyport-none-${process.pid}`);
    const { status, stderr } = run(main, ['--home', home, '--production']);
    expect(status).toBe(1);
    expect(stderr).toContain('identity.issuers, audit, tls, targets, roles, listen, keys');
    expect(existsSync(home)).toBe(false);
  });

  it('names the port that is taken and the remedy', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    try {
      await expect(startSallyport({ config: `listen: { control: { port: ${port} } }\n` })).rejects.toThrow(
        `port ${port} on 127.0.0.1, meant for the control API, is taken by another program; stop what uses it, or start with --ports auto`,
      );
    } finally {
      holder.close();
    }
  });

  it('names the line of a configuration that is wrong', async () => {
    await expect(startSallyport({ config: 'rules:\n  - nome: x\n' })).rejects.toThrow('own.yaml:2: rules[0].nome');
  });
});

describe('npm start', () => {
  let parent: string;
  let home: string;
  let sallyport: RunningSallyport;

  beforeAll(async () => {
    parent = scratchFolder();
    home = join(parent, 'home');
    sallyport = await startSallyport({ home });
  });
  afterAll(async () => {
    await sallyport?.stop();
    rmSync(parent, { recursive: true, force: true });
  });

  it('writes quickstart.json as documented, for its owner only', () => {
    const file = join(home, 'quickstart.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const schema = JSON.parse(readFileSync(join(clone, 'docs', 'quickstart.schema.json'), 'utf8')) as object;
    z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]).parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(sallyport.file.people.map(({ name, agent, roles }) => [name, agent, roles.at(-1)])).toEqual([
      ['alice', null, 'requester'],
      ['bob', null, 'requester'],
      ['carol', null, 'reviewer'],
      ['dave', null, 'auditor'],
      ['root', null, 'administrator'],
      ['alice', 'autogen', 'requester'],
    ]);
  });

  it('is refused a second time on the same home, naming the process', () => {
    const { status, stderr } = run(main, ['--home', home, '--ports', 'auto']);
    expect(status).toBe(1);
    expect(stderr).toContain(`already runs on ${home} (process ${sallyport.file.pid})`);
    expect(existsSync(join(home, 'quickstart.json'))).toBe(true);
  });

  it('serves a control API that is ready and knows everyone by their token', async () => {
    const { control, ca, people } = sallyport.file;
    expect((await call(control.url + control.ready, ca)).status).toBe(200);
    expect((await call(`${control.url}/v1/whoami`, ca)).status).toBe(401);
    for (const { token, user, agent } of people) {
      const answer = await call(`${control.url}/v1/whoami`, ca, { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(200);
      expect(answer.text).toContain(user);
      if (agent !== null) expect(answer.text).toContain(agent);
    }
  });

  it('prints tokens that live as long as asked, and refuses a stranger', async () => {
    const { status, stderr } = run(cli, ['token', '--as', 'mallory', '--home', home]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('alice, bob, carol') });
    const printed = run(cli, ['token', '--as', 'bob', '--ttl', '60s', '--purpose', 'support', '--home', home]);
    expect(printed.status).toBe(0);
    const claims = JSON.parse(Buffer.from(printed.stdout.split('.')[1] ?? '', 'base64url').toString()) as {
      iat: number;
      exp: number;
      purpose: string;
    };
    expect([claims.exp - claims.iat, claims.purpose]).toEqual([60, 'support']);
  });

  it('signs somebody in by authorization code with PKCE, and the token is good for the control API', async () => {
    const { issuer, ca, control } = sallyport.file;
    if (issuer === null) throw new Error('no issuer');
    const verifier = randomBytes(32).toString('base64url');
    const redirect = 'http://127.0.0.1:49152/callback';
    const authorize = new URL(`${issuer.url}/auth`);
    authorize.search = new URLSearchParams({
      client_id: issuer.clientId,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirect,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    }).toString();
    const code = new URL(await signIn(authorize.toString(), issuer.url, ca, 'carol', redirect)).searchParams.get(
      'code',
    );
    const answer = await call(`${issuer.url}/token`, ca, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: issuer.clientId,
        redirect_uri: redirect,
        code: code ?? '',
        code_verifier: verifier,
      }).toString(),
    });
    const { access_token: token } = JSON.parse(answer.text) as { access_token: string };
    const me = await call(`${control.url}/v1/whoami`, ca, { headers: { authorization: `Bearer ${token}` } });
    expect(me.status).toBe(200);
    expect(me.text).toContain('carol@example.com');
    expect(me.text).toContain('reviewer');
  });

  it('signs somebody in from a terminal, mints what opens a session, and takes both back on the way out', async () => {
    const { file } = sallyport;
    const own = (...args: string[]) => run(cli, [...args, '--home', home]);
    expect(own('whoami').stderr).toContain('run "sallyport login"');
    expect(await signInAs('alice', file, ['--no-browser'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('signed in as alice@example.com (renewed by itself)') as string,
    });
    expect(statSync(join(home, 'sign-in.json')).mode & 0o777).toBe(0o600);
    expect(own('whoami').stdout).toMatch(/^user +alice@example.com\ngroups +analysts\nroles +requester\n/);
    expect(own('credential', 'postgres', 'nowhere').stderr).toContain('there is no target named "nowhere"');

    const minted = own('credential', 'postgres', 'crm', '--networks', 'mine', '--json');
    const first = JSON.parse(minted.stdout) as { user: string; password: string; host: string; port: number };
    expect(own('credential', 'postgres', 'crm', '--networks', 'mine', '--format', 'password').stdout.trim()).toBe(
      first.password,
    );
    const { user, password, host, port } = first;
    const connect = async () => {
      const client = new Client({ user, password, host, port, database: 'crm', ssl: { ca: readFileSync(file.ca) } });
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query<{ it: number }>('SELECT 1 AS it')).rows;
      } finally {
        await client.end();
      }
    };
    expect(await connect()).toEqual([{ it: 1 }]);

    // the token has ended: it is renewed
    const stored = JSON.parse(readFileSync(join(home, 'sign-in.json'), 'utf8')) as object;
    writeFileSync(join(home, 'sign-in.json'), JSON.stringify({ ...stored, expiresAt: 1 }));
    const list = own('credentials', 'list', '--json');
    expect(list.stdout).toContain(user);
    expect(list.stdout).not.toContain(password);

    const out = own('logout');
    expect([out.status, out.stdout, out.stderr]).toEqual([0, 'signed out\n', '']);
    expect(existsSync(join(home, 'sign-in.json'))).toBe(false);
    await until('the credential is refused', 60_000, () =>
      connect().then(
        () => false,
        (error: { code?: unknown }) => error.code === '28P01',
      ),
    );
  });

  it('signs somebody in by a code on another device', async () => {
    const said = await signInAs('carol', sallyport.file, ['--device', '--json']);
    expect([said.code, said.err.split('\n')[0]]).toEqual([0, 'On any device open']);
    expect(JSON.parse(said.out)).toMatchObject({ email: 'carol@example.com', renews: true });
    expect(run(cli, ['whoami', '--home', home]).stdout).toContain('reviewer');
    expect(run(cli, ['logout', '--home', home]).status).toBe(0);
  });

  it('brings a sample with people, whose role owns nothing and creates nothing', async () => {
    const direct = sallyport.file.targets[0]?.direct;
    if (!direct) throw new Error('no sample');
    expect(await query(direct.url, 'SELECT count(*)::int AS people FROM customers')).toEqual([{ people: 12_000 }]);
    await expect(query(direct.url, 'CREATE TABLE mine (a int)')).rejects.toThrow('permission denied');
    await expect(query(direct.url, 'ALTER TABLE customers ADD note text')).rejects.toThrow('must be owner');
    await expect(query(direct.url, 'SELECT * FROM pg_stats')).rejects.toThrow('permission denied');
    const log = readFileSync(direct.log ?? '', 'utf8');
    expect(log).toContain('ALTER TABLE customers ADD note text');
  });

  it('starts a process again that has died, and says so in quickstart.json', async () => {
    const [before = 0] = sallyport.file.processes['control-api'];
    process.kill(before, 'SIGKILL');
    await until('another control API', 60_000, () => sallyport.reread().processes['control-api'][0] !== before);
    const { control, ca } = sallyport.reread();
    expect((await call(control.url + control.ready, ca)).status).toBe(200);
  });

  it('stops in order when it is told to, leaves no process, and starts again on the same data', async () => {
    const superuserUrl = sallyport.file.targets[0]?.direct.superuserUrl ?? '';
    await query(superuserUrl, "UPDATE customers SET city = 'Atlantis' WHERE id = 1");
    const tokenBefore = personOf(sallyport.file, 'alice').token;
    expect(processesOf(home).length).toBeGreaterThan(4);
    const begin = Date.now();
    expect(await sallyport.stop()).toBe(0);
    expect(Date.now() - begin).toBeLessThan(15_000);
    expect(processesOf(home)).toEqual([]);
    expect(existsSync(join(home, 'quickstart.json'))).toBe(false);

    sallyport = await startSallyport({ home });
    const again = sallyport.file.targets[0]?.direct.url ?? '';
    expect(await query(again, 'SELECT city FROM customers WHERE id = 1')).toEqual([{ city: 'Atlantis' }]);
    expect(personOf(sallyport.file, 'alice').token).not.toBe(tokenBefore);
  });

  it('leaves no process when it is killed, and starts again', async () => {
    process.kill(sallyport.file.pid, 'SIGKILL');
    await sallyport.ended();
    await until('every process is gone', 15_000, () => processesOf(home).length === 0);
    sallyport = await startSallyport({ home });
    expect((await call(sallyport.file.control.url + sallyport.file.control.ready, sallyport.file.ca)).status).toBe(200);
  });
});

describe('npm start --config', () => {
  it('takes targets, rules and roles from the file, embeds the rest, and warns of a target that is not there', async () => {
    const config = `
roles: { administrator: { users: [alice@example.com] } }
targets:
  - name: shop
    postgres: { host: 127.0.0.1, port: 1, database: shop, tls: disable }
    credential: { user: shop_gateway }
protect:
  - { class: email, columns: ['{shop,other}.public.users.email', 'other.public.users.phone'] }
`;
    const sallyport = await startSallyport({ config });
    try {
      const { file } = sallyport;
      expect(file.targets).toMatchObject([
        {
          name: 'shop',
          direct: { url: 'postgresql://shop_gateway@127.0.0.1:1/shop?sslmode=disable', superuserUrl: null, log: null },
          protected: ['shop.public.users.email'],
        },
      ]);
      expect(personOf(file, 'alice').roles).toEqual(['requester', 'administrator']);
      expect(personOf(file, 'dave').roles).toEqual(['requester']);
      expect(sallyport.output()).toContain('target "shop" cannot be reached (127.0.0.1:1: ECONNREFUSED)');
    } finally {
      expect(await sallyport.stop()).toBe(0);
    }
  });
});

/** Follows the login as a browser would, with cookies, up to the redirect that leaves the issuer. */
async function signIn(start: string, issuer: string, ca: string, person: string, redirect: string): Promise<string> {
  const cookies = new Map<string, string>();
  let location = start;
  for (let step = 0; step < 10; step++) {
    if (location.startsWith(redirect)) return location;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    let answer = await call(location, ca, { headers: { cookie } });
    if (answer.status === 200) {
      const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
      answer = await call(location, ca, { method: 'POST', headers, body: `person=${person}` });
    }
    for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    const next = answer.headers['location'];
    if (typeof next !== 'string') throw new Error(`the login ended with ${answer.status}: ${answer.text}`);
    location = new URL(next, issuer).toString();
  }
  throw new Error('the login does not end');
}
