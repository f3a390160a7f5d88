import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { Client, type ClientConfig } from 'pg';
import { personOf, startSallyport } from './quickstart.js';
import type { QuickstartFile, RunningSallyport, StartSallyportOptions } from './quickstart.js';
import { type ClientTls, WireClient } from './wire-client.js';

/** An operation as `GET /v1/operations` answers it (docs/rest.md), as far as specs look into it. */
export interface FoundOperation {
  readonly id: string;
  readonly session: string;
  readonly result: { readonly status: string };
  readonly [member: string]: unknown;
}

/** One Sallyport for a spec file, with clients for both of its doors. Everything opened through it is closed with it. */
export class TestGateway {
  readonly sallyport: RunningSallyport;
  readonly #opened: (() => Promise<unknown> | void)[] = [];

  private constructor(sallyport: RunningSallyport) {
    this.sallyport = sallyport;
  }

  static async start(options: StartSallyportOptions = {}): Promise<TestGateway> {
    return new TestGateway(await startSallyport(options));
  }

  get file(): QuickstartFile {
    return this.sallyport.file;
  }

  async stop(): Promise<void> {
    await this.closeClients();
    await this.sallyport.stop();
  }

  async closeClients(): Promise<void> {
    for (const close of this.#opened.splice(0)) await close();
  }

  /** A token signed with the development issuer's key: the person's usual claims, `claims` win, `undefined` leaves one out. */
  token(name: string, claims: Readonly<Record<string, unknown>> = {}): string {
    const { home, issuer } = this.file;
    const { jwk } = JSON.parse(readFileSync(join(home, 'issuer', 'keys.json'), 'utf8')) as {
      jwk: Record<string, string>;
    };
    const { user, groups } = personOf(this.file, name);
    const now = Math.floor(Date.now() / 1000);
    const usual = {
      iss: issuer?.url,
      sub: `person-${name}`,
      aud: issuer?.audience,
      jti: randomUUID(),
      iat: now,
      exp: now + 600,
      email: user,
      email_verified: true,
      groups,
    };
    const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url');
    const signed = `${part({ alg: 'ES256', typ: 'at+jwt', kid: jwk['kid'] })}.${part({ ...usual, ...claims })}`;
    const key = createPrivateKey({ key: jwk, format: 'jwk' });
    return `${signed}.${sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** A session of a person, frame by frame. */
  async wire(name = 'alice', parameters: Readonly<Record<string, string>> = {}): Promise<WireClient> {
    const { user, token } = personOf(this.file, name);
    return this.wireWith(user, token, parameters);
  }

  /** The same with any user name and token. */
  async wireWith(user: string, token: string, parameters: Readonly<Record<string, string>> = {}): Promise<WireClient> {
    const wire = await WireClient.login(this.file, user, token, parameters);
    this.#opened.push(() => wire.destroy());
    return wire;
  }

  /** A connection on which `first` was sent after TLS began (without TLS: `encrypted` false). */
  async raw(encrypted: boolean, tls: ClientTls = {}): Promise<WireClient> {
    const wire = await (encrypted ? WireClient.encrypted(this.file, tls) : WireClient.open(this.file));
    this.#opened.push(() => wire.destroy());
    return wire;
  }

  /** A session of a person through node-postgres. */
  async pg(name = 'alice', config: ClientConfig = {}): Promise<Client> {
    const { postgres, ca } = this.file;
    const { user, token } = personOf(this.file, name);
    const client = new Client({
      host: postgres.host,
      port: postgres.port,
      user,
      password: token,
      database: 'crm',
      ssl: { ca: readFileSync(ca) },
      ...config,
    });
    client.on('error', () => undefined);
    await client.connect();
    this.#opened.push(() => client.end().catch(() => undefined));
    return client;
  }

  /** Rows of the sample database as its superuser sees them, past the gateway. */
  async direct(sql: string): Promise<Record<string, unknown>[]> {
    return queryAt(this.file.targets[0]?.direct.superuserUrl, sql);
  }

  /** Rows of the audit database. */
  async audit(sql: string): Promise<Record<string, unknown>[]> {
    return queryAt(this.file.audit.superuserUrl, sql);
  }

  /** Asks the control API as a person. @returns status and parsed answer; null when there is none */
  call(path: string, name = 'dave', post?: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const { control, ca } = this.file;
    const { token } = personOf(this.file, name);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        control.url + path,
        {
          method: post ? 'POST' : 'GET',
          ca: readFileSync(ca),
          agent: false,
          headers: { authorization: `Bearer ${token}`, ...(post ? { 'content-type': 'application/json' } : {}) },
        },
        (response) => {
          let answer = '';
          response.on('data', (chunk: Buffer) => (answer += chunk.toString()));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              body: answer === '' ? null : (JSON.parse(answer) as unknown),
            }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(post ? JSON.stringify(post) : undefined);
    });
  }

  /** Operations that a search finds, newest first. */
  async operations(filter: Readonly<Record<string, string>>, name = 'dave'): Promise<readonly FoundOperation[]> {
    const { status, body } = await this.call(`/v1/operations?${new URLSearchParams(filter).toString()}`, name);
    if (status !== 200) throw new Error(`the search was answered with ${status}: ${JSON.stringify(body)}`);
    return (body as { items: FoundOperation[] }).items;
  }

  /** The newest operation that a search finds, waiting for it and for its end. @throws Error when none is found in time */
  async recorded(filter: Readonly<Record<string, string>>, withinMs = 10_000): Promise<FoundOperation> {
    for (const end = Date.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const [found] = await this.operations(filter);
      if (found && found.result.status !== 'running') return found;
      if (Date.now() > end) throw new Error(`no operation within ${withinMs} ms: ${JSON.stringify(filter)}`);
    }
  }
}

async function queryAt(url: string | null | undefined, sql: string): Promise<Record<string, unknown>[]> {
  if (!url) throw new Error('quickstart.json has no such URL');
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Waits until something holds. @throws Error naming it when it does not in time */
export async function until(what: string, withinMs: number, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 50)))
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
}
