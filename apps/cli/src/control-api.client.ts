import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { CliError } from './cli.error.js';
import type { Surroundings } from './command.js';
import { homeFolder, pathFrom } from './home.js';
import { runningOn } from './running.js';

/** Options of every command that talks to the control API. */
export const connectionNames = { texts: ['as', 'home', 'url', 'ca'], flags: ['json'] } as const;

export const connectionHelp = `  --as NAME        a person of the quick start            (default: the token in SALLYPORT_TOKEN)
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
  ) {
    super(message);
  }
}

const answerWithinMs = 30_000;

/** Speaks to the control API of the quick start, or to the one that is named. */
export class ControlApiClient {
  private constructor(
    private readonly base: string,
    private readonly token: string,
    private readonly ca: Buffer | null,
  ) {}

  /** @throws CliError saying what is missing: address or token */
  static connect(values: ConnectionValues, surroundings: Surroundings): ControlApiClient {
    const { env } = surroundings;
    const home = homeFolder(values.home, surroundings);
    const running = runningOn(home);
    const base = values.url ?? env['SALLYPORT_URL'] ?? running?.control?.url;
    if (base === undefined)
      throw new CliError(`nothing is running on ${home}; run "npm start" first, or give --home or --url`);
    const person = running?.people.find(({ name, agent }) => name === values.as && agent === null);
    if (values.as !== undefined && person === undefined) {
      const names = running?.people.filter(({ agent }) => agent === null).map(({ name }) => name) ?? [];
      throw new CliError(
        `--as ${values.as}: ${names.length ? `one of ${names.join(', ')}` : 'nobody is known here'}`,
        2,
      );
    }
    const token = person?.token ?? values.bearer ?? env['SALLYPORT_TOKEN']?.trim();
    if (token === undefined)
      throw new CliError('who is asking? give --as NAME (quick start), or a token in SALLYPORT_TOKEN', 2);
    if (!/^[!-~]+$/.test(token)) throw new CliError('the token in SALLYPORT_TOKEN has blanks or odd characters', 2);
    const ca = values.ca ?? env['SALLYPORT_CA'] ?? (base === running?.control?.url ? running.ca : undefined);
    return new ControlApiClient(base, token, ca === undefined ? null : readFileSync(pathFrom(ca, surroundings)));
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

  post(path: string, body: object): Promise<unknown> {
    return this.send('POST', path, JSON.stringify(body));
  }

  private send(method: string, path: string, body: string | null): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, this.base),
        {
          method,
          timeout: answerWithinMs,
          ...(this.ca === null ? {} : { ca: this.ca }),
          headers: {
            authorization: `Bearer ${this.token}`,
            accept: 'application/json',
            ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            try {
              resolve(readAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString('utf8')));
            } catch (error) {
              reject(error as Error);
            }
          });
        },
      );
      call.on('timeout', () => call.destroy(new CliError(`${this.base} does not answer within ${answerWithinMs} ms`)));
      call.on('error', (error) =>
        reject(error instanceof CliError ? error : new CliError(`cannot reach ${this.base}: ${error.message}`)),
      );
      call.end(body ?? undefined);
    });
  }
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
  throw new AnsweredProblem([title ?? `status ${status}`, detail].filter(Boolean).join(': '), code ?? null);
}
