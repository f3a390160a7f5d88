import type { DescribedOperation } from '@app/gate';
import type { BindMessage, ReadyStatus } from '@app/pg-wire';
import { type DescribeContext, type StatementDescription, storedBehind, type TextDescription } from '@app/sql';
import { describeCommit, describeStatement, notReadOnly, type DescribeFor } from './describe-statement.js';
import type { NameResolver } from './name-resolver.js';
import { ParserError, type ParserPool } from './parser-pool.js';
import { type Inspect, QuestionError } from './question.js';
import { estimateRows, knownEstimate, wantsEstimate } from './row-estimate.js';
import { askOpinion, knownOpinion, type Opinion, unasked, wantsOpinion } from './second-opinion.js';
import type { Portal } from './prepared-names.js';
import type { SessionParts } from './session-parts.js';
import { type Look, namedIn, nameRun, standsStill, textsBehind, throughNames, unknownName } from './through-names.js';
import { userTypes } from './user-types.js';
import { type BoundValue, writeBackRefusal } from './write-back-guard.js';

/** What describing needs of the conversation around it. */
export interface DescribingHost {
  /** as ReadyForQuery said last */
  readonly status: ReadyStatus;
  /** what was being described has become pointless */
  readonly dropped: boolean;
  /** nothing is under way, and nothing of an open cycle would be ended by a question of the gateway's own */
  readonly mayAsk: boolean;
  /** what the open cycle sent so far may be answered before its Sync: it stands in a block that outlives one */
  readonly maySettle: boolean;
  /** nothing that a portal could hang on came since the last Sync */
  readonly unopened: boolean;
  afterEarlierCycles(next: () => Promise<void> | void): Promise<void>;
  afterOpenBlock(next: () => Promise<void> | void): Promise<void>;
  readonly ask: Inspect;
}

/** Values in a text that only a Bind gives; `$1` in a literal counts too, which costs no more than the estimate. */
const VALUE = /\$(\d{1,5})/g;

function valuesOf(text: string): number {
  let most = 0;
  for (const [, number] of text.matchAll(VALUE)) most = Math.max(most, Number(number));
  return most;
}

/** Says of each text what it means right now, and makes operations of it. */
export class Describing {
  readonly #parts: SessionParts;
  readonly #pool: ParserPool;
  readonly #resolver: NameResolver;
  readonly #about: DescribeFor;
  readonly #host: DescribingHost;
  readonly #now: () => number;
  /** what the target said last: a refusal of its own is not believed twice */
  #unkept = new WeakMap<StatementDescription, Opinion>();

  constructor(
    parts: SessionParts,
    pool: ParserPool,
    resolver: NameResolver,
    about: DescribeFor,
    host: DescribingHost,
    now: () => number,
  ) {
    this.#parts = parts;
    this.#pool = pool;
    this.#resolver = resolver;
    this.#about = about;
    this.#host = host;
    this.#now = now;
  }

  /** Describes `text` against what names mean right now, then goes on; at once when the description is cached. */
  text(text: string, next: (description: TextDescription) => Promise<void> | void): Promise<void> | void {
    const { replies } = this.#parts;
    const resolver = this.#resolver;
    if (this.#isOutdated) {
      if (this.#host.mayAsk) return this.#refreshed(text, next);
      const later = resolver.dirty ? this.#later(() => this.text(text, next)) : null;
      if (later !== null) return later;
    }
    // names changed earlier in this very pipeline: nobody knows yet what they mean
    const unknown = resolver.dirty && (!replies.empty || this.#host.status !== 'E');
    return this.#described(text, unknown ? null : resolver.searchPath, next);
  }

  /**
   * Takes a message that only uses what was prepared before. Where it begins a cycle and names may have changed, it is asked what they
   * mean before anything of the cycle is under way: behind it there would be no place for the question up to the next Sync.
   */
  current(next: () => Promise<void> | void): Promise<void> | void {
    const { replies } = this.#parts;
    const { status, mayAsk, unopened } = this.#host;
    if (!this.#isOutdated) return next();
    if (!replies.empty && replies.closed) return this.#host.afterEarlierCycles(() => this.current(next));
    // the question's own Sync would end what a portal of this cycle hangs on, outside of a block
    if (!mayAsk || (status !== 'T' && !unopened)) return next();
    return this.#resolver
      .refresh(status === 'I')
      .catch((error: unknown) => {
        // what needs the answer asks again
        if (!(error instanceof QuestionError)) throw error;
      })
      .then(() => {
        if (!this.#host.dropped) return next();
      });
  }

  /** What is known may not be what the server goes by. In a failed block nothing can be asked, and nothing runs. */
  get #isOutdated(): boolean {
    const { status } = this.#host;
    return this.#resolver.dirty ? status !== 'E' : status === 'I' && this.#resolver.stale;
  }

  /** Goes on once the target has answered what it was sent, where that can be awaited without the client's Sync; null: it cannot. */
  #later(next: () => Promise<void> | void): Promise<void> | null {
    const { replies } = this.#parts;
    if (replies.empty) return null;
    if (replies.answered < replies.cycle) return this.#host.afterEarlierCycles(next);
    return this.#host.maySettle ? this.#host.afterOpenBlock(next) : null;
  }

  #described(
    text: string,
    searchPath: readonly string[] | null,
    next: (description: TextDescription) => Promise<void> | void,
  ): Promise<void> | void {
    const context = { knowledgeId: this.#resolver.knowledge.id, searchPath };
    const again = (): Promise<void> | void => this.text(text, next);
    const known = this.#pool.cached(text, context);
    if (known !== undefined) return this.#through(known, context, next, again);
    const described = (description: TextDescription): Promise<void> | void => {
      if (!this.#host.dropped) return this.#through(description, context, next, again);
    };
    return this.#pool
      .describe(text, context)
      .then(described, (error: unknown) => this.#undescribable(error, described));
  }

  /** Goes on with what the statements run by name in their places; `again` once it is certain what stands behind the names. */
  #through(
    description: TextDescription,
    context: DescribeContext,
    next: (description: TextDescription) => Promise<void> | void,
    again: () => Promise<void> | void,
  ): Promise<void> | void {
    const { error, statements } = description;
    const isNamed = this.#parts.profile.strict && statements.some((statement) => nameRun(statement) !== null);
    if (!isNamed) return next(description);
    const found = namedIn(statements, this.#look);
    if (found === 'unsettled') return this.#host.afterEarlierCycles(again);
    const go = (now: ReadonlyMap<string, TextDescription>): Promise<void> | void =>
      next({ error, statements: throughNames(statements, found, now) });
    const texts = textsBehind(statements, found);
    const known = texts.map((text) => [text, this.#pool.cached(text, context)] as const);
    if (known.every((one): one is [string, TextDescription] => one[1] !== undefined)) return go(new Map(known));
    return Promise.all(texts.map(async (text) => [text, await this.#pool.describe(text, context)] as const)).then(
      (now) => {
        if (!this.#host.dropped) return go(new Map(now));
      },
      (failure: unknown) =>
        this.#undescribable(failure, (instead) => {
          if (!this.#host.dropped) return next(instead);
        }),
    );
  }

  readonly #look: Look = (of, name, before) => {
    const { names, replies } = this.#parts;
    return names.behind(of, name, replies.cycle, replies.answered, before);
  };

  /**
   * Whether a portal still runs what it was proven for. What EXECUTE runs is looked up, and its names resolved, only when it is executed.
   * @param sent statements the session has sent so far
   */
  stands({ statement, sentBefore }: Portal, sent: number): boolean | 'unsettled' {
    if (!this.#parts.profile.strict || statement === null) return true;
    if (statement.prepared?.does === 'execute' && sentBefore !== sent) return false;
    return standsStill(statement, this.#look);
  }

  /** The operation of one statement, as the session's transaction makes it. */
  operation(text: string, statement: StatementDescription): DescribedOperation {
    const described = describeStatement(text, statement, this.#about);
    const { ledger, profile, lane } = this.#parts;
    const { transaction } = statement;
    if ((transaction === 'commit' || transaction === 'rollback') && ledger.wrote) {
      const ending = describeCommit(described, ledger.written);
      // each write of the block was let through on its own, by people where they were asked: its end asks nobody again
      return lane.preview(ending).effect === 'hold' ? { ...described, harmless: false } : ending;
    }
    const named = profile.strict && described.refusal === null ? nameRun(statement) : null;
    if (named !== null && storedBehind(statement) === null) return { ...described, refusal: unknownName(named) };
    return this.#guarded(described, statement, null);
  }

  /** The operation of a statement with the values of a Bind: refused where one of them is a mask on its way back. */
  withValues(
    described: DescribedOperation,
    statement: StatementDescription,
    message: BindMessage,
    types: readonly number[],
  ): DescribedOperation {
    const { values, parameterFormats: formats } = message;
    return this.#guarded(described, statement, (number) => {
      const bytes = values[number - 1];
      if (bytes === undefined) return undefined;
      const format = (formats.length === 1 ? formats[0] : formats[number - 1]) === 1 ? 1 : 0;
      return { bytes, format, typeOid: types[number - 1] ?? 0 };
    });
  }

  #guarded(
    described: DescribedOperation,
    statement: StatementDescription,
    bound: ((number: number) => BoundValue | undefined) | null,
  ): DescribedOperation {
    if (statement.written === undefined || described.refusal !== null) return described;
    const { profile, lane } = this.#parts;
    const { maskOf, target, writeBack } = profile;
    const types = userTypes(this.#resolver.knowledge.catalog);
    const writer = { principal: lane.facts.principal, target: target.name, maskOf, types };
    const refusal = writeBackRefusal(statement, bound, writer, writeBack);
    return refusal === null ? described : { ...described, refusal };
  }

  /** The same, refused where a rule lets only reads pass and it is not proven to be one. */
  bounded(described: DescribedOperation): DescribedOperation {
    const { limits } = this.#parts.lane.preview(described).obligations;
    if (limits?.readOnly !== true || described.harmless || described.finishes) return described;
    return { ...described, refusal: described.refusal ?? notReadOnly };
  }

  /** The operation of the only statement of a message, with the planner's estimate where a rule goes by the number of rows. */
  estimated(
    text: string,
    statement: StatementDescription,
    next: (described: DescribedOperation) => Promise<void> | void,
    types: readonly number[] = [],
  ): Promise<void> | void {
    const { mayAsk, status } = this.#host;
    if (!this.#asksOpinion(statement, types) || status === 'E') return this.#estimated(text, statement, next, types);
    if (mayAsk)
      return this.#askOpinion(text, statement, types).then(() => {
        if (!this.#host.dropped) return this.#estimated(text, statement, next, types);
      });
    const later = this.#later(() => this.estimated(text, statement, next, types));
    return later ?? this.#estimated(text, statement, next, types);
  }

  #estimated(
    text: string,
    statement: StatementDescription,
    next: (described: DescribedOperation) => Promise<void> | void,
    types: readonly number[],
  ): Promise<void> | void {
    const described = this.opined(this.bounded(this.operation(text, statement)), statement, types);
    const decision = this.#parts.lane.preview(described);
    if (!wantsEstimate(decision, statement, text)) return next(described);
    const known = knownEstimate(described, this.#now());
    if (known !== null) return next(known);
    if (!this.#host.mayAsk || this.#host.status === 'E') return next(described);
    return this.#estimate(text, described).then((estimate) => {
      if (!this.#host.dropped) return next(estimate);
    });
  }

  /** The same, refused where the target asks for a second opinion and it differs, or was not asked for. */
  opined(
    described: DescribedOperation,
    statement: StatementDescription,
    types: readonly number[] = [],
  ): DescribedOperation {
    if (!this.#isStrict || described.refusal !== null || !wantsOpinion(statement)) return described;
    const asked = knownOpinion(statement, types);
    // null is an answer: another session asked, and both agree
    const known = asked === undefined ? this.#unkept.get(statement) : asked;
    // in a failed block the target runs nothing
    if (known === undefined && this.#host.status === 'E') return described;
    const refusal = known === undefined ? unasked : known;
    return refusal === null ? described : { ...described, refusal };
  }

  get #isStrict(): boolean {
    const { strict, target } = this.#parts.profile;
    return strict && target.postgres.strict === true;
  }

  #asksOpinion(statement: StatementDescription, types: readonly number[]): boolean {
    return this.#isStrict && wantsOpinion(statement) && knownOpinion(statement, types) === undefined;
  }

  async #askOpinion(text: string, statement: StatementDescription, types: readonly number[]): Promise<void> {
    const { status, ask } = this.#host;
    const about = { types, inBlock: status === 'T', knowledge: this.#resolver.knowledge };
    this.#unkept = new WeakMap([[statement, await askOpinion(ask, text, statement, about)]]);
  }

  /** The only statement of `text`, described anew while nothing is under way. @throws when it cannot be */
  async anew(
    text: string,
  ): Promise<{ readonly statement: StatementDescription; readonly described: DescribedOperation }> {
    await this.#resolver.refresh(true);
    const { knowledge, searchPath } = this.#resolver;
    const { statements, error } = await this.#pool.describe(text, { knowledgeId: knowledge.id, searchPath });
    const [statement] = statements;
    if (error !== null || statement === undefined || statements.length > 1)
      throw new Error(error?.message ?? 'the text is not one statement');
    if (this.#asksOpinion(statement, [])) await this.#askOpinion(text, statement, []);
    const plain = this.opined(this.operation(text, statement), statement);
    const decision = this.#parts.lane.preview(plain);
    const estimate = wantsEstimate(decision, statement, text);
    const described = estimate ? (knownEstimate(plain, this.#now()) ?? (await this.#estimate(text, plain))) : plain;
    return { statement, described };
  }

  #estimate(text: string, described: DescribedOperation): Promise<DescribedOperation> {
    return estimateRows(this.#host.ask, text, described, {
      values: valuesOf(text),
      inBlock: this.#host.status === 'T',
      serverVersion: this.#resolver.knowledge.catalog.serverVersion,
      now: this.#now(),
    });
  }

  async #refreshed(text: string, next: (description: TextDescription) => Promise<void> | void): Promise<void> {
    try {
      await this.#resolver.refresh(this.#host.status === 'I');
    } catch (error) {
      if (!(error instanceof QuestionError)) throw error;
      if (!this.#host.dropped)
        await this.#described(text, null, (description) => next(this.#withoutAnswer(description, error)));
      return;
    }
    if (this.#host.dropped) return;
    await this.text(text, next);
  }

  /**
   * What can be said of a text while the target does not say what names mean (a time-out the client set): a setting can be put back
   * and a transaction ended, anything else fails.
   */
  #withoutAnswer(description: TextDescription, error: QuestionError): TextDescription {
    const isNameless = ({ transaction, verb }: StatementDescription): boolean =>
      transaction !== null || verb === 'SET' || verb === 'RESET';
    if (description.error !== null || description.statements.every(isNameless)) return description;
    return { statements: [], error: { message: error.message, position: 0 } };
  }

  #undescribable(error: unknown, next: (description: TextDescription) => Promise<void> | void): Promise<void> | void {
    if (!(error instanceof ParserError)) throw error;
    return next({ statements: [], error: { message: error.message, position: 0 } });
  }
}
