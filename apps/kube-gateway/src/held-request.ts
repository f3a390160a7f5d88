import type { Admission, HeldDescription, HoldAbort, HoldTerms, ResultEnd, SessionLane } from '@app/gate';
import { type DescribedRequest, reviewedBody } from './described-request.js';
import { type Preview, previewOf } from './dry-run-diff.js';
import { type Entered, type ExchangeParts, impersonationFor } from './enter.js';
import { patienceOf } from './patience.js';
import type { RequestInfo } from './request/index.js';

/** One request that is held, as it came. */
export interface HeldRequest {
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  /** ms since the epoch: its client waits since then */
  readonly cameAt: number;
  /** describes it as it stands now: labels of its object may have changed */
  describe(): Promise<DescribedRequest>;
}

/** How a held request waits. An HTTP client is told with the answer itself: there is nothing it could be shown before. */
export function holdTerms(
  parts: ExchangeParts,
  entered: Entered,
  held: HeldRequest,
  info: RequestInfo,
  signal: AbortSignal,
): HoldTerms {
  const patience = patienceOf(info) - (Date.now() - held.cameAt);
  return {
    mayNotWait: patience > 0 ? null : 'The time limit of the request leaves no time to wait.',
    patience: Math.max(0, patience),
    told: () => undefined,
    signal,
    describe: async () => {
      const request = await held.describe();
      const seen = { info: request.info, target: request.target, rawHeaders: held.rawHeaders, body: held.body };
      return heldDescription(parts, entered, held, request, await previewOf(parts, entered, seen));
    },
  };
}

/** Ends an operation in the record that was admitted and then could not begin. */
export function abandon(lane: Pick<SessionLane, 'result' | 'settle'>, admission: Admission, message: string): void {
  const end: ResultEnd = { status: 'cancelled', code: null, message, tag: null };
  lane.result(admission, { rows: 0, bytes: 0, columns: [], values: null, recorded: '' }, end);
  lane.settle(admission, end, []);
}

/** The stop of one wait: what a client or the gateway does ends it once. */
export class HoldStop {
  readonly #stop = new AbortController();

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Somebody or something ended it. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** @param why why a session ends */
  ended(why: string): void {
    // who has to sign in again, or finds another worker, may go on with the same approval
    const reason: HoldAbort = why === 'shutdown' || why === 'expired' ? 'shutdown' : 'cancelled';
    if (!this.stopped) this.#stop.abort(reason);
  }
}

/** Binds a request to its last byte, and shows it. */
export function heldDescription(
  { protection }: ExchangeParts,
  entered: Entered,
  { rawHeaders, body, contentType }: Pick<HeldRequest, 'rawHeaders' | 'body' | 'contentType'>,
  request: DescribedRequest,
  preview: Preview,
): HeldDescription {
  const { info, described, parameters } = request;
  const text = reviewedBody(body, contentType, info, protection);
  return {
    described,
    parameters,
    binding: {
      database: entered.target.name,
      role: roleOf(entered),
      statement: statementBytes(request, body),
      parameters: framed([
        ...(info.container === null ? ['0'] : ['1', info.container]),
        ...[info.stdin, info.stdout, info.stderr, info.tty].map((on) => (on ? '1' : '0')),
        String(info.command.length),
        ...info.command,
        preview.bound,
        ...(info.subresource === 'proxy' ? proxiedHeaders(rawHeaders) : []),
      ]),
      settings: {
        server: entered.cluster.url,
        contentType: contentType ?? '',
        accept: headerOf(rawHeaders, 'accept'),
        // where the query names no field manager, the server takes the first word of the client's name
        manager: info.query.get('fieldManager')?.[0] ?? headerOf(rawHeaders, 'user-agent').split('/', 1)[0] ?? '',
      },
      objects: preview.uid === null ? [] : [`uid:${preview.uid}`],
      masks: protection.hash,
    },
    review: {
      statement: described.statement,
      parameters: text.shown === null ? [] : [text.shown],
      estimatedRows: preview.count,
      diff: preview.diff,
      notes: [...notesOf(info), ...preview.notes, ...bodyNotes(text.whole, preview)],
    },
  };
}

/** @throws Error where nobody could see what is to be approved */
function bodyNotes(whole: boolean, { diff }: Preview): readonly string[] {
  if (whole) return [];
  if (diff === null) throw new Error('its body is in a form that cannot be shown to a reviewer; send JSON or YAML');
  return ['The body is in a binary form: what it does is shown as what would change.'];
}

function notesOf(info: RequestInfo): readonly string[] {
  const notes: string[] = [];
  if (info.stdin) notes.push('It reads standard input: what will be typed or piped into it is not known now.');
  if (info.subresource === 'attach') notes.push('It attaches to a process that runs already.');
  if (info.subresource === 'portforward') notes.push('It opens a connection through which anything can be sent.');
  if (info.watch) notes.push('It is a watch: it goes on showing changes until its client ends it.');
  if (info.follow) notes.push('It follows the log: it goes on until its client ends it.');
  if (info.dryRun) notes.push('It is a dry run itself: nothing is stored.');
  return notes;
}

/** Whom the cluster takes the request for; the session is not part of it, so that another one can go on with an approval. */
function roleOf(entered: Entered): string {
  const who = impersonationFor(entered);
  if (who === null) return JSON.stringify(['account', entered.cluster.account]);
  return JSON.stringify(['as', who.user, [...who.groups]]);
}

/** Method, path, query and body. How long the client waits is none of it, nor by which protocol a stream is opened. */
function statementBytes({ info, target }: DescribedRequest, body: Uint8Array): Uint8Array {
  const stream = info.synthetic === 'connect' && info.subresource !== 'proxy';
  const pairs: string[] = [];
  for (const [name, values] of info.query)
    if (info.subresource === 'proxy' || (name !== 'timeout' && name !== 'timeoutSeconds'))
      for (const value of values) pairs.push(name, value);
  return framed([stream ? 'GET' : info.method, target.path, String(pairs.length), ...pairs, body]);
}

/** What is proxied sees the headers of the request: all are bound but those that differ each time or are the gateway's. */
function proxiedHeaders(rawHeaders: readonly string[]): readonly string[] {
  const own = /^(?:authorization|connection|content-length|date|host|kubectl-\S+|traceparent|tracestate|user-agent)$/iu;
  const lines: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (!own.test(rawHeaders[i]!)) lines.push(`${rawHeaders[i]!.toLowerCase()}: ${rawHeaders[i + 1]!}`);
  return lines.sort();
}

function headerOf(rawHeaders: readonly string[], name: string): string {
  const values: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === name) values.push(rawHeaders[i + 1]!);
  return values.join(', ');
}

/** Each part behind its length, so that no two lists of parts are the same bytes. */
function framed(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    pieces.push(length, bytes);
  }
  return Buffer.concat(pieces);
}
