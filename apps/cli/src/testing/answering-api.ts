import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../command.js';
import { runCli } from '../run-cli.js';
import type { KeySource } from '../timeline/keys.js';

/** Signs the server's certificate. */
interface Authority {
  readonly certificate: string;
  serverFor(...names: readonly string[]): { readonly certificate: string; readonly key: string };
}

/** A stream: each connection gets the next text of `connections`, and is ended. */
export class StreamedAnswer {
  /** `last-event-id` of each connection */
  readonly lastEventIds: (string | undefined)[] = [];

  constructor(
    readonly connections: readonly string[],
    readonly type = 'text/event-stream',
  ) {}
}

/** Stands where the control API stands: answers each path (of a POST: `POST path`) as told, anything else with a problem. */
export class AnsweringApi {
  /** what the command that runs has said on stderr so far */
  told = '';
  /** paths asked for, with their query */
  readonly asked: string[] = [];
  /** bodies of the POSTs, in order */
  readonly sent: unknown[] = [];

  private constructor(
    readonly folder: string,
    readonly url: string,
    readonly authority: string,
    private readonly close: () => Promise<void>,
  ) {}

  static async start(authority: Authority, answers: Readonly<Record<string, unknown>>): Promise<AnsweringApi> {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-cli-'));
    writeFileSync(join(folder, 'ca.pem'), authority.certificate);
    const { certificate, key } = authority.serverFor('localhost', '127.0.0.1');
    const server = createServer({ cert: certificate, key }, (request, response) => {
      const path = request.url ?? '';
      api.asked.push(path);
      const key = request.method === 'POST' ? `POST ${path}` : path;
      const known = request.headers.authorization === 'Bearer t' && key in answers;
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        if (request.method === 'POST') api.sent.push(JSON.parse(body));
        const answer = known ? answers[key] : { title: 'Not found', detail: `nothing at ${path}`, code: 'not-found' };
        if (answer instanceof StreamedAnswer) {
          const text = answer.connections[answer.lastEventIds.length] ?? '';
          const last = request.headers['last-event-id'];
          answer.lastEventIds.push(typeof last === 'string' ? last : undefined);
          response.writeHead(200, { 'content-type': answer.type });
          response.end(text);
          return;
        }
        response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const api: AnsweringApi = new AnsweringApi(folder, url, authority.certificate, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    });
    return api;
  }

  /** Runs a command as somebody who trusts this server and has its token. */
  async run(
    command: Command,
    args: readonly string[],
    ask?: (question: string) => Promise<string>,
    keys?: KeySource,
  ): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    this.told = '';
    const code = await runCli([command], [...command.name.split(' '), ...args], {
      env: { SALLYPORT_URL: this.url, SALLYPORT_CA: join(this.folder, 'ca.pem'), SALLYPORT_TOKEN: 't' },
      cwd: this.folder,
      out: (text) => void (out += text),
      err: (text) => void (this.told = err += text),
      ...(ask === undefined ? {} : { ask }),
      ...(keys === undefined ? {} : { keys }),
    });
    return { code, out, err };
  }

  stop(): Promise<void> {
    return this.close();
  }
}
