import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { CliError } from './cli.error.js';
import type { Surroundings } from './command.js';
import { homeFolder, pathFrom } from './home.js';
import { runningOn } from './running.js';
import { currentToken } from './sign-in/current-token.js';
import { readSignIn, signInFolder, type StoredSignIn } from './sign-in/stored-sign-in.js';

/** Options of every command that talks to the control API. */
export const connectionNames = { texts: ['as', 'home', 'url', 'ca'], flags: ['json'] } as const;

export const connectionHelp = `  --as NAME        a person of the quick start            (default: the token in SALLYPORT_TOKEN, or whoever signed in)
  --home DIR       home of the quick start                (default .sallyport)
  --url URL        control API, SALLYPORT_URL             (default: of the quick start)
  --ca FILE        certificates to trust, SALLYPORT_CA    (default: of the quick start)
  --json           the answer as JSON`;

/** The given values of `connectionNames`. */
export interface ConnectionValues {
  readonly as?: string | undefined;
  readonly home?: string | undefined;
  readonly url?: string | undefined;
  readonly ca?: string | undefined;
  /** obtained elsewhere */
  readonly bearer?: string | undefined;
}

/** The control API refused: its problem as a message, and the code that programs match on (docs/rest.md). */
export class AnsweredProblem extends CliError {
  constructor(
    message: string,
    readonly code: string | null,
    readonly status: number,
  ) {
    super(message);
  }
}

const answerWithinMs = 30_000;

/** Speaks to the control API of the quick start, or to the one that is named. */
export class ControlApiClient {
  private constructor(
    private readonly base: string,
    private readonly token: () => Promise<string>,
    /** who asks, as far as is known without asking anybody: a token, which may have ended */
    readonly shownToken: string,
    private readonly ca: Buffer | null,
  ) {}

  /** @throws CliError saying what is missing: address or token */
  static connect(values: ConnectionValues, surroundings: Surroundings): ControlApiClient {
    const { env } = surroundings;
    const home = homeFolder(values.home, surroundings);
    const running = runningOn(home);
    const folder = signInFolder(values.home, surroundings);
    const signIn = readSignIn(folder);
    const base = values.url ?? env['SALLYPORT_URL'] ?? running?.control?.url ?? signIn?.url;
    if (base === undefined || base === null)
      throw new CliError(`nothing is running on ${home}; run "npm start" first, or give --home or --url`);
    const person = running?.people.find(({ name, agent }) => name === values.as && agent === null);
    if (values.as !== undefined && person === undefined) {
      const names = running?.people.filter(({ agent }) => agent === null).map(({ name }) => name) ?? [];
      throw new CliError(
        `--as ${values.as}: ${names.length ? `one of ${names.join(', ')}` : 'nobody is known here'}`,
        2,
      );
    }
    const given = person?.token ?? values.bearer ?? (env['SALLYPORT_TOKEN']?.trim() || undefined);
    if (given !== undefined && !/^[!-~]+$/.test(given))
      throw new CliError('the token in SALLYPORT_TOKEN has blanks or odd characters', 2);
    const token = given ?? signedInFor(base, signIn);
    const ca =
      values.ca ??
      env['SALLYPORT_CA'] ??
      (base === running?.control?.url
        ? running.ca
        : signIn !== null && sameOrigin(base, signIn.url)
          ? signIn.ca
          : null);
    return new ControlApiClient(
      base,
      given === undefined ? async () => (await currentToken(folder, Date.now())).token : () => Promise.resolve(given),
      token,
      ca === null ? null : readFileSync(pathFrom(ca, surroundings)),
    );
  }

  /** the token as it is sent, renewed where it is about to end */
  bearer(): Promise<string> {
    return this.token();
  }

  /** where it speaks to */
  get address(): string {
    return this.base;
  }

  /** certificates it trusts, PEM; null: those of the system */
  get authority(): string | null {
    return this.ca?.toString('utf8') ?? null;
  }

  /** @param query entries without a value are left out */
  get(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<unknown> {
    const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const search = new URLSearchParams(given).toString();
    return this.send('GET', search === '' ? path : `${path}?${search}`, null);
  }

  /** Waits for an answer that comes when something changes, at the latest after so many seconds. */
  async wait(path: string, seconds: number): Promise<unknown> {
    const accept = { accept: 'application/json' };
    const response = await this.open(`${path}?wait=${seconds}s`, accept, seconds * 1000 + answerWithinMs);
    return readAnswer(response.statusCode ?? 0, await textOf(response));
  }

  post(path: string, body: object): Promise<unknown> {
    return this.send('POST', path, JSON.stringify(body));
  }

  async delete(path: string): Promise<void> {
    await this.send('DELETE', path, null);
  }

  /** Asks for an answer that goes on. @param silenceMs how long it may say nothing @throws CliError, AnsweredProblem */
  async open(
    path: string,
    headers: Readonly<Record<string, string>>,
    silenceMs = answerWithinMs,
  ): Promise<IncomingMessage> {
    const response = await this.call('GET', path, null, headers, silenceMs);
    const status = response.statusCode ?? 0;
    if (status >= 400) readAnswer(status, await textOf(response));
    return response;
  }

  private async send(method: string, path: string, body: string | null): Promise<unknown> {
    const response = await this.call(method, path, body, { accept: 'application/json' }, answerWithinMs);
    return readAnswer(response.statusCode ?? 0, await textOf(response));
  }

  /** Sends it and waits for the head of the answer. */
  private async call(
    method: string,
    path: string,
    body: string | null,
    headers: Readonly<Record<string, string>>,
    silenceMs: number,
  ): Promise<IncomingMessage> {
    const content =
      body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const authority = this.ca === null ? {} : { ca: this.ca };
    const token = await this.token();
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, this.base),
        {
          method,
          timeout: silenceMs,
          ...authority,
          headers: { authorization: `Bearer ${token}`, ...headers, ...content },
        },
        resolve,
      );
      call.on('timeout', () => call.destroy(new CliError(`${this.base} does not answer within ${silenceMs} ms`)));
      call.on('error', (error) =>
        reject(error instanceof CliError ? error : new CliError(`cannot reach ${this.base}: ${error.message}`)),
      );
      call.end(body ?? undefined);
    });
  }
}

/** A sign-in is for one control API: its token goes to no other that somebody names. @throws CliError when there is none */
function signedInFor(base: string, signIn: StoredSignIn | null): string {
  if (signIn === null)
    throw new CliError(
      'who is asking? run "sallyport login", give --as NAME (quick start), or a token in SALLYPORT_TOKEN',
      2,
    );
  if (!sameOrigin(base, signIn.url))
    throw new CliError(
      `the sign-in is for ${signIn.url ?? 'no control API'}, not for ${base}; run "sallyport login --url ${base}"`,
      2,
    );
  return signIn.token;
}

function sameOrigin(one: string, other: string | null): boolean {
  return other !== null && URL.canParse(one) && URL.canParse(other) && new URL(one).origin === new URL(other).origin;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    throw new CliError(`the answer broke off: ${(error as Error).message}`, 1, { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The answer, or the problem (RFC 9457) as an error. */
function readAnswer(status: number, text: string): unknown {
  let body: unknown = null;
  try {
    body = text === '' ? null : JSON.parse(text);
  } catch {
    if (status < 400) throw new CliError(`the control API answered something else than JSON (status ${status})`);
  }
  if (status < 400) return body;
  const { title, detail, code } = (body ?? {}) as { title?: string; detail?: string; code?: string };
  throw new AnsweredProblem([title ?? `status ${status}`, detail].filter(Boolean).join(': '), code ?? null, status);
}
