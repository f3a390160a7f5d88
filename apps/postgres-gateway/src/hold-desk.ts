import type { Admitted, DescribedOperation, Held, HeldDescription, HoldAbort, HoldNotice, Refused } from '@app/gate';
import type { RowLimit } from '@app/policy';
import { serialize } from '@app/pg-wire';
import type { StatementDescription } from '@app/sql';
import { askMeaning } from './meaning-question.js';
import { oracleNotes } from './oracle-demands.js';
import type { NameResolver } from './name-resolver.js';
import type { Ask } from './question.js';
import type { SentStatement } from './sent-statement.js';
import type { SessionParts } from './session-parts.js';

/** What a hold needs of the session around it. */
export interface HoldDeskHost {
  /** asks the session's own connection to the target */
  readonly ask: Ask;
  /** describes a text anew, against what names mean now. @throws when it cannot, or when the text is not one statement any more */
  describe(text: string): Promise<{ readonly statement: StatementDescription; readonly described: DescribedOperation }>;
  /** bytes of the gateway's own for the client, in their place */
  say(bytes: Buffer): void;
}

/** Settings that a session wrote and that no catalog lists, so many at most. */
const OWN_SETTINGS = 200;

const LACKS: Readonly<Record<string, string>> = {
  where: 'It has no WHERE clause that bounds it: it is about every row.',
  limit: 'It has no LIMIT.',
};

/** Where statements of one session wait for people: one at a time, since a session has one conversation. */
export class HoldDesk {
  readonly #parts: SessionParts;
  readonly #resolver: NameResolver;
  readonly #host: HoldDeskHost;
  readonly #ownSettings = new Set<string>();
  #abort: AbortController | null = null;
  #wait: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts, resolver: NameResolver, host: HoldDeskHost) {
    this.#parts = parts;
    this.#resolver = resolver;
    this.#host = host;
  }

  /** A statement, or the rest of a result, waits. */
  get waiting(): boolean {
    return this.#abort !== null;
  }

  /** Resolves once what waits has left the approval it waited for. */
  get left(): Promise<unknown> {
    return this.#wait;
  }

  /** Ends the wait, if there is one. @returns whether there was one */
  leave(why: HoldAbort): boolean {
    const abort = this.#abort;
    if (abort === null) return false;
    abort.abort(why);
    return true;
  }

  /** A statement goes to the target: custom settings it writes are asked about later. */
  forwarding({ settings }: StatementDescription): void {
    for (const { name } of settings)
      if (name.includes('.') && this.#ownSettings.size < OWN_SETTINGS) this.#ownSettings.add(name);
  }

  /**
   * Waits until people decided about a held statement. Nothing may be under way at the target, and nothing of it goes there meanwhile.
   * @param mayNotWait why the client may not wait here; null: it may
   * @returns the verdict, and the statement as it was described last
   */
  async statement(
    held: Held,
    sent: SentStatement,
    mayNotWait: string | null,
  ): Promise<{ readonly verdict: Admitted | Refused; readonly now: SentStatement }> {
    let now = sent;
    const describe = async (): Promise<HeldDescription> => {
      now = { ...sent, ...(await this.#host.describe(sent.text)) };
      return this.#described(now, await this.#meaning(now.statement));
    };
    const { lane } = this.#parts;
    const verdict = await this.#waitWith((terms) => lane.hold(held, { ...terms, mayNotWait, describe }));
    return { verdict, now };
  }

  /**
   * Waits with the rest of a result that outgrew a limit. The statement runs and holds its tables, so that their meaning cannot change:
   * it is bound to what it was described as.
   * @returns null: the rest may leave
   */
  rows(
    admission: Admitted['admission'],
    limit: RowLimit,
    rowsOut: number,
    sent: SentStatement,
  ): Promise<Refused | null> {
    const { lane } = this.#parts;
    const { catalog } = this.#resolver.knowledge;
    const described = this.#described(sent, {
      database: `${catalog.database} ${catalog.databaseOid}`,
      role: catalog.role,
      settings: {},
      objects: sent.statement.objects.map(({ oid }) => `relation ${oid}`).sort(),
    });
    const describe = (): Promise<HeldDescription> => Promise.resolve(described);
    return this.#waitWith((terms) =>
      lane.holdRows(admission, limit, rowsOut, { ...terms, mayNotWait: null, describe }),
    );
  }

  async #waitWith<T>(
    wait: (terms: {
      readonly patience: null;
      readonly signal: AbortSignal;
      readonly told: (notice: HoldNotice) => void;
    }) => Promise<T>,
  ): Promise<T> {
    const abort = new AbortController();
    this.#abort = abort;
    const waiting = wait({ patience: null, signal: abort.signal, told: (notice) => this.#host.say(noticeOf(notice)) });
    this.#wait = waiting;
    try {
      return await waiting;
    } finally {
      this.#abort = null;
    }
  }

  async #meaning(statement: StatementDescription): ReturnType<typeof askMeaning> {
    return askMeaning(this.#host.ask, {
      relations: statement.objects.map(({ oid }) => oid),
      functions: statement.calls,
      settings: [...this.#ownSettings].sort(),
    });
  }

  #described(sent: SentStatement, meaning: Awaited<ReturnType<typeof askMeaning>>): HeldDescription {
    const { text, statement, described, parameters, values } = sent;
    const named = new Set(statement.objects.map(({ oid }) => oid));
    const columns = this.#resolver.knowledge.protected
      .filter(({ relationOid }) => named.has(relationOid))
      .map((column) => `protected ${column.relationOid} ${column.attnum} ${column.class}`)
      .sort();
    const notes = [...oracleNotes(statement), ...(statement.missing ?? []).flatMap((clause) => LACKS[clause] ?? [])];
    return {
      described,
      parameters,
      binding: {
        ...meaning,
        objects: [...meaning.objects, ...columns],
        statement: Buffer.from(text),
        parameters: values(),
        masks: this.#parts.profile.masks,
      },
      review: {
        statement: described.statement,
        parameters,
        estimatedRows: described.operation.rows ?? null,
        diff: null,
        notes: described.doubt === null ? notes : [...notes, described.doubt],
      },
    };
  }
}

/** What a client that waits is told: an ordinary NOTICE, with the approval for programs in its DETAIL. */
function noticeOf({ approval, message, waitsUntil }: HoldNotice): Buffer {
  return serialize.noticeResponse({
    severity: 'NOTICE',
    code: '00000',
    message,
    detail: JSON.stringify({ reason: 'approval-pending', approval, waitsUntil: new Date(waitsUntil).toISOString() }),
    hint: 'Keep the connection open to wait, or cancel the statement to withdraw it.',
  });
}
