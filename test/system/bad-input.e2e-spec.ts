import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { TestGateway, until } from '../support/gateway.js';
import { clone, scratchFolder } from '../support/quickstart.js';

// What is wrong with a configuration or its surroundings, seen by whoever starts the programs: which thing, and what to do.

const program = (name: string) => join(clone, 'dist', 'apps', name, 'src', 'main.js');

interface Document {
  identity: { issuers: object[] };
  targets: { postgres: { host: string; port: number; tls: string } }[];
  audit: { journal: object; database: unknown };
  listen: { postgres: { port: number; workers?: number }; control: { port: number } };
  [section: string]: unknown;
}

let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  folder = scratchFolder();
  // a target that is not there does not keep the others from starting
  gateway = await TestGateway.start({
    config: `
targets:
  - name: crm
    postgres: { host: 127.0.0.1, port: ${await freePort()}, database: crm, tls: disable }
    credential: { user: nobody }
`,
  });
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The configuration of the running Sallyport with a change, in a file of its own. */
function changed(change: (document: Document) => void): string {
  const document = parse(readFileSync(gateway.file.config, 'utf8')) as Document;
  // two programs never share a journal
  document.audit.journal = { dir: join(folder, 'journal'), reserve: '1MiB' };
  document.listen.postgres.workers = 1;
  change(document);
  const file = join(folder, 'changed.yaml');
  writeFileSync(file, stringify(document));
  return file;
}

function run(app: string, config: string) {
  const { status, stderr } = spawnSync(process.execPath, [program(app), '--config', config], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, said: stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{')) };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe.each(['postgres-gateway', 'control-api'])('%s does not start', (app) => {
  it('with mistakes in its configuration, and names every one of them with its line', () => {
    const { status, said } = run(
      app,
      changed((document) => {
        document['audti'] = {};
        document.audit.database = {
          gateway: 'env:SALLYPORT_NO_SUCH_SECRET',
          control: 'file:/nowhere/audit.url',
          migrations: 'vault:secret/audit',
        };
        document['rules'] = [{ name: 'x', on: { target: 'nothing' }, effect: 'alow' }];
        delete document['keys'];
      }),
    );
    expect(status).toBe(1);
    expect(said[0]?.startsWith(`${app}: `)).toBe(true);
    const lines = said.map((line) => line.replace(`${app}: `, '').replace(folder, '').replace(/:\d+:/, ':LINE:'));
    // each program asks only for the secrets it needs
    const control = 'audit.database.control: file:/nowhere/audit.url cannot be read (/nowhere/audit.url: ENOENT)';
    const missing =
      'audit.database.gateway: env:SALLYPORT_NO_SUCH_SECRET is not set; set the environment variable SALLYPORT_NO_SUCH_SECRET';
    expect(lines).toEqual(
      [
        'keys: is missing',
        'rules[0].effect: must be one of allow, deny, hold',
        app === 'control-api' ? control : missing,
        'audit.database.migrations: the scheme "vault:" is not built into this version; write env:NAME or file:PATH',
        'audti: is not a known key; did you mean "audit"?',
      ].map((problem) => `/changed.yaml:LINE: ${problem}`),
    );
  });

  it('on a port that is taken', () => {
    const { status, said } = run(
      app,
      changed(() => undefined),
    );
    const key = app === 'control-api' ? 'control' : 'postgres';
    const { port } = app === 'control-api' ? new URL(gateway.file.control.url) : gateway.file.postgres;
    expect({ status, said }).toEqual({
      status: 1,
      said: [`${app}: port ${port} on 127.0.0.1 is taken; change listen.${key}.port or stop who uses it`],
    });
  });

  it('without its configuration', () => {
    const { status, said } = run(app, join(folder, 'no-such-file.yaml'));
    expect(status).toBe(1);
    expect(said.join('\n')).toContain('no-such-file.yaml');
  });
});

describe('what cannot be reached', () => {
  it('is named when it is a target: at the start, and to whoever asks for it', async () => {
    expect(gateway.sallyport.output()).toMatch(/target "crm" cannot be reached \(127\.0\.0\.1:\d+: ECONNREFUSED\)/);
    await expect(gateway.wire()).rejects.toThrow('target crm cannot be reached');
    const log = readFileSync(join(gateway.file.home, 'log', 'postgres-gateway.log'), 'utf8');
    expect(log).toContain('a target cannot be used');
  });

  it.each(['postgres-gateway', 'control-api'])('is named when it is the issuer: %s', async (app) => {
    const url = `https://127.0.0.1:${await freePort()}`;
    const [postgres, control] = [await freePort(), await freePort()];
    const config = changed((document) => {
      document.identity.issuers = [{ url, audience: 'sallyport' }];
      document.listen.postgres.port = postgres;
      document.listen.control.port = control;
    });
    const child = spawn(process.execPath, [program(app), '--config', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    try {
      await until(`${app} names the issuer`, 60_000, () =>
        said.includes(`issuer ${url}: its discovery document cannot be fetched`),
      );
    } finally {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('exit', resolve));
    }
  });
});
