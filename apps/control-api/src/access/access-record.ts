import { Injectable } from '@nestjs/common';
import { type EventKind, Journal, JournalError, whenDurable } from '@app/audit';
import { ulid } from '@app/platform';
import { ProblemError } from '../problem.js';
import type { Caller } from './caller.js';
import { Clock } from './clock.js';

/** Kinds of events that the control API writes. */
type AccessKind = Extract<EventKind, 'search.ran' | 'recording.viewed' | 'session.terminated' | 'deny.changed'>;
type ApprovalKind = Extract<
  EventKind,
  'approval.decided' | 'approval.revoked' | 'access.requested' | 'glass.broken' | 'glass.reviewed'
>;

type CredentialKind = Extract<EventKind, 'credential.minted' | 'credential.revoked'>;

const REMEMBERED_CALLERS = 10_000;

/**
 * Reading the record, ending sessions and changing the deny-list are events themselves, and durable before the answer leaves.
 * The body says who and what, encrypted like all others: under a key of that caller and day.
 */
@Injectable()
export class AccessRecord {
  readonly #keySessions = new Map<string, string>();

  constructor(
    private readonly journal: Journal,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves when the event is durable.
   * @param session the session it is about, for `session.terminated`
   * @throws ProblemError `not-recordable`: then nothing may be answered or changed
   */
  async write(kind: AccessKind, caller: Caller, query: object, session: string | null = null): Promise<void> {
    const { iss, sub, user } = caller.principal;
    const members = session === null ? '' : `"s":${JSON.stringify(session)}`;
    await this.append(kind, caller, members, { by: { iss, sub, user }, query });
  }

  /**
   * What a person did about an approval. Resolves when the event is durable.
   * @throws ProblemError `not-recordable`: then nothing may be changed
   */
  async act(kind: ApprovalKind, caller: Caller, approval: string, what: object): Promise<void> {
    const { iss, sub, user, act } = caller.principal;
    await this.append(kind, caller, `"appr":${JSON.stringify(approval)}`, { by: { iss, sub, user, act }, ...what });
  }

  /**
   * What became of a minted credential for a PostgreSQL target. Resolves when the event is durable.
   * @throws ProblemError `not-recordable`: then nothing may be minted or revoked
   */
  async credential(kind: CredentialKind, caller: Caller, target: string, what: object): Promise<void> {
    const { iss, sub, user, act } = caller.principal;
    const members = `"tgt":${JSON.stringify(target)},"proto":"postgres"`;
    await this.append(kind, caller, members, { by: { iss, sub, user, act }, ...what });
  }

  private async append(kind: EventKind, caller: Caller, members: string, body: object): Promise<void> {
    const at = this.clock.now();
    try {
      if (this.journal.state !== 'open')
        throw new JournalError('closed', this.journal.stateReason ?? `the journal is ${this.journal.state}`);
      const n = this.journal.append({
        kind,
        at,
        members,
        body: Buffer.from(JSON.stringify(body)),
        session: this.keySession(caller, at),
      });
      await whenDurable(this.journal, n);
    } catch (error) {
      if (error instanceof JournalError)
        throw new ProblemError(
          'not-recordable',
          'this request cannot be recorded, so it is not answered; try again later',
          { cause: error },
        );
      throw error;
    }
  }

  /** What runs at the same time as its record; the answer waits for both. */
  async alongside<Result>(record: Promise<void>, work: Promise<Result>): Promise<Result> {
    const [result] = await Promise.all([work, record]);
    return result;
  }

  private keySession({ principal }: Caller, at: number): string {
    const name = JSON.stringify([principal.iss, principal.sub, Math.floor(at / 86_400_000)]);
    let session = this.#keySessions.get(name);
    if (session === undefined) {
      if (this.#keySessions.size >= REMEMBERED_CALLERS) this.#keySessions.clear();
      this.#keySessions.set(name, (session = ulid(at)));
    }
    return session;
  }
}
